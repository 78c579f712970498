import type { Nodegroup } from '../../domain/kubernetes.ts';
import type { Cluster } from '../../domain/web-identity.ts';
import { rule, type Evidence, type Problem, type Unknown } from '../../rule.ts';
import { issueAdvice, issueEvidence } from './network/eks-issues.ts';
import { nodeState, type NodeState } from './network/ready-nodes.ts';
import { aboutCluster, counted } from './pod-credentials/telling.ts';
import { ofCluster, settledClusters } from './pod-credentials/workloads.ts';
import { advice } from './web-identity/fix.ts';

export default rule({
  id: 'eks/no-ready-nodes',
  title: 'A cluster has no node that is ready',
  severity: 'critical',
  why: 'No pod runs, CoreDNS among them, so that nothing in the cluster resolves a name or reaches an AWS endpoint.',
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html',
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_Issue.html',
  ],
  needs: {
    clusters: 'partial',
    kubernetesNodes: 'partial',
    nodegroups: 'supporting',
    podGroups: 'supporting',
  },
  check: ({ facts }) =>
    settledClusters(facts)
      .filter((cluster) => ofCluster(facts.kubernetesNodes, cluster))
      .flatMap((cluster): (Problem | Unknown)[] => {
        const state = nodeState(cluster, facts);
        if (state.state === 'unknown') return [{ unknown: state.why }];
        return state.state === 'none'
          ? [problem(cluster, state, ofCluster(facts.nodegroups, cluster) ?? [])]
          : [];
      }),
});

function problem(
  cluster: Cluster,
  state: Extract<NodeState, { state: 'none' }>,
  groups: readonly Nodegroup[],
): Problem {
  const { nodes, expected, waitingPods } = state;
  const issues = groups.flatMap((group) =>
    group.issues.map((issue) => ({ of: `Node group ${group.name}`, ...issue })),
  );
  const has = nodes.length > 0 ? `none of its ${counted(nodes.length, 'node')} is ready` : 'it has no nodes';
  const wanted = expected > 0 ? `, though its node groups should have ${expected}` : '';
  const waiting = waitingPods > 0 ? `; ${counted(waitingPods, 'pod')} of it cannot run` : '';
  return {
    ...aboutCluster(cluster),
    cause: `Cluster ${cluster.name} has no node that is ready: ${has}${wanted}${waiting}.`,
    evidence: [
      { label: 'Nodes', value: String(nodes.length) },
      ...nodeEvidence(nodes),
      ...issueEvidence(issues),
    ],
    fix: advice(
      issues[0]
        ? `${issueAdvice(issues[0].code)} EKS says: ${issues[0].message || issues[0].code}`
        : adviceOnNodes(nodes.length > 0),
    ),
  };
}

/** So many nodes are shown. */
const mostNodes = 10;

function nodeEvidence(nodes: Extract<NodeState, { state: 'none' }>['nodes']): Evidence[] {
  return nodes.slice(0, mostNodes).map(({ name, reason, nodegroup }) => ({
    label: `Node ${name}`,
    value: `${reason ?? 'not ready, and it does not say why'}${nodegroup ? ` (node group ${nodegroup})` : ''}`,
  }));
}

function adviceOnNodes(hasNodes: boolean): string {
  return hasNodes
    ? 'Look at the conditions of the nodes: a kubelet that stopped posting has lost its instance or its way to the cluster; a network that is not ready lacks the VPC CNI, whose pods need the EC2 endpoint.'
    : 'Find out why no instance joins: the instances’ launch, their role’s access entry, or their way to the endpoints of the cluster, EC2 and ECR.';
}
