import type { Addon, PodGroup, PodIdentityAssociation } from '../../domain/kubernetes.ts';
import type { PodIdentityDenial } from '../../domain/service-denial.ts';
import type { Cluster } from '../../domain/web-identity.ts';
import type { AwsFacts } from '../../observation.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { en, ja, mapWords, type Words } from '../../words.ts';
import { denialsOfCluster, isRefusedToNode, joined } from './pod-credentials/pod-identity-denials.ts';
import { nameOfAssociation } from './pod-credentials/pod-identity.ts';
import { aboutCluster, counted, enumerated, none, shown } from './pod-credentials/telling.ts';
import { ofCluster, settledClusters, type WorkloadFacts } from './pod-credentials/workloads.ts';
import { advice } from './web-identity/fix.ts';
import { oneLine, shortened, times } from './web-identity/told.ts';

const agent = 'eks-pod-identity-agent';

export default rule({
  id: 'eks/pod-identity-agent-missing',
  title: {
    en: 'The agent that Pod Identity needs is missing or does not work',
    ja: 'Pod Identity に必要なエージェントがないか、動作していません',
  },
  severity: 'high',
  why: {
    en: 'Pods with an association ask the agent on their node for credentials; where it does not answer they have none, and get no others.',
    ja: '関連付けのある Pod はノード上のエージェントに認証情報を要求します。エージェントが応答しなければ認証情報はなく、代わりのものも得られません。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html',
    'https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSWorkerNodePolicy.html',
  ],
  needs: {
    clusters: 'partial',
    podIdentityAssociations: 'partial',
    addons: 'partial',
    podGroups: 'supporting',
    kubernetesNodes: 'supporting',
    podIdentityDenials: 'supporting',
  },
  check: ({ facts }) =>
    settledClusters(facts).flatMap((cluster) => {
      const associations = ofCluster(facts.podIdentityAssociations, cluster) ?? [];
      const addons = ofCluster(facts.addons, cluster);
      // Auto Mode brings the agent along.
      if (associations.length === 0 || !addons || cluster.autoMode) return [];
      const addon = addons.find(({ name }) => name === agent);
      return [
        ...(addon ? ailing(cluster, addon) : missing(cluster, associations, facts)),
        ...refusedToNodes(cluster, denialsOfCluster(facts, cluster).filter(isRefusedToNode)),
      ];
    }),
});

type GivenFacts = Pick<WorkloadFacts, 'podGroups'> & {
  kubernetesNodes?: AwsFacts['kubernetesNodes'] | undefined;
};

function missing(
  cluster: Cluster,
  associations: readonly PodIdentityAssociation[],
  facts: GivenFacts,
): (Problem | Unknown)[] {
  const pods = ofCluster(facts.podGroups, cluster);
  const nodes = ofCluster(facts.kubernetesNodes, cluster);
  if (!pods)
    return [
      {
        unknown: {
          en: `whether cluster ${cluster.name} runs the Pod Identity agent without the add-on: its pods were not read`,
          ja: `クラスター ${cluster.name} がアドオンなしで Pod Identity エージェントを実行しているかどうか: Pod を読み取っていません`,
        },
      },
    ];
  if (pods.some(isAgent) || nodes?.every(({ kind }) => kind === 'fargate' || kind === 'auto')) return [];
  const names = enumerated([...new Set(associations.map(nameOfAssociation))]);
  const count = counted(associations.length, 'Pod Identity association');
  const waiting = pods.filter(({ containerCredentials }) => containerCredentials);
  return [
    {
      ...aboutCluster(cluster),
      ...(waiting.length === 0 && { severity: 'medium' }),
      cause: {
        en: en`Cluster ${cluster.name} has ${count} (${names}) and no Pod Identity agent.`,
        ja: ja`クラスター ${cluster.name} には ${count} (${names}) がありますが、Pod Identity エージェントがありません。`,
      },
      evidence: [
        {
          label: 'Add-on',
          value: { en: `${agent} is not installed`, ja: `${agent} はインストールされていません` },
        },
        { label: 'Pods of an agent', value: none },
        ...shown('Pods that ask for it', enumerated([...new Set(waiting.map(nameOfAssociation))])),
      ],
      fix: {
        summary: {
          en: 'Install the add-on. The role of the nodes must allow eks-auth:AssumeRoleForPodIdentity, which the policy AmazonEKSWorkerNodePolicy holds.',
          ja: 'アドオンをインストールしてください。ノードのロールには eks-auth:AssumeRoleForPodIdentity の許可が必要です。これはポリシー AmazonEKSWorkerNodePolicy に含まれています。',
        },
        commands: [
          sh`aws eks create-addon --cluster-name ${cluster.name} --addon-name ${agent} --region ${cluster.region}`,
        ],
        verified: false,
      },
    },
  ];
}

