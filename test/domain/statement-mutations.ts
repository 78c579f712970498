/** Faults of a statement's principal, action and effect, and Deny statements beside it. */
import { webIdentityAction } from '../../shared/domain/trust-policy.ts';
import {
  exactSubject,
  inOtherCase,
  mapValues,
  mutationsOf,
  pickOther,
  slashToggled,
  typo,
  type Change,
  type Site,
} from './mutation.ts';
import type { Random } from './random.ts';
import {
  namespaces,
  otherIssuer,
  otherRegion,
  providerOf,
  subjectOf,
  type Caller,
  type Grant,
  type Json,
} from './trust-draft.ts';

function trust(grant: Grant, federated: string): void {
  grant.principal = { ...grant.principal, Federated: federated };
}

/** Names a provider that differs from the caller's own in these parts. */
function trusting(change: (site: Site) => Partial<Caller> | false): Change {
  return (site) => {
    const changes = change(site);
    if (changes === false) return false;
    trust(site.grant, providerOf({ ...site.caller, ...changes }));
    return true;
  };
}

const otherProviders: Record<string, Change> = {
  provider_other_cluster: trusting(({ caller, random }) => ({ name: otherIssuer(caller, random) })),
  provider_other_account: trusting(({ random }) => ({ account: random.digits(12) })),
  provider_region_wrong: trusting(
    ({ caller: { region, name }, random }) =>
      region !== null && { name: name.replace(region, otherRegion(region, random)) },
  ),
  provider_id_case: trusting(({ caller }) => ({ name: inOtherCase(caller.name) })),
  provider_id_typo: trusting(({ caller: { name }, random }) => ({
    name: typo(name, random, name.lastIndexOf('/') + 1),
  })),
  provider_https_prefix: trusting(({ caller }) => ({ name: caller.issuer })),
  provider_trailing_slash: trusting(({ caller }) => ({ name: slashToggled(caller.name) })),
  provider_path_missing: trusting(
    ({ caller: { name } }) => name.includes('/') && { name: name.replace(/\/.*$/, '') },
  ),
  provider_wrong_partition: trusting(({ caller }) => ({
    partition: caller.partition === 'aws-cn' ? 'aws' : 'aws-cn',
  })),
  provider_wildcard: trusting(({ caller: { name }, random }) => ({
    name: random.pick([`${name.slice(0, -4)}????`, `${name.slice(0, -6)}*`, '*']),
  })),
  provider_arn_doubled: trusting(({ caller }) => ({ name: providerOf(caller) })),
  provider_placeholder: trusting(({ random }) =>
    random.pick<Partial<Caller>>([
      { name: '${OIDC_PROVIDER}' },
      { account: '${ACCOUNT_ID}', name: '<OIDC_PROVIDER>' },
      { name: 'oidc.eks.region-code.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE' },
      { name: '$oidc_provider' },
    ]),
  ),
};

/** Principals that are no OIDC provider at all. */
const noProviders: Record<string, Change> = {
  provider_bare_issuer: ({ grant, caller }) => trust(grant, caller.name),
  provider_oidc_word: ({ grant, caller, random }) => {
    const word = random.pick(['openid-connect-provider', 'oidc-providers', 'oidc']);
    trust(grant, providerOf(caller).replace(':oidc-provider/', `:${word}/`));
  },
  provider_saml: ({ grant, caller }) =>
    trust(grant, providerOf(caller).replace(':oidc-provider/', ':saml-provider/')),
  principal_service: ({ grant, random }) => {
    grant.principal = { Service: random.pick(['ec2.amazonaws.com', 'pods.eks.amazonaws.com']) };
  },
  principal_aws_role: ({ grant, caller, random }) => {
    const role = random.pick(['NodeInstanceRole', 'KarpenterNodeRole-main']);
    grant.principal = { AWS: `arn:${caller.partition}:iam::${caller.account}:role/${role}` };
  },
  principal_account: ({ grant, caller }) => {
    grant.principal = { AWS: caller.account };
  },
  principal_not: ({ grant, caller }) => {
    grant.principal = { NotPrincipal: { Federated: providerOf(caller) } };
  },
};

/** A policy whose principal and condition keys are all another cluster's. */
function writeForOtherCluster({ draft, grant, caller, random }: Site): boolean {
  // A bystander of the same form would be as near to allowing the call.
  if (JSON.stringify([draft.before, draft.after]).includes('serviceaccount')) return false;
  const name = otherIssuer(caller, random);
  trust(grant, providerOf({ ...caller, name }));
  if (grant.sub) grant.sub.key = `${name}:sub`;
  if (grant.aud) grant.aud.key = `${name}:aud`;
  return true;
}

const typedActions = ['RoleWithWebidentityy', 'RoleWithWebIdentities', 'RolewithWeb', 'RoleWebIdentity'];

