/** A trust policy in the making, and the call it is meant for: what the mutations of a generated case work on. */
import type { WebIdentityRequest } from '../../shared/domain/trust-policy.ts';
import type { Random } from './random.ts';

export type Json = Record<string, unknown>;

/** The workload that the policy is written for. Mutations of the token change the request, never this. */
export interface Caller {
  issuer: string;
  /** The issuer without `https://`. */
  name: string;
  /** Region in the issuer's host; null where it has none. */
  region: string | null;
  partition: string;
  account: string;
  namespace: string;
  serviceAccount: string;
  audience: string;
}

export interface Condition {
  operator: string;
  key: string;
  value: string | string[];
}

/** One statement that grants; `sub` and `aud` are null where it has no such condition. */
export interface Grant {
  sid: string | null;
  effect: string;
  principal: Json;
  action: { Action: string | string[] } | { NotAction: string | string[] };
  sub: Condition | null;
  aud: Condition | null;
  others: Condition[];
}

export interface Draft {
  version: string | null;
  caller: Caller;
  grants: Grant[];
  /** Whole statements before and after the grants. */
  before: Json[];
  after: Json[];
  request: WebIdentityRequest;
}

export const serviceAccounts =
  'app worker api loki etl-job s3-reader fluent-bit karpenter external-dns velero-server checkout-svc my-service-account cluster-autoscaler aws-load-balancer-controller ebs-csi-controller-sa'.split(
    ' ',
  );
export const namespaces =
  'default kube-system prod staging payments logging monitoring argocd cert-manager external-dns karpenter velero team-a team-b data-platform'.split(
    ' ',
  );
const regions =
  'us-east-1 us-east-2 us-west-2 eu-west-1 eu-central-1 ap-northeast-1 ap-southeast-2 ca-central-1 sa-east-1'.split(
    ' ',
  );

export function otherRegion(region: string | null, random: Random): string {
  return random.pick(regions.filter((other) => other !== region));
}

export function subjectOf(namespace: string, serviceAccount: string): string {
  return `system:serviceaccount:${namespace}:${serviceAccount}`;
}

export function providerOf({ partition, account, name }: Caller): string {
  return `arn:${partition}:iam::${account}:oidc-provider/${name}`;
}

/** Any subject that is not the caller's. */
export function otherSubject(caller: Caller, random: Random): string {
  const names = serviceAccounts.filter((name) => name !== caller.serviceAccount);
  return subjectOf(random.pick(namespaces), random.pick(names));
}

interface Issuer {
  name: string;
  region?: string;
  partition?: string;
  audience?: string;
}

/** An issuer of each family that federates with AWS: EKS in every partition, GKE, AKS, OpenShift, self-managed. */
const families: ((random: Random) => Issuer)[] = [
  eks,
  eks,
  eks,
  eks,
  eks,
  eksElsewhere,
  (random) => ({
    name: `container.googleapis.com/v1/projects/proj-${random.digits(4)}/locations/europe-west1/clusters/c-${random.hex(4)}`,
  }),
  (random) => ({
    name: `${random.pick(['westeurope', 'eastus2'])}.oic.prod-aks.azure.com/${uuid(random)}/${uuid(random)}/`,
  }),
  openshift,
  (random) => ({ name: selfManaged('example', random) }),
];

function eks(random: Random): Issuer {
  const region = random.pick(regions);
  return { name: `oidc.eks.${region}.amazonaws.com/id/${random.hex(32).toUpperCase()}`, region };
}

function eksElsewhere(random: Random): Issuer {
  const region = random.pick(['us-gov-east-1', 'us-gov-west-1', 'cn-north-1', 'cn-northwest-1']);
  const china = region.startsWith('cn-');
  return {
    name: `oidc.eks.${region}.amazonaws.com${china ? '.cn' : ''}/id/${random.hex(32).toUpperCase()}`,
    region,
    partition: china ? 'aws-cn' : 'aws-us-gov',
  };
}

function openshift(random: Random): Issuer {
  const region = random.pick(regions);
  const bucket = random.pick(['oidc', 'discovery']);
  return random.pick<Issuer>([
    {
      name: `s3.${region}.amazonaws.com/${bucket}-${random.hex(6)}-example`,
      region,
      audience: 'amazonaws.com',
    },
    {
      name: `rh-oidc.s3.us-east-1.amazonaws.com/${random.hex(32)}`,
      region: 'us-east-1',
      audience: 'openshift',
    },
    { name: `oidc.op1.openshiftapps.com/${random.hex(32)}`, audience: 'openshift' },
  ]);
}

function selfManaged(domain: string, random: Random): string {
  return `oidc.${random.pick(['k8s', 'clusters', 'id'])}.${domain}.com${random.pick(['', '/blue', '/green', '/prod-1'])}`;
}

function uuid(random: Random): string {
  return [8, 4, 4, 4, 12].map((length) => random.hex(length)).join('-');
}

/** The name of another cluster's issuer: of the same family where that is EKS. */
export function otherIssuer({ name, region }: Caller, random: Random): string {
  if (!name.startsWith('oidc.eks.')) return selfManaged('other', random);
  return name.replace(/^.*$/, `oidc.eks.${region}.amazonaws.com/id/${random.hex(32).toUpperCase()}`);
}

