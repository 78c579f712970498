import type { Addon, ClusterDns } from '../../domain/kubernetes.ts';
import type { Cluster } from '../../domain/web-identity.ts';
import { rule, type Evidence, type Fix, type Problem, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { issueAdvice, issueEvidence } from './network/eks-issues.ts';
import { dnsState, type DnsState } from './network/dns-state.ts';
import { nodeState } from './network/ready-nodes.ts';
import { aboutCluster } from './pod-credentials/telling.ts';
import { ofCluster, settledClusters } from './pod-credentials/workloads.ts';
import { advice } from './web-identity/fix.ts';

export default rule({
  id: 'eks/coredns-unhealthy',
  title: 'CoreDNS does not answer in a cluster',
  severity: 'critical',
  why: 'Pods resolve no name, sts and every other AWS endpoint among them: SDKs then say "could not connect to the endpoint" or find no credentials.',
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
    cause: `In cluster ${cluster.name} ${cause}.`,
    evidence: evidenceOf(known),
    fix: fixOf(known),
  };
}

function evidenceOf({ addon, dns }: Known): Evidence[] {
  const { deployment = null, readyAddresses, troubles = [] } = dns ?? {};
  return [
    ...(addon
      ? [{ label: 'Add-on coredns', value: `${addon.status}, ${addon.version ?? 'version unknown'}` }]
      : []),
    ...issueEvidence((addon?.issues ?? []).map((issue) => ({ of: 'Add-on coredns', ...issue }))),
    ...(deployment
      ? [
          {
            label: 'Deployment coredns',
            value: `${deployment.ready} of ${deployment.desired} replicas are ready`,
          },
        ]
      : []),
    ...(readyAddresses === undefined
      ? []
      : [{ label: 'Ready addresses of service kube-dns', value: String(readyAddresses) }]),
    ...troubles.map((value) => ({ label: 'Pod', value: value.replaceAll(/\s+/g, ' ') })),
  ];
}

function fixOf({ addon, dns }: Known): Fix {
  if (dns?.deployment?.desired === 0)
    return {
      summary: 'Give CoreDNS two replicas again.',
      commands: [sh`kubectl scale deployment coredns --namespace kube-system --replicas 2`],
      verified: false,
    };
  const [trouble = ''] = dns?.troubles ?? [];
  const help = troubleHelp(trouble) ?? (addon?.issues[0] ? issueAdvice(addon.issues[0].code) : null);
  return advice(
    help ?? 'Look at the pods of CoreDNS in kube-system, and at the service kube-dns before them.',
    [
      sh`kubectl get pods --namespace kube-system --selector k8s-app=kube-dns --output wide`,
      sh`kubectl describe deployment coredns --namespace kube-system`,
    ],
  );
}

function troubleHelp(trouble: string): string | null {
  if (/^Unschedulable/.test(trouble))
    return 'No node takes the pods of CoreDNS: give the cluster nodes with room, remove the taints that they do not tolerate, or, on Fargate, make a profile for kube-system.';
  if (/^(ImagePullBackOff|ErrImagePull)/.test(trouble))
    return 'The image of CoreDNS cannot be pulled: look at the nodes’ way to ECR and S3, and at the role of the nodes.';
  if (/^CrashLoopBackOff/.test(trouble))
    return 'CoreDNS crashes: look at its log; a loop of forwarding and a faulty Corefile are the usual causes.';
  return null;
}
