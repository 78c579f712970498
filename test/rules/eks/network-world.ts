/** The observation of a sound cluster with its network, nodes and CoreDNS, and what differs from it. */
import type { ClusterNetwork } from '../../../shared/domain/cluster-network.ts';
import type { ClusterDns, KubernetesNode, Nodegroup, PodGroup } from '../../../shared/domain/kubernetes.ts';
import type { Cluster } from '../../../shared/domain/web-identity.ts';
import type { AwsFacts, Observation } from '../../../shared/observation.ts';
import { clusterNetwork, idsOf, soundParts, type EksParts } from '../../cloud/eks-parts.ts';
import {
  account,
  caller,
  cluster,
  observe,
  prod,
  region,
  roleArn,
  serviceAccount,
  type Differences,
} from './world.ts';

const roleAnnotation = 'eks.amazonaws.com/role-arn';

export const ids = idsOf('prod', region);

/** A cluster that lies in a network. */
export function locatedCluster(name: string, changes: Partial<Cluster> = {}): Cluster {
  return cluster(name, { network: clusterNetwork(name, region), ...changes });
}

export const node: KubernetesNode = {
  name: 'ip-10-0-1-11.internal',
  ready: true,
  reason: null,
  unschedulable: false,
  instanceId: 'i-00000000000000011',
  nodegroup: 'workers',
  kind: 'ec2',
  internalIp: '10.0.1.11',
  createdAt: '2025-07-01T00:00:00Z',
};

export const dns: ClusterDns = { deployment: { desired: 2, ready: 2 }, readyAddresses: 2, troubles: [] };

export const pods: PodGroup = {
  namespace: 'shop',
  serviceAccount: 'cart',
  owner: { kind: 'Deployment', name: 'cart' },
  hostNetwork: false,
  roleArn: null,
  webIdentity: false,
  tokenAudience: null,
  containerCredentials: false,
  staticKeys: false,
  skippedContainers: [],
  pods: 2,
  oldest: null,
  newest: null,
  names: ['cart-1', 'cart-2'],
  nodes: ['ip-10-0-1-11.internal'],
};

/** What differs from the sound cluster prod. */
export interface NetworkDifferences extends Omit<Differences, 'facts'> {
  cluster?: Partial<Cluster>;
  parts?: (parts: EksParts) => void;
  network?: (network: ClusterNetwork) => void;
  nodegroups?: Nodegroup[];
  nodes?: KubernetesNode[];
  pods?: PodGroup[];
  dns?: ClusterDns | null;
  /** Whether STS gave its workloads credentials just now. */
  hasCalled?: boolean;
  facts?: Partial<AwsFacts>;
}

export function observeNetwork(differences: NetworkDifferences = {}): Observation {
  const { cluster: changes, nodes = [node], pods: groups = [], hasCalled = false, ...others } = differences;
  const one = locatedCluster('prod', changes);
  const parts = soundParts('prod', region, account);
  differences.parts?.(parts);
  differences.network?.(parts.network);
  const resolver = differences.dns === undefined ? dns : differences.dns;
  return observe({
    clusters: [one],
    ...(hasCalled && { callers: [caller()] }),
    serviceAccounts: { [prod.arn]: [serviceAccount('shop/cart', { [roleAnnotation]: roleArn('app') })] },
    ...others,
    facts: {
      addons: { [prod.arn]: parts.addons },
      nodegroups: { [prod.arn]: differences.nodegroups ?? parts.nodegroups },
      insights: { [prod.arn]: parts.insights },
      networks: { [prod.arn]: parts.network },
      kubernetesNodes: { [prod.arn]: nodes },
      podGroups: { [prod.arn]: groups },
      clusterDns: resolver ? { [prod.arn]: resolver } : {},
      ...differences.facts,
    },
  });
}

/** Takes endpoints and the NAT gateway's route away: nothing leads out. */
export function isolate(network: ClusterNetwork): void {
  network.endpoints = [];
  network.natGateways = [];
  for (const subnet of network.subnets)
    subnet.routes = subnet.routes.filter(({ target }) => target === 'local');
}

/** Sets the default route of all subnets. */
export function leadTo(target: string, state = 'active'): (network: ClusterNetwork) => void {
  return (network) => {
    network.endpoints = network.endpoints.filter(({ type }) => type === 'Gateway');
    for (const subnet of network.subnets)
      subnet.routes = subnet.routes.map((route) =>
        route.destination === '0.0.0.0/0' ? { ...route, target, state } : route,
      );
  };
}
