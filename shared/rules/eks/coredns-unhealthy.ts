import type { Addon, ClusterDns } from '../../domain/kubernetes.ts';
import type { Cluster } from '../../domain/web-identity.ts';
import { rule, type Evidence, type Fix, type Problem, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { en, ja, joinWords, type Words } from '../../words.ts';
import { issueAdvice, issueEvidence, partName } from './network/eks-issues.ts';
import { dnsState, type DnsState } from './network/dns-state.ts';
import { nodeState } from './network/ready-nodes.ts';
import { aboutCluster } from './pod-credentials/telling.ts';
import { ofCluster, settledClusters } from './pod-credentials/workloads.ts';
import { advice } from './web-identity/fix.ts';

export default rule({
  id: 'eks/coredns-unhealthy',
  title: { en: 'CoreDNS does not answer in a cluster', ja: 'クラスターの CoreDNS が応答していません' },
  severity: 'critical',
  why: {
    en: 'Pods resolve no name, sts and every other AWS endpoint among them: SDKs then say "could not connect to the endpoint" or find no credentials.',
    ja: 'Pod は sts をはじめとする AWS エンドポイントを含め、名前を一切解決できません。SDK は "could not connect to the endpoint" と報告するか、認証情報を取得できません。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/managing-coredns.html',
    'https://repost.aws/knowledge-center/eks-dns-failure',
  ],
  needs: {
    clusters: 'partial',
    addons: 'optional',
    clusterDns: 'supporting',
    kubernetesNodes: 'supporting',
    nodegroups: 'supporting',
    podGroups: 'supporting',
  },
  check: ({ facts }) =>
    settledClusters(facts).flatMap((cluster): (Problem | Unknown)[] => {
      // Without nodes nothing runs, and that is told by its own rule.
      if (nodeState(cluster, facts).state === 'none') return [];
      const addons = ofCluster(facts.addons, cluster);
      const addon = addons?.find(({ name }) => name === 'coredns') ?? null;
      const dns = ofCluster(facts.clusterDns, cluster);
      const state = dnsState(cluster, { addon, addonsRead: addons !== undefined, dns });
      if (state.state === 'unknown') return [{ unknown: state.why }];
      return state.state === 'ailing' ? [problem(cluster, state, { addon, dns })] : [];
    }),
});

interface Known {
  addon: Addon | null;
  dns: ClusterDns | undefined;
}

function problem(
  cluster: Cluster,
  { cause, isDown }: Extract<DnsState, { state: 'ailing' }>,
  known: Known,
): Problem {
  return {
    ...aboutCluster(cluster),
    ...(isDown ? {} : { severity: 'medium' as const }),
    cause: {
      en: en`In cluster ${cluster.name} ${cause}.`,
      ja: ja`クラスター ${cluster.name} では、${cause}。`,
    },
    evidence: evidenceOf(known),
    fix: fixOf(known),
  };
}

function evidenceOf({ addon, dns }: Known): Evidence[] {
  const { deployment = null, readyAddresses, troubles = [] } = dns ?? {};
  return [
    ...(addon
      ? [{ label: 'Add-on coredns', value: joinWords([addon.status, addon.version ?? unknownVersion], ', ') }]
      : []),
    ...issueEvidence((addon?.issues ?? []).map((issue) => ({ of: partName('Add-on', 'coredns'), ...issue }))),
    ...(deployment ? [{ label: 'Deployment coredns', value: replicasText(deployment) }] : []),
    ...(readyAddresses === undefined
      ? []
      : [{ label: 'Ready addresses of service kube-dns', value: String(readyAddresses) }]),
    ...troubles.map((value) => ({ label: 'Pod', value: value.replaceAll(/\s+/g, ' ') })),
  ];
}

const unknownVersion: Words = { en: 'version unknown', ja: 'バージョン不明' };

function replicasText({ ready, desired }: NonNullable<ClusterDns['deployment']>): Words {
  return {
    en: `${ready} of ${desired} replicas are ready`,
    ja: `${desired} 個のレプリカのうち ${ready} 個が準備完了`,
  };
}

function fixOf({ addon, dns }: Known): Fix {
  if (dns?.deployment?.desired === 0)
    return {
      summary: {
        en: 'Give CoreDNS two replicas again.',
        ja: 'CoreDNS のレプリカを 2 個に戻してください。',
      },
      commands: [sh`kubectl scale deployment coredns --namespace kube-system --replicas 2`],
      verified: false,
    };
  const [trouble = ''] = dns?.troubles ?? [];
  const help = troubleHelp(trouble) ?? (addon?.issues[0] ? issueAdvice(addon.issues[0].code) : null);
  return advice(
    help ?? {
      en: 'Look at the pods of CoreDNS in kube-system, and at the service kube-dns before them.',
      ja: 'kube-system の CoreDNS の Pod と、その手前のサービス kube-dns を確認してください。',
    },
    [
      sh`kubectl get pods --namespace kube-system --selector k8s-app=kube-dns --output wide`,
      sh`kubectl describe deployment coredns --namespace kube-system`,
    ],
  );
}

function troubleHelp(trouble: string): Words | null {
  if (/^Unschedulable/.test(trouble))
    return {
      en: 'No node takes the pods of CoreDNS: give the cluster nodes with room, remove the taints that they do not tolerate, or, on Fargate, make a profile for kube-system.',
      ja: 'CoreDNS の Pod を受け入れるノードがありません。空きのあるノードを追加するか、CoreDNS が許容しない taint を外してください。Fargate の場合は kube-system 用のプロファイルを作成してください。',
    };
  if (/^(ImagePullBackOff|ErrImagePull)/.test(trouble))
    return {
      en: 'The image of CoreDNS cannot be pulled: look at the nodes’ way to ECR and S3, and at the role of the nodes.',
      ja: 'CoreDNS のイメージをプルできません。ノードから ECR と S3 への経路と、ノードのロールを確認してください。',
    };
  if (/^CrashLoopBackOff/.test(trouble))
    return {
      en: 'CoreDNS crashes: look at its log; a loop of forwarding and a faulty Corefile are the usual causes.',
      ja: 'CoreDNS がクラッシュしています。ログを確認してください。よくある原因は、転送のループと Corefile の誤りです。',
    };
  return null;
}