function makeCaller(random: Random): Caller {
  const { name, region, partition, audience } = random.pick(families)(random);
  return {
    issuer: `https://${name}`,
    name,
    region: region ?? null,
    partition: partition ?? 'aws',
    account: random.digits(12),
    namespace: random.pick(namespaces),
    serviceAccount: random.pick(serviceAccounts),
    audience: audience ?? 'sts.amazonaws.com',
  };
}

/** A sound policy for one workload, and that workload's call. */
export function soundDraft(random: Random): Draft {
  const caller = makeCaller(random);
  const draft: Draft = {
    version: '2012-10-17',
    caller,
    grants: [soundGrant(caller, random)],
    before: [],
    after: [],
    request: makeRequest(caller, random),
  };
  addBystander(draft, random);
  return draft;
}

function soundGrant(caller: Caller, random: Random): Grant {
  return {
    sid: random.pick([null, null, null, '', 'Statement1', 'AllowServiceAccount', 'IRSA']),
    effect: 'Allow',
    principal: { Federated: providerOf(caller) },
    action: { Action: 'sts:AssumeRoleWithWebIdentity' },
    sub: subjectCondition(caller, random),
    aud: {
      operator: random.chance(0.1) ? 'StringLike' : 'StringEquals',
      key: `${caller.name}:aud`,
      value: random.chance(0.15) ? [caller.audience] : caller.audience,
    },
    others: [],
  };
}

function subjectCondition(caller: Caller, random: Random): Condition {
  const exact = subjectOf(caller.namespace, caller.serviceAccount);
  const patterns = [
    exact,
    subjectOf(caller.namespace, '*'),
    subjectOf('*', caller.serviceAccount),
    `${exact.slice(0, -1)}?`,
    `${exact}*`,
    `${exact.slice(0, -caller.serviceAccount.length + 2)}*`,
  ];
  const likes = random.chance(0.25);
  const own = likes ? random.pick(patterns) : exact;
  const value = random.chance(0.2)
    ? shuffled([otherSubject(caller, random), otherSubject(caller, random), own], random)
    : own;
  return { operator: likes ? 'StringLike' : 'StringEquals', key: `${caller.name}:sub`, value };
}

export function shuffled<T>(list: T[], random: Random): T[] {
  return list
    .map((item) => ({ item, rank: random.seed() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

function makeRequest(caller: Caller, random: Random): WebIdentityRequest {
  const role = `${caller.serviceAccount}-${random.pick(['role', 'irsa', 'eks'])}`;
  const sessions = ['aws-sdk-java', 'aws-go-sdk', 'botocore-session'].map((sdk) => `${sdk}-1767225600`);
  return {
    issuer: caller.issuer,
    roleArn: `arn:${caller.partition}:iam::${caller.account}:role/${random.pick(['', 'service-roles/'])}${role}`,
    claims: {
      aud: random.chance(0.3) ? caller.audience : [caller.audience],
      sub: subjectOf(caller.namespace, caller.serviceAccount),
    },
    context: {
      'sts:RoleSessionName': random.pick([...sessions, `${caller.serviceAccount}-session`]),
      'aws:SourceIp': random.pick(['203.0.113.10', '198.51.100.27', '192.0.2.200']),
      'aws:CurrentTime': '2026-01-01T00:00:00Z',
      'aws:EpochTime': '1767225600',
      'aws:SecureTransport': 'true',
    },
  };
}

/** Sometimes, a statement that has nothing to do with the call. */
function addBystander(draft: Draft, random: Random): void {
  if (!random.chance(0.35)) return;
  const { caller } = draft;
  const statement = random.pick([
    { Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
    { Principal: { Service: 'pods.eks.amazonaws.com' }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
    { Principal: { AWS: `arn:${caller.partition}:iam::${caller.account}:root` }, Action: 'sts:AssumeRole' },
    federated(caller, 'token.actions.githubusercontent.com', { StringLike: 'repo:example/app:*' }),
    federated(caller, eks(random).name, { StringEquals: subjectOf(caller.namespace, caller.serviceAccount) }),
  ]);
  (random.chance(0.5) ? draft.before : draft.after).push({ Effect: 'Allow', ...statement });
}

function federated(caller: Caller, name: string, subject: Record<string, string>): Json {
  const condition: Record<string, Json> = { StringEquals: { [`${name}:aud`]: caller.audience } };
  for (const [operator, value] of Object.entries(subject))
    condition[operator] = { ...condition[operator], [`${name}:sub`]: value };
  return {
    Principal: { Federated: providerOf({ ...caller, name }) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: condition,
  };
}

/** The policy of a draft; null where two conditions want the same operator and key. */
export function render({ version, before, grants, after }: Draft): Json | null {
  const statements = grants.map(renderGrant);
  if (statements.includes(null)) return null;
  return {
    ...(version === null ? {} : { Version: version }),
    Statement: [...before, ...statements, ...after],
  };
}

function renderGrant({ sid, effect, principal, action, sub, aud, others }: Grant): Json | null {
  const condition: Record<string, Json> = {};
  for (const { operator, key, value } of [sub, aud, ...others].filter((item) => item !== null)) {
    if (condition[operator] && key in condition[operator]) return null;
    condition[operator] = { ...condition[operator], [key]: value };
  }
  return {
    ...(sid === null ? {} : { Sid: sid }),
    Effect: effect,
    ...('NotPrincipal' in principal ? principal : { Principal: principal }),
    ...action,
    ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
  };
}
