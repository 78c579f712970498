/** Further conditions that the call does not meet. */
import { mapValues, mutationsOf, type Change, type Site } from './mutation.ts';
import { namespaces, otherSubject, subjectOf } from './trust-draft.ts';

type Demand = (site: Site) => [operator: string, key: string, value: string | string[]];

/** Adds one condition to the grant. */
export function demanding(demand: Demand): Change {
  return (site) => {
    const [operator, key, value] = demand(site);
    site.grant.others.push({ operator, key, value });
  };
}

const ofCircumstances: Record<string, Demand> = {
  extra_source_ip: () => ['IpAddress', 'aws:SourceIp', ['10.0.0.0/16', '172.16.0.0/12']],
  extra_not_ip: ({ draft }) => {
    const own = `${String(draft.request.context['aws:SourceIp'])}/32`;
    return ['NotIpAddress', 'aws:SourceIp', [own, '10.0.0.0/8']];
  },
  extra_source_vpc: ({ random }) => [
    random.pick(['StringEquals', 'StringLike']),
    'aws:SourceVpc',
    `vpc-0${random.hex(16)}`,
  ],
  extra_source_vpce: ({ random }) => [
    'StringEquals',
    'aws:SourceVpce',
    [`vpce-0${random.hex(16)}`, `vpce-0${random.hex(16)}`],
  ],
  extra_null_missing: () => ['Null', 'aws:SourceVpc', 'false'],
  extra_mfa: () => ['Bool', 'aws:MultiFactorAuthPresent', 'true'],
  extra_insecure_transport: () => ['Bool', 'aws:SecureTransport', 'false'],
  extra_date_expired: ({ random }) => [
    'DateLessThan',
    'aws:CurrentTime',
    random.pick(['2024-01-01T00:00:00+02:00', '2025-06-30T23:59:59Z']),
  ],
  extra_date_not_yet: () => ['DateGreaterThanEquals', 'aws:CurrentTime', '2026-07-01T00:00:00Z'],
  extra_epoch_expired: () => ['DateLessThan', 'aws:EpochTime', '1735689600'],
  extra_numeric: () => ['NumericLessThanEquals', 'sts:DurationSeconds', '3600'],
};

const ofCallers: Record<string, Demand> = {
  extra_principal_tag: ({ random }) => [
    'StringEquals',
    `aws:PrincipalTag/${random.pick(['team', 'kubernetes-namespace'])}`,
    random.pick(namespaces),
  ],
  extra_request_tag: ({ random }) => [
    'StringEquals',
    `aws:RequestTag/${random.pick(['eks-cluster-arn', 'eks:cluster/name', 'team.name'])}`,
    'default',
  ],
  extra_session_name: ({ random, caller }) => [
    random.pick(['StringEquals', 'StringLike']),
    'sts:RoleSessionName',
    random.pick([caller.serviceAccount, 'deploy']),
  ],
  extra_external_id: ({ random }) => ['StringEquals', 'sts:ExternalId', random.hex(10)],
  extra_source_identity: () => ['StringLike', 'sts:SourceIdentity', '*'],
  extra_principal_org: ({ random }) => ['StringEquals', 'aws:PrincipalOrgID', `o-${random.hex(10)}`],
  extra_source_account: ({ caller }) => ['StringEquals', 'aws:SourceAccount', caller.account],
  extra_source_arn: ({ caller }) => [
    'ArnEquals',
    'aws:SourceArn',
    `arn:aws:eks:us-east-1:${caller.account}:cluster/*`,
  ],
  extra_principal_arn: ({ caller }) => [
    'ArnLike',
    'aws:PrincipalArn',
    `arn:${caller.partition}:iam::${caller.account}:role/*`,
  ],
  extra_username: () => ['StringEquals', 'aws:username', 'deploy'],
  extra_amr_forany: ({ caller, random }) => [
    random.pick(['ForAnyValue:StringLike', 'ForAnyValue:StringEquals']),
    `${caller.name}:amr`,
    random.pick<string | string[]>(['authenticated', ['mfa', 'pwd']]),
  ],
};

/** Faults whose name is a matter of opinion: only the verdict of such a case is certain. */
const ambiguous: Record<string, Demand> = {
  extra_iss_key: ({ caller }) => ['StringEquals', `${caller.name}:iss`, caller.issuer],
  extra_custom_claim: ({ caller }) => ['StringEquals', `${caller.name}:kubernetes.io`, caller.namespace],
  extra_null_sub: ({ caller }) => ['Null', `${caller.name}:sub`, 'true'],
  extra_forall_sub: ({ caller, random }) => [
    'ForAllValues:StringEquals',
    `${caller.name}:sub`,
    [otherSubject(caller, random), otherSubject(caller, random)],
  ],
  extra_unresolved_variable: ({ caller }) => [
    'ForAnyValue:StringLike',
    `${caller.name}:sub`,
    subjectOf('${aws:PrincipalTag/kubernetes-namespace}', caller.serviceAccount),
  ],
};

function swapClaims({ grant }: Site): boolean {
  if (!grant.sub || !grant.aud) return false;
  [grant.sub.value, grant.aud.value] = [grant.aud.value, grant.sub.value];
  return true;
}

/** A policy variable in a policy whose Version leaves it literal. */
function writeVariableInOldVersion({ draft, grant, caller, random }: Site): void {
  draft.version = random.pick([null, '2008-10-17']);
  draft.request.context['sts:RoleSessionName'] = caller.serviceAccount;
  const value = subjectOf(caller.namespace, '${sts:RoleSessionName}');
  grant.others.push({ operator: 'ForAnyValue:StringLike', key: `${caller.name}:sub`, value });
}

export const conditionMutations = [
  ...mutationsOf(
    'other',
    'eks/irsa-trust-other-condition',
    mapValues({ ...ofCircumstances, ...ofCallers }, demanding),
  ),
  ...mutationsOf('claims', null, { ...mapValues(ambiguous, demanding), aud_is_sub: swapClaims }),
  ...mutationsOf('version', 'eks/irsa-trust-policy-version', {
    version_variable_literal: writeVariableInOldVersion,
  }),
];