function isAgent({ owner }: PodGroup): boolean {
  return /pod-identity-agent/.test(owner?.name ?? '');
}

const broken = /^(DEGRADED|CREATE_FAILED|DELETE_FAILED|DELETING)$/;

function ailing(cluster: Cluster, { status, version, issues }: Addon): Problem[] {
  if (!broken.test(status)) return [];
  const [first] = issues;
  const issue = first ? `: ${issueText(first)}` : '';
  return [
    {
      ...aboutCluster(cluster),
      ...(status === 'DEGRADED' && { severity: 'medium' }),
      cause: mapWords(
        {
          en: `The add-on ${agent} of cluster ${cluster.name} is ${status}${issue}.`,
          ja: `クラスター ${cluster.name} のアドオン ${agent} は ${status} です${issue}。`,
        },
        oneLine,
      ),
      evidence: [
        { label: 'Status', value: status },
        ...shown('Version', version),
        ...issues.slice(0, 5).map(({ code, message }) => ({ label: code, value: message || noMessage })),
      ],
      fix: advice({
        en: 'Repair what EKS names, then update or install the add-on anew; its pods must run on every node that runs pods with an association.',
        ja: 'EKS が示す問題を解消してから、アドオンを更新または再インストールしてください。その Pod は、関連付けのある Pod が動くすべてのノードで動いている必要があります。',
      }),
    },
  ];
}

const noMessage: Words = { en: 'no message', ja: 'メッセージなし' };

function issueText({ code, message }: Addon['issues'][number]): string {
  return `${shortened(code)}${message ? ` (${shortened(message).replace(/\.$/, '')})` : ''}`;
}

/** The agent asks with the node's role; where that may not ask, no association works on its nodes. */
function refusedToNodes(cluster: Cluster, denials: readonly PodIdentityDenial[]): Problem[] {
  const seen = joined(denials);
  const [first] = denials;
  if (!seen || !first) return [];
  const [, account, name] =
    /arn:[^:]+:sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\//.exec(first.errorMessage ?? '') ?? [];
  const nodes = [...new Set(denials.flatMap(({ nodes = [] }) => nodes))];
  const role = name ? { en: `role ${name}`, ja: `ロール ${name} ` } : { en: 'role', ja: 'ロール' };
  return [
    {
      location: cluster.region,
      cluster: cluster.name,
      subject: {
        kind: 'role',
        name: name ?? `nodes of ${cluster.name}`,
        id:
          name && account
            ? `arn:${cluster.arn.split(':')[1] ?? 'aws'}:iam::${account}:role/${name}`
            : `${cluster.arn} nodes`,
      },
      cause: {
        en: en`The ${role} of nodes of cluster ${cluster.name} may not call eks-auth:AssumeRoleForPodIdentity, so their agent gets no credentials for any pod (refused ${times(seen.events)}).`,
        ja: ja`クラスター ${cluster.name} のノードの${role}は eks-auth:AssumeRoleForPodIdentity を呼び出せないため、エージェントはどの Pod の認証情報も取得できません (${times(seen.events)}拒否)。`,
      },
      evidence: [
        { label: 'Refusal', value: oneLine(shortened(first.errorMessage ?? '')) },
        ...shown('Nodes', enumerated(nodes)),
      ],
      denial: seen,
      fix: advice({
        en: 'Attach the policy AmazonEKSWorkerNodePolicy to the role of the nodes, or allow eks-auth:AssumeRoleForPodIdentity in another of its policies.',
        ja: 'ノードのロールにポリシー AmazonEKSWorkerNodePolicy をアタッチするか、ほかのポリシーで eks-auth:AssumeRoleForPodIdentity を許可してください。',
      }),
    },
  ];
}
