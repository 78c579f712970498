/** Whether a cluster has nodes on which pods can run. */
import type { KubernetesNode } from '../../../domain/kubernetes.ts';
import type { Cluster } from '../../../domain/web-identity.ts';
import type { AwsFacts } from '../../../observation.ts';
import type { Words } from '../../../words.ts';
import { ofCluster } from '../pod-credentials/workloads.ts';

export interface NodeFacts {
  kubernetesNodes?: AwsFacts['kubernetesNodes'] | undefined;
  nodegroups?: AwsFacts['nodegroups'] | undefined;
  podGroups?: AwsFacts['podGroups'] | undefined;
}

export type NodeState =
  | { state: 'ready' }
  /** It has none, and nothing that would run on one. */
  | { state: 'idle' }
  | { state: 'unknown'; why: Words }
  | { state: 'none'; nodes: readonly KubernetesNode[]; expected: number; waitingPods: number };

export function nodeState(cluster: Cluster, facts: NodeFacts): NodeState {
  const nodes = ofCluster(facts.kubernetesNodes, cluster);
  if (!nodes) return { state: 'unknown', why: unreadNodes(cluster) };
  if (nodes.some(({ ready }) => ready)) return { state: 'ready' };
  const groups = ofCluster(facts.nodegroups, cluster);
  const pods = ofCluster(facts.podGroups, cluster);
  const expected = (groups ?? []).reduce((sum, { desiredSize }) => sum + (desiredSize ?? 0), 0);
  const waitingPods = (pods ?? []).reduce((sum, group) => sum + group.pods, 0);
  if (nodes.length > 0 || expected > 0 || waitingPods > 0)
    return { state: 'none', nodes, expected, waitingPods };
  if (groups && pods) return { state: 'idle' };
  return {
    state: 'unknown',
    why: {
      en: `cluster ${cluster.name} has no nodes, and whether it should was not read`,
      ja: `クラスター ${cluster.name} にノードがなく、あるべきかどうかを読み取っていません`,
    },
  };
}

function unreadNodes({ name }: Cluster): Words {
  return {
    en: `the nodes of cluster ${name} were not read`,
    ja: `クラスター ${name} のノードを読み取っていません`,
  };
}
