/** Parts of what runs in a cluster, for the tables of rules about workloads; all of them are sound. */
import type {
  KubernetesNode,
  Nodegroup,
  PodGroup,
  PodIdentityAssociation,
  PodWebhook,
} from '../../../shared/domain/kubernetes.ts';
import type { NodeRoleCall, PodIdentityDenial } from '../../../shared/domain/service-denial.ts';
import type { AwsFacts, Observation } from '../../../shared/observation.ts';
import {
  account,
  observe,
  policy,
  prod,
  prodIssuer,
  region,
  role,
  roleArn,
  sa,
  serviceAccount,
  trusts,
  trustsService,
  type Account,
  type Differences,
  type Json,
} from './world.ts';

export const annotation = 'eks.amazonaws.com/role-arn';
export const instanceId = 'i-00000000000000011';

/** Two pods of the Deployment that is named as the service account (`shop/cart`), without any credentials. */
export function pods(name: string, changes: Partial<PodGroup> = {}): PodGroup {
  const [namespace = '', own = ''] = name.split('/');
  return {
    namespace,
    serviceAccount: own,
    owner: { kind: 'Deployment', name: own },
    hostNetwork: false,
    roleArn: null,
    webIdentity: false,
    tokenAudience: null,
    containerCredentials: false,
    staticKeys: false,
    skippedContainers: [],
    pods: 2,
    oldest: '2025-12-01T00:00:00Z',
    newest: '2025-12-01T00:00:00Z',
    names: [`${own}-7d9f-a`, `${own}-7d9f-b`],
    nodes: ['node-1'],
    ...changes,
  };
}

/** As the webhook makes them for an annotation. */
export function injected(name: string, role: string, changes: Partial<PodGroup> = {}): PodGroup {
  return pods(name, {
    roleArn: roleArn(role),
    webIdentity: true,
    tokenAudience: 'sts.amazonaws.com',
    ...changes,
  });
}

/** As the webhook makes them for an association. */
export function associated(name: string, changes: Partial<PodGroup> = {}): PodGroup {
  return pods(name, { containerCredentials: true, ...changes });
}

export function association(
  name: string,
  role: string,
  changes: Partial<PodIdentityAssociation> = {},
): PodIdentityAssociation {
  const [namespace = '', own = ''] = name.split('/');
  const id = `a-${namespace}${own}`;
  return {
    id,
    arn: `arn:aws:eks:${region}:${account}:podidentityassociation/prod/${id}`,
    namespace,
    serviceAccount: own,
    roleArn: roleArn(role),
    targetRoleArn: null,
    disableSessionTags: false,
    createdAt: '2025-10-01T00:00:00Z',
    modifiedAt: '2025-10-01T00:00:00Z',
    ...changes,
  };
}

export function node(changes: Partial<KubernetesNode> = {}): KubernetesNode {
  return {
    name: 'node-1',
    ready: true,
    reason: null,
    unschedulable: false,
    instanceId,
    nodegroup: 'workers',
    kind: 'ec2',
    internalIp: '10.0.1.11',
    createdAt: '2025-09-01T00:00:00Z',
    ...changes,
  };
}

export function nodegroup(hopLimit: number | null): Nodegroup {
  return {
    name: 'workers',
    status: 'ACTIVE',
    nodeRole: roleArn('eks-node'),
    desiredSize: 1,
    subnetIds: [],
    issues: [],
    hopLimit,
  };
}

export const webhook: PodWebhook = {
  configuration: 'pod-identity-webhook',
  name: 'iam-for-pods.amazonaws.com',
  failurePolicy: 'Ignore',
  hasCaBundle: true,
  target: 'https://127.0.0.1:23443/mutate',
};

/** boto3 on node-1, with the node's role. */
export function nodeCall(changes: Partial<NodeRoleCall> = {}): NodeRoleCall {
  return {
    roleArn: roleArn('eks-node'),
    instanceId,
    eventSource: 'sns.amazonaws.com',
    eventName: 'ListTopics',
    errorCode: null,
    userAgent: 'Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1 m/b,0',
    events: 7,
    lastSeen: '2026-01-01T05:50:00Z',
    sampleEventIds: ['00000000-0000-4000-8000-000000000077'],
    ...changes,
  };
}

export function podIdentityDenial(changes: Partial<PodIdentityDenial> = {}): PodIdentityDenial {
  return {
    clusterName: 'prod',
    region,
    namespace: null,
    serviceAccount: null,
    pod: null,
    node: instanceId,
    nodes: [instanceId],
    roleArn: null,
    errorCode: 'AccessDenied',
    errorMessage: 'Unauthorized Exception! EKS does not have permissions to assume the associated role.',
    events: 9,
    firstSeen: '2026-01-01T02:00:00Z',
    lastSeen: '2026-01-01T05:40:00Z',
    sampleEventIds: ['00000000-0000-4000-8000-000000000099'],
    ...changes,
  };
}

/** The statement that EKS asks for. */
export const trustsPods = trustsService('pods.eks.amazonaws.com');

export function allowPods(changes: Json): Json {
  const [statement] = trustsPods['Statement'] as [Json];
  return policy({ ...statement, ...changes });
}

/** What differs from the sound cluster; everything is of prod. */
export interface ClusterDifferences extends Differences {
  accounts?: Account[];
  pods?: PodGroup[];
  associations?: PodIdentityAssociation[];
  nodes?: KubernetesNode[];
  nodegroups?: Nodegroup[];
  webhooks?: PodWebhook[];
  addons?: AwsFacts['addons'][string];
  nodeCalls?: NodeRoleCall[];
  podIdentityDenials?: PodIdentityDenial[];
}

export const agentAddon = { name: 'eks-pod-identity-agent', version: 'v1.3.9', status: 'ACTIVE', issues: [] };

/**
 * prod runs shop/cart with the role app by its annotation and shop/orders with the role orders by an association; every fact
 * is read wholly.
 */
export function observeCluster(differences: ClusterDifferences = {}): Observation {
  const of = <T>(value: T): Record<string, T> => ({ [prod.arn]: value });
  return observe({
    roles: [
      role('app', trusts(prodIssuer, sa('shop/cart'))),
      role('orders', trustsPods),
      role('eks-node', trustsService('ec2.amazonaws.com')),
    ],
    serviceAccounts: of(
      differences.accounts ?? [
        serviceAccount('shop/cart', { [annotation]: roleArn('app') }),
        serviceAccount('shop/orders'),
        serviceAccount('shop/web'),
      ],
    ),
    ...differences,
    facts: {
      podGroups: of(
        differences.pods ?? [injected('shop/cart', 'app'), associated('shop/orders'), pods('shop/web')],
      ),
      podIdentityAssociations: of(differences.associations ?? [association('shop/orders', 'orders')]),
      kubernetesNodes: of(differences.nodes ?? [node()]),
      nodegroups: of(differences.nodegroups ?? [nodegroup(1)]),
      podWebhooks: of(differences.webhooks ?? [webhook]),
      addons: of(differences.addons ?? [agentAddon]),
      nodeRoleCalls: differences.nodeCalls ?? [],
      podIdentityDenials: { denials: differences.podIdentityDenials ?? [], events: 9, unparsed: 0 },
      ...differences.facts,
    },
  });
}

/** The subject of a finding about a service account of prod. */
export function accountId(name: string): string {
  return `${prod.arn} ${name}`;
}
