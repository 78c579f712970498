import type { Nodegroup } from '../../domain/kubernetes.ts';
import type { Cluster } from '../../domain/web-identity.ts';
import { rule, type Evidence, type Problem, type Unknown } from '../../rule.ts';
import { en, ja, joinWords, type Words } from '../../words.ts';
import { issueAdvice, issueEvidence, partName } from './network/eks-issues.ts';
import { nodeState, type NodeState } from './network/ready-nodes.ts';
import { aboutCluster, counted } from './pod-credentials/telling.ts';
import { ofCluster, settledClusters } from './pod-credentials/workloads.ts';
import { advice } from './web-identity/fix.ts';

export default rule({
  id: 'eks/no-ready-nodes',
  title: {
    en: 'A cluster has no node that is ready',
    ja: 'クラスターに準備完了 (Ready) のノードがありません',
  },
  severity: 'critical',
  why: {
    en: 'No pod runs, CoreDNS among them, so that nothing in the cluster resolves a name or reaches an AWS endpoint.',
    ja: 'CoreDNS を含めて Pod が一切動かないため、クラスター内では名前の解決も AWS エンドポイントへの到達もできません。',
  },
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
    group.issues.map((issue) => ({ of: partName('Node group', group.name), ...issue })),
  );
  const missing = joinWords(missingText(nodes.length, expected, waitingPods), '');
  return {
    ...aboutCluster(cluster),
    cause: {
      en: en`Cluster ${cluster.name} has no node that is ready: ${missing}.`,
      ja: ja`クラスター ${cluster.name} に準備完了のノードがありません: ${missing}。`,
    },
    evidence: [
      { label: 'Nodes', value: String(nodes.length) },
      ...nodeEvidence(nodes),
      ...issueEvidence(issues),
    ],
    fix: advice(
      issues[0]
        ? joinWords([issueAdvice(issues[0].code), eksSays, issues[0].message || issues[0].code], '')
        : adviceOnNodes(nodes.length > 0),
    ),
  };
}

const eksSays: Words = { en: ' EKS says: ', ja: 'EKS のメッセージ: ' };

/** Parts of one sentence. */
function missingText(nodes: number, expected: number, waitingPods: number): Words[] {
  return [
    nodes > 0
      ? {
          en: en`none of its ${counted(nodes, 'node')} is ready`,
          ja: ja`${counted(nodes, 'node')}がどれも準備完了ではありません`,
        }
      : { en: 'it has no nodes', ja: 'ノードがありません' },
    expected > 0
      ? {
          en: `, though its node groups should have ${expected}`,
          ja: ` (ノードグループの希望数は ${expected} 台です)`,
        }
      : '',
    waitingPods > 0
      ? {
          en: en`; ${counted(waitingPods, 'pod')} of it cannot run`,
          ja: ja`。${counted(waitingPods, 'pod')} を実行できません`,
        }
      : '',
  ];
}

/** So many nodes are shown. */
const mostNodes = 10;

function nodeEvidence(nodes: Extract<NodeState, { state: 'none' }>['nodes']): Evidence[] {
  return nodes.slice(0, mostNodes).map(({ name, reason, nodegroup }) => ({
    label: { en: `Node ${name}`, ja: `ノード ${name}` },
    value: joinWords([reason ?? noReason, nodegroup ? inNodegroup(nodegroup) : ''], ''),
  }));
}

const noReason: Words = {
  en: 'not ready, and it does not say why',
  ja: '準備完了ではなく、理由も示されていません',
};

function inNodegroup(name: string): Words {
  return { en: ` (node group ${name})`, ja: ` (ノードグループ ${name})` };
}

function adviceOnNodes(hasNodes: boolean): Words {
  return hasNodes
    ? {
        en: 'Look at the conditions of the nodes: a kubelet that stopped posting has lost its instance or its way to the cluster; a network that is not ready lacks the VPC CNI, whose pods need the EC2 endpoint.',
        ja: 'ノードの状態 (conditions) を確認してください。kubelet が状態の送信を停止している場合は、インスタンスが失われたか、クラスターへの経路がありません。ネットワークが準備完了でない場合は VPC CNI がなく、その Pod には EC2 エンドポイントが必要です。',
      }
    : {
        en: 'Find out why no instance joins: the instances’ launch, their role’s access entry, or their way to the endpoints of the cluster, EC2 and ECR.',
        ja: 'インスタンスが参加しない理由を調べてください。インスタンスの起動、ロールのアクセスエントリ、またはクラスター、EC2、ECR のエンドポイントへの経路が考えられます。',
      };
}
