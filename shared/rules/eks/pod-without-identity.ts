import { credentialsOf, fallbackOf } from '../../domain/identity-of-pod.ts';
import type { PodGroup } from '../../domain/kubernetes.ts';
import type { NodeRoleCall } from '../../domain/service-denial.ts';
import type { AwsFacts } from '../../observation.ts';
import { rule, type Evidence, type Fix, type Problem } from '../../rule.ts';
import { leftWithout } from './pod-credentials/left-without.ts';
import { callsFrom, callText } from './pod-credentials/node-calls.ts';
import {
  aboutAccount,
  enumerated,
  ownersOf,
  podCount,
  restartCommands,
  shown,
  withoutRestart,
} from './pod-credentials/telling.ts';
import { isIdentityWebhook } from './pod-credentials/webhook.ts';
import { ofCluster, workloadsIn, type Workload } from './pod-credentials/workloads.ts';
import { advice } from './web-identity/fix.ts';
import { oneLine, shortened } from './web-identity/told.ts';

export default rule({
  id: 'eks/pod-without-identity',
  title: 'Pods run without the credentials of their service account',
  severity: 'high',
  why: 'Credentials are injected only when a pod is created; one that missed it calls with the role of its node, or finds no credentials at all.',
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-configuration.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html',
  ],
  needs: {
    clusters: 'partial',
    serviceAccounts: 'partial',
    podGroups: 'partial',
    podIdentityAssociations: 'optional',
    podWebhooks: 'supporting',
    kubernetesNodes: 'supporting',
    nodegroups: 'supporting',
    nodeRoleCalls: 'supporting',
  },
  check: ({ facts }) =>
    workloadsIn(facts)
      .filter(({ cluster }) => {
        // Without the webhook no pod gets any: that is told once, for the cluster.
        const webhooks = ofCluster(facts.podWebhooks, cluster);
        return !webhooks || webhooks.some(isIdentityWebhook);
      })
      .flatMap((workload) => problem(workload, facts)),
});

type Supporting = Partial<Pick<AwsFacts, 'kubernetesNodes' | 'nodegroups' | 'nodeRoleCalls'>>;
type GivenFacts = { [K in keyof Supporting]: Supporting[K] | undefined };

function problem(workload: Workload, facts: GivenFacts): Problem[] {
  const { cluster, account } = workload;
  const left = leftWithout(workload, ofCluster(facts.kubernetesNodes, cluster));
  if (!left) return [];
  const { injection, pods } = left;
  const about = aboutAccount(cluster, account);
  const owners = ownersOf(pods);
  const promise =
    injection.by === 'Pod Identity'
      ? `a Pod Identity association gives it ${roleName(injection.roleArn)}`
      : `its annotation names ${roleName(injection.roleArn)}`;
  return [
    {
      ...about,
      cause: `${podCount(pods)} of ${about.subject.name}${owners ? ` (${owners})` : ''} in cluster ${cluster.name} ${pods.length === 1 && pods[0]?.pods === 1 ? 'has' : 'have'} no credentials of ${pods.length === 1 && pods[0]?.pods === 1 ? 'its' : 'their'} own, although ${promise}: ${reason(workload, pods)}.`,
      evidence: evidence(workload, injection.roleArn, pods, facts),
      fix: fix(pods),
    },
  ];
}

function roleName(arn: string): string {
  return oneLine(shortened(arn.split('/').at(-1) || arn));
}

/** Why they missed the injection, as far as times and the other pods tell. */
function reason({ account, association, pods: all = [] }: Workload, pods: readonly PodGroup[]): string {
  const newest =
    pods
      .map((group) => group.newest ?? '')
      .sort()
      .at(-1) ?? '';
  const since = association ? association.createdAt : account.createdAt;
  if (newest !== '' && since !== null && newest < since)
    return association
      ? `they were created before the association (${since})`
      : `they were created before the service account was (${since})`;
  const others = all.filter((group) => credentialsOf(group) !== 'none of its own');
  if (others.length > 0)
    return `${podCount(others)} of it have them, so these were created before they could, or the webhook did not answer in time`;
  return association
    ? 'the webhook did not answer when they were created'
    : 'they are older than the annotation, or the webhook did not answer when they were created';
}

function evidence(
  { cluster, account }: Workload,
  roleArn: string,
  pods: readonly PodGroup[],
  facts: GivenFacts,
): Evidence[] {
  const nodes = ofCluster(facts.kubernetesNodes, cluster);
  const nodegroups = ofCluster(facts.nodegroups, cluster);
  const fallbacks = [...new Set(pods.map((group) => fallbackOf(group, nodes, nodegroups)))];
  const names = pods.flatMap((group) => group.nodes);
  const calls = callsFrom(facts.nodeRoleCalls, nodes, names);
  return [
    { label: 'Role', value: roleArn },
    ...shown('Pods', enumerated(pods.flatMap((group) => group.names))),
    ...shown('Created', createdBetween(pods)),
    ...shown('Service account created', account.createdAt),
    ...fallbacks.map((fallback) => ({ label: 'What they get instead', value: fallbackTexts[fallback] })),
    ...calls
      .slice(0, 3)
      .map((call: NodeRoleCall) => ({ label: "Seen with their nodes' role", value: callText(call) })),
  ];
}

const fallbackTexts = {
  'node role': 'the role of their node, which answers pods (its network, or a hop limit of 2 and more)',
  nothing: 'nothing: their nodes answer no pod (Fargate, or a hop limit of 1)',
  unknown: 'the role of their node where it answers pods, nothing where it does not',
};

function createdBetween(pods: readonly PodGroup[]): string | null {
  const times = pods.flatMap(({ oldest, newest }) => [oldest, newest]).filter((time) => time !== null);
  const [first, last] = [times.sort()[0], times.at(-1)];
  return first === undefined || last === undefined ? null : first === last ? first : `${first} to ${last}`;
}

function fix(pods: readonly PodGroup[]): Fix {
  const commands = restartCommands(pods);
  const left = withoutRestart(pods);
  const rest =
    left.length > 0 ? ` ${podCount(left)} of jobs or on their own must be made anew by their owners.` : '';
  if (commands.length === 0)
    return advice(`Make the pods anew: they get their credentials when they are created.${rest}`);
  return {
    summary: `Restart the pods: they get their credentials when they are created.${rest}`,
    commands,
    verified: false,
  };
}
