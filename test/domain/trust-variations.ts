/** The harmless variety of trust policies: what leaves a sound policy sound, and must not be taken for a fault. */
import { webIdentityAction } from '../../shared/domain/trust-policy.ts';
import { demanding } from './condition-mutations.ts';
import { exactSubject, inOtherCase, type Change } from './mutation.ts';
import type { Random } from './random.ts';
import { idleDenials } from './statement-mutations.ts';
import { otherIssuer, providerOf, shuffled, type Condition, type Grant } from './trust-draft.ts';

function acting(action: (random: Random) => Grant['action']): Change {
  return ({ grant, random }) => {
    grant.action = action(random);
  };
}

const ofActions: Record<string, Change> = {
  action_case: acting((random) => ({
    Action: random.pick(['sts:assumerolewithwebidentity', 'STS:AssumeRoleWithWebIdentity']),
  })),
  action_list: acting((random) => ({ Action: shuffled([webIdentityAction, 'sts:TagSession'], random) })),
  action_wildcard: acting((random) => ({
    Action: random.pick(['sts:*WebIdentity', 'sts:*', 'sts:AssumeRoleWith*', '*']),
  })),
  notaction_other: acting(() => ({ NotAction: ['sts:AssumeRoleWithSAML', 'iam:*'] })),
};

const ofPrincipals: Record<string, Change> = {
  principal_mixed: ({ grant }) => {
    grant.principal = { Service: 'ec2.amazonaws.com', ...grant.principal };
  },
  principal_list: ({ grant, caller, random }) => {
    const other = providerOf({ ...caller, name: otherIssuer(caller, random) });
    grant.principal = { Federated: shuffled([providerOf(caller), other], random) };
  },
};

/** Compares a claim otherwise; `value` in the place of its own where it is given. */
function compare(condition: Condition | null, operator: string, value?: string | string[]): boolean {
  if (!condition) return false;
  condition.operator = operator;
  if (value !== undefined) condition.value = value;
  return true;
}

const ofClaims: Record<string, Change> = {
  aud_absent: ({ grant }) => {
    grant.aud = null;
  },
  aud_like: ({ grant, random, caller: { audience } }) =>
    compare(grant.aud, 'StringLike', random.pick([`${audience.slice(0, 3)}*`, audience])),
  aud_list: ({ grant, random, caller }) =>
    compare(grant.aud, 'StringEquals', shuffled(['other', 'vault', caller.audience], random)),
  aud_not_equals_other: ({ grant }) =>
    compare(grant.aud, 'StringNotEquals', ['https://kubernetes.default.svc', 'vault']),
  sub_forallvalues: ({ grant }) => compare(grant.sub, `ForAllValues:${grant.sub?.operator}`),
  sub_if_exists: ({ grant }) => compare(grant.sub, `${grant.sub?.operator}IfExists`),
  sub_ignore_case: ({ grant, caller }) =>
    compare(grant.sub, 'StringEqualsIgnoreCase', exactSubject(caller).toUpperCase()),
  key_case: ({ grant }) => {
    if (grant.sub) grant.sub.key = inOtherCase(grant.sub.key);
  },
  null_false_sub: demanding(({ caller }) => ['Null', `${caller.name}:sub`, 'false']),
  variable_ok: (site) => {
    const key = `${site.caller.name}:sub`;
    if (site.draft.version !== '2012-10-17') return false;
    return demanding(() => ['ForAnyValue:StringLike', key, `\${${key}}`])(site);
  },
};

const ofCircumstances: Record<string, Change> = {
  date_ok: demanding(() => ['DateGreaterThan', 'aws:CurrentTime', '2025-01-01T00:00:00Z']),
  ip_ok: demanding(({ draft }) => {
    const own = String(draft.request.context['aws:SourceIp']);
    return ['IpAddress', 'aws:SourceIp', own.replace(/\d+$/, '0/24')];
  }),
  ip_not_private: demanding(() => ['NotIpAddress', 'aws:SourceIp', ['10.0.0.0/8', '172.16.0.0/12']]),
  tls: demanding(() => ['Bool', 'aws:SecureTransport', 'true']),
  mfa_if_exists: demanding(() => ['BoolIfExists', 'aws:MultiFactorAuthPresent', 'true']),
  vpc_if_exists: demanding(() => ['StringLikeIfExists', 'aws:SourceVpc', 'vpc-0d66efe6b5d44da00']),
  vpc_not: demanding(() => ['StringNotEquals', 'aws:SourceVpc', 'vpc-0d66efe6b5d44da00']),
  session_name_ok: demanding(() => ['StringLike', 'sts:RoleSessionName', '*']),
  tagkeys_forall: demanding(() => ['ForAllValues:StringEquals', 'aws:TagKeys', ['team', 'env']]),
  null_true_absent: demanding(() => ['Null', 'aws:MultiFactorAuthAge', 'true']),
};

/** Every variation, by name. */
export const variations: Record<string, Change> = {
  ...ofActions,
  ...ofPrincipals,
  ...ofClaims,
  ...ofCircumstances,
  ...idleDenials,
  version_2008: ({ draft, random }) => {
    draft.version = random.pick([null, '2008-10-17']);
  },
};
