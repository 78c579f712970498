/** Whether a cluster's pods reach an endpoint: one verdict over all the subnets that they may be in. */
import type { ClusterNetwork } from '../../../domain/cluster-network.ts';
import type { Nodegroup } from '../../../domain/kubernetes.ts';
import {
  wayToEndpoint,
  type Blocked,
  type EndpointTarget,
  type Origin,
  type Way,
} from '../../../domain/way-to-endpoint.ts';
import type { Cluster } from '../../../domain/web-identity.ts';
import type { AwsFacts } from '../../../observation.ts';
import { en, ja, type Localized, type Words } from '../../../words.ts';
import { enumerated } from '../pod-credentials/telling.ts';
import { ofCluster, settledClusters } from '../pod-credentials/workloads.ts';
import { podOrigins } from './pod-origins.ts';

/** A cluster with what is known of its network. */
export interface Located {
  cluster: Cluster;
  network: ClusterNetwork;
  nodegroups: readonly Nodegroup[] | undefined;
}

/** The clusters whose networks were read. */
export function locatedClusters(facts: {
  clusters: AwsFacts['clusters'];
  networks: AwsFacts['networks'];
  nodegroups?: AwsFacts['nodegroups'] | undefined;
}): Located[] {
  return settledClusters(facts).flatMap((cluster) => {
    const network = ofCluster(facts.networks, cluster);
    return network ? [{ cluster, network, nodegroups: ofCluster(facts.nodegroups, cluster) }] : [];
  });
}

export type ClusterWay =
  | { state: 'reachable' }
  | { state: 'unknown'; why: Words }
  | {
      state: 'blocked';
      block: Blocked;
      /** Where it blocks. */
      origins: Origin[];
      /** Whether no subnet of the pods has another way. */
      isTotal: boolean;
      isCertain: boolean;
    };

/**
 * The worst verdict over the subnets of the node groups. Where only the cluster's own subnets are known, of which some may
 * hold no nodes, nothing is said to be blocked unless all of them are.
 */
export function clusterWay({ cluster, network, nodegroups }: Located, target: EndpointTarget): ClusterWay {
  const { origins, isCertain } = podOrigins(cluster, network, nodegroups);
  const ways = origins.map((origin) => ({ origin, way: wayToEndpoint(network, origin, target) }));
  const blocked = ways.filter(isBlocked);
  const [first] = blocked;
  const isTotal = blocked.length === ways.length;
  if (first && (isCertain || isTotal)) {
    const same = blocked.filter(({ way }) => way.kind === first.way.kind && way.at === first.way.at);
    return {
      state: 'blocked',
      block: first.way,
      origins: same.map(({ origin }) => origin),
      isTotal,
      isCertain,
    };
  }
  const unknown = ways.flatMap(({ way }) => (way.state === 'unknown' ? [way.why] : []));
  if (ways.length === 0)
    return {
      state: 'unknown',
      why: {
        en: `the subnets of cluster ${cluster.name} are not known`,
        ja: `クラスター ${cluster.name} のサブネットが不明`,
      },
    };
  if (first) return { state: 'unknown', why: perhapsWithoutNodes(first.way) };
  if (unknown.length > 0 && (isCertain || unknown.length === ways.length))
    return { state: 'unknown', why: enumerated(distinct(unknown)) };
  return { state: 'reachable' };
}

function perhapsWithoutNodes({ why }: Blocked): Localized {
  return {
    en: en`${why}, and it is not known whether nodes are there`,
    ja: ja`${why}が、そこにノードがあるかどうかは不明`,
  };
}

function distinct(texts: readonly Localized[]): Localized[] {
  return [...new Map(texts.map((text) => [text.en, text])).values()];
}

function isBlocked(one: { origin: Origin; way: Way }): one is { origin: Origin; way: Blocked } {
  return one.way.state === 'blocked';
}