const actions: Record<string, (random: Random) => Grant['action']> = {
  action_assume_role: () => ({ Action: 'sts:AssumeRole' }),
  action_assume_role_tag: () => ({ Action: ['sts:AssumeRole', 'sts:TagSession'] }),
  action_saml: () => ({ Action: 'sts:AssumeRoleWithSAML' }),
  action_typo: (random) => ({ Action: `sts:Assume${random.pick(typedActions)}` }),
  action_tagsession_only: () => ({ Action: ['sts:TagSession'] }),
  notaction_excludes: (random) => ({
    NotAction: random.pick<string | string[]>([
      [webIdentityAction, 'sts:AssumeRole'],
      'sts:AssumeRoleWith*',
      'sts:*',
    ]),
  }),
};

function acting(action: (random: Random) => Grant['action']): Change {
  return ({ grant, random }) => {
    grant.action = action(random);
  };
}

function turnIntoDeny({ draft, grant }: Site): boolean {
  // Another Deny, or one without an audience, reads like a denial that was meant.
  if (!grant.aud || grant.aud.operator.includes('Not')) return false;
  grant.effect = 'Deny';
  return !JSON.stringify([draft.before, draft.after]).includes('"Deny"');
}

type Denial = (site: Site) => { Action?: string; NotAction?: string; Condition?: Json };

function when(operator: string, key: string, value: string | string[]): { Condition: Json } {
  return { Condition: { [operator]: { [key]: value } } };
}

const denials: Record<string, Denial> = {
  deny_same_sub: ({ caller }) => when('StringEquals', `${caller.name}:sub`, exactSubject(caller)),
  deny_sub_pattern: ({ caller }) => when('StringLike', `${caller.name}:sub`, 'system:serviceaccount:*'),
  deny_sub_not_in: ({ caller, random }) => {
    const other = pickOther(namespaces, caller.namespace, random);
    const allowed = [subjectOf(other, caller.serviceAccount), subjectOf('default', 'x')];
    return when('StringNotEquals', `${caller.name}:sub`, allowed);
  },
  deny_sub_not_like: ({ caller, random }) => {
    const other = pickOther(namespaces, caller.namespace, random);
    return when('StringNotLike', `${caller.name}:sub`, subjectOf(other, '*'));
  },
  deny_unconditional: () => ({}),
  deny_action_star: ({ caller, random }) => ({
    Action: random.pick(['*', 'sts:*']),
    ...when('StringLike', `${caller.name}:sub`, '*'),
  }),
  deny_notaction: () => ({ NotAction: 'sts:TagSession' }),
  deny_not_source_vpc: ({ random }) => when('StringNotLike', 'aws:SourceVpc', `vpc-0${random.hex(16)}`),
  deny_not_ip: () => when('NotIpAddress', 'aws:SourceIp', ['10.0.0.0/8', '172.16.0.0/12']),
  deny_null_tag: () => when('Null', 'aws:RequestTag/team', 'true'),
  deny_forall_missing: () => when('ForAllValues:StringNotEquals', 'aws:TagKeys', ['allowed']),
};

/** Adds a Deny statement somewhere beside the grant. */
function denying(denial: Denial): Change {
  return (site) => {
    const { draft, caller, random } = site;
    const rest = denial(site);
    (random.chance(0.5) ? draft.before : draft.after).push({
      ...(random.chance(0.4) ? { Sid: 'DenyOthers' } : {}),
      Effect: 'Deny',
      Principal: { Federated: providerOf(caller) },
      ...(rest.NotAction === undefined ? { Action: webIdentityAction } : {}),
      ...rest,
    });
  };
}

/** Denials that do not match the call: harmless. */
export const idleDenials: Record<string, Change> = mapValues<Denial, Change>(
  {
    deny_absent_key: () => when('StringEquals', 'aws:SourceVpc', 'vpc-0bad'),
    deny_other_action: () => ({ Action: 'sts:TagSession' }),
    deny_other_sub: ({ caller }) =>
      when('StringEquals', `${caller.name}:sub`, 'system:serviceaccount:zz-other:nobody'),
  },
  denying,
);

export const statementMutations = [
  ...mutationsOf('principal', 'eks/irsa-trust-provider', { ...otherProviders, ...noProviders }),
  ...mutationsOf('principal', 'eks/irsa-trust-other-cluster', {
    policy_for_other_cluster: writeForOtherCluster,
  }),
  ...mutationsOf('action', 'eks/irsa-trust-action', mapValues(actions, acting)),
  ...mutationsOf('deny', 'eks/irsa-trust-explicit-deny', {
    ...mapValues(denials, denying),
    effect_deny: turnIntoDeny,
  }),
];
