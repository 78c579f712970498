import type { Addon, PodGroup, PodIdentityAssociation } from '../../domain/kubernetes.ts';
import type { PodIdentityDenial } from '../../domain/service-denial.ts';
import type { Cluster } from '../../domain/web-identity.ts';
import type { AwsFacts } from '../../observation.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { denialsOfCluster, isRefusedToNode, joined } from './pod-credentials/pod-identity-denials.ts';
import { nameOfAssociation } from './pod-credentials/pod-identity.ts';
import { aboutCluster, counted, enumerated, shown } from './pod-credentials/telling.ts';
import { ofCluster, settledClusters, type WorkloadFacts } from './pod-credentials/workloads.ts';
import { advice } from './web-identity/fix.ts';
import { oneLine, shortened, times } from './web-identity/told.ts';

const agent = 'eks-pod-identity-agent';

export default rule({
  id: 'eks/pod-identity-agent-missing',
  title: 'The agent that Pod Identity needs is missing or does not work',
  severity: 'high',
  why: 'Pods with an association ask the agent on their node for credentials; where it does not answer they have none, and get no others.',
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
        unknown: `whether cluster ${cluster.name} runs the Pod Identity agent without the add-on: its pods were not read`,
      },
    ];
  if (pods.some(isAgent) || nodes?.every(({ kind }) => kind === 'fargate' || kind === 'auto')) return [];
  const names = enumerated([...new Set(associations.map(nameOfAssociation))]);
  const waiting = pods.filter(({ containerCredentials }) => containerCredentials);
  return [
    {
      ...aboutCluster(cluster),
      ...(waiting.length === 0 && { severity: 'medium' }),
      cause: `Cluster ${cluster.name} has ${counted(associations.length, 'Pod Identity association')} (${names}) and no Pod Identity agent.`,
      evidence: [
        { label: 'Add-on', value: `${agent} is not installed` },
        { label: 'Pods of an agent', value: 'none' },
        ...shown('Pods that ask for it', enumerated([...new Set(waiting.map(nameOfAssociation))])),
      ],
      fix: {
        summary:
          'Install the add-on. The role of the nodes must allow eks-auth:AssumeRoleForPodIdentity, which the policy AmazonEKSWorkerNodePolicy holds.',
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
  return [
    {
      ...aboutCluster(cluster),
      ...(status === 'DEGRADED' && { severity: 'medium' }),
      cause: oneLine(
        `The add-on ${agent} of cluster ${cluster.name} is ${status}${first ? `: ${issueText(first)}` : ''}.`,
      ),
      evidence: [
        { label: 'Status', value: status },
        ...shown('Version', version),
        ...issues.slice(0, 5).map(({ code, message }) => ({ label: code, value: message || 'no message' })),
      ],
      fix: advice(
        'Repair what EKS names, then update or install the add-on anew; its pods must run on every node that runs pods with an association.',
      ),
    },
  ];
}

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
  const role = name ? `role ${name}` : 'role';
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
      cause: `The ${role} of nodes of cluster ${cluster.name} may not call eks-auth:AssumeRoleForPodIdentity, so their agent gets no credentials for any pod (refused ${times(seen.events)}).`,
      evidence: [
        { label: 'Refusal', value: oneLine(shortened(first.errorMessage ?? '')) },
        ...shown('Nodes', enumerated(nodes)),
      ],
      denial: seen,
      fix: advice(
        'Attach the policy AmazonEKSWorkerNodePolicy to the role of the nodes, or allow eks-auth:AssumeRoleForPodIdentity in another of its policies.',
      ),
    },
  ];
}
