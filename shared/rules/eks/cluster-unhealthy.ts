import type { Cluster } from '../../domain/web-identity.ts';
import type { AwsFacts } from '../../observation.ts';
import { rule, type Problem } from '../../rule.ts';
import { en, ja, joinWords, mapWords, type Localized } from '../../words.ts';
import { issueAdvice, issueEvidence, partName, type EksIssue } from './network/eks-issues.ts';
import { dnsState } from './network/dns-state.ts';
import { nodeState, type NodeFacts } from './network/ready-nodes.ts';
import { aboutCluster } from './pod-credentials/telling.ts';
import { ofCluster } from './pod-credentials/workloads.ts';
import { advice } from './web-identity/fix.ts';

export default rule({
  id: 'eks/cluster-unhealthy',
  title: {
    en: 'EKS itself reports that a cluster is not healthy',
    ja: 'EKS 自身がクラスターの異常を報告しています',
  },
  severity: 'high',
  why: {
    en: 'EKS checks clusters, node groups, add-ons and configuration, and writes what it finds where few look.',
    ja: 'EKS はクラスター、ノードグループ、アドオン、設定を検査していますが、その結果は見落とされやすい場所に書かれます。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/cluster-insights.html',
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_ClusterIssue.html',
  ],
  needs: {
    clusters: 'partial',
    addons: 'optional',
    nodegroups: 'optional',
    insights: 'optional',
    clusterDns: 'supporting',
    kubernetesNodes: 'supporting',
    podGroups: 'supporting',
  },
  check: ({ facts }) =>
    facts.clusters.clusters.flatMap((cluster) => {
      const issues = issuesOf(cluster, facts);
      return issues.length > 0 ? [problem(cluster, issues)] : [];
    }),
});

interface HealthFacts extends NodeFacts {
  addons?: AwsFacts['addons'] | undefined;
  insights?: AwsFacts['insights'] | undefined;
  clusterDns?: AwsFacts['clusterDns'] | undefined;
}

interface RatedIssue extends EksIssue {
  isWarning: boolean;
}

/** All that EKS says, less what a rule of its own tells with a better cause. */
function issuesOf(cluster: Cluster, facts: HealthFacts): RatedIssue[] {
  return [
    ...ofItself(cluster),
    ...ofNodegroups(cluster, facts),
    ...ofAddons(cluster, facts),
    ...ofInsights(cluster, facts),
  ];
}

/** `eks/sts-region-disabled` tells of STS. */
function ofItself({ name, status, healthIssues }: Cluster): RatedIssue[] {
  const of = partName('Cluster', name);
  const failed =
    status === 'FAILED' && healthIssues.length === 0
      ? [{ of, code: 'FAILED', message: notMade, resourceIds: [], isWarning: false }]
      : [];
  const others = healthIssues.filter(
    ({ code }) => !/^(StsRegionalEndpointDisabled|STS_REGIONAL_ENDPOINT_DISABLED)$/.test(code),
  );
  return [...failed, ...others.map((issue) => ({ of, ...issue, isWarning: false }))];
}

const notMade = { en: 'The cluster was not made.', ja: 'クラスターは作成されませんでした。' };

/** `eks/no-ready-nodes` tells of those that leave a cluster without nodes. */
function ofNodegroups(cluster: Cluster, facts: HealthFacts): RatedIssue[] {
  if (nodeState(cluster, facts).state === 'none') return [];
  return (ofCluster(facts.nodegroups, cluster) ?? []).flatMap(({ name, issues }) =>
    issues.map((issue) => ({ of: partName('Node group', name), ...issue, isWarning: false })),
  );
}

/** `eks/coredns-unhealthy` tells of CoreDNS, and `eks/no-ready-nodes` of add-ons that no node runs. */
function ofAddons(cluster: Cluster, facts: HealthFacts): RatedIssue[] {
  const noNodes = nodeState(cluster, facts).state === 'none';
  return (ofCluster(facts.addons, cluster) ?? []).flatMap((addon) => {
    const dns = ofCluster(facts.clusterDns, cluster);
    const isToldAsDns =
      addon.name === 'coredns' && dnsState(cluster, { addon, addonsRead: true, dns }).state === 'ailing';
    const told = addon.issues.filter(
      ({ code }) => !isToldAsDns && !(noNodes && code === 'InsufficientNumberOfReplicas'),
    );
    return told.map((issue) => ({ of: partName('Add-on', addon.name), ...issue, isWarning: false }));
  });
}

const insight = { en: 'Insight', ja: 'インサイト' };

/** Upgrades that are not ready yet are no ill health. */
function ofInsights(cluster: Cluster, facts: HealthFacts): RatedIssue[] {
  return (ofCluster(facts.insights, cluster) ?? [])
    .filter(({ category, status }) => category === 'MISCONFIGURATION' && /^(ERROR|WARNING)$/.test(status))
    .map(({ name, status, reason, id }) => ({
      of: insight,
      code: name,
      message: reason ?? '',
      resourceIds: [id],
      isWarning: status === 'WARNING',
    }));
}

function problem(cluster: Cluster, issues: RatedIssue[]): Problem {
  const worst = [...issues].sort((a, b) => Number(a.isWarning) - Number(b.isWarning));
  const [first] = worst;
  if (!first) throw new RangeError('Cannot tell of no issue');
  const others = issues.length - 1;
  const more = others > 0 ? { en: `, and ${others} more`, ja: `、ほか ${others} 件` } : '';
  const subject = subjectOf(first, cluster);
  const help = [...new Set(worst.map(({ code }) => issueAdvice(code)))].slice(0, 3);
  return {
    ...aboutCluster(cluster),
    ...(first.isWarning ? { severity: 'medium' as const } : {}),
    cause: mapWords(
      {
        en: en`EKS reports ${first.code} for ${subject}${more}.`,
        ja: ja`EKS が ${first.code} を報告しています (${subject}${more})。`,
      },
      oneLine,
    ),
    evidence: issueEvidence(worst),
    fix: advice(joinWords(help, { en: ' ', ja: '' })),
  };
}

function subjectOf({ of }: RatedIssue, { name }: Cluster): Localized {
  if (of === insight) return { en: `the configuration of cluster ${name}`, ja: `クラスター ${name} の設定` };
  const own = of.en.charAt(0).toLowerCase() + of.en.slice(1);
  if (of.en === partName('Cluster', name).en) return { en: own, ja: of.ja };
  return { en: `${own} of cluster ${name}`, ja: `クラスター ${name} の${of.ja}` };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
