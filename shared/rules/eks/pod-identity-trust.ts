import { podIdentityPrincipal } from '../../domain/pod-identity-trust.ts';
import { repairPodIdentity } from '../../domain/pod-identity-repair.ts';
import { annotatedRole } from '../../domain/identity-of-pod.ts';
import { policyLength, trustPolicyQuota } from '../../domain/trust-repair.ts';
import type { PodGroup } from '../../domain/kubernetes.ts';
import type { PodIdentityDenial } from '../../domain/service-denial.ts';
import type { Role } from '../../domain/web-identity.ts';
import type { AwsFacts } from '../../observation.ts';
import { rule, type Evidence, type Fix, type Problem, type Unknown } from '../../rule.ts';
import {
  denialsOfCluster,
  isRefusedByRole,
  joined,
  podsText,
  podsThatMayHaveAsked,
  suspectsOf,
} from './pod-credentials/pod-identity-denials.ts';
import {
  judgedAssociations,
  nameOfAssociation,
  type JudgedAssociation,
} from './pod-credentials/pod-identity.ts';
import { enumerated, shown } from './pod-credentials/telling.ts';
import { accountOf, settledClusters, type WorkloadFacts } from './pod-credentials/workloads.ts';
import { advice, updateTrustCommand } from './web-identity/fix.ts';
import { groupBy } from './web-identity/look-up-by.ts';
import { isOwn } from './web-identity/given.ts';
import { listed, oneLine, shortened, statementName, times } from './web-identity/told.ts';

export default rule({
  id: 'eks/pod-identity-trust',
  title: 'A trust policy keeps EKS Pod Identity from giving a role to its pods',
  severity: 'high',
  why: 'The pods of the association get AccessDeniedException from the agent, also where the role trusts them by web identity.',
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html',
  ],
  needs: {
    clusters: 'partial',
    podIdentityAssociations: 'partial',
    roles: 'partial',
    podIdentityDenials: 'optional',
    serviceAccounts: 'supporting',
    podGroups: 'supporting',
    kubernetesNodes: 'supporting',
  },
  check({ facts }): (Problem | Unknown)[] {
    const judged = judgedAssociations(facts);
    const refused = judged.filter(({ trust }) => trust.verdict === 'denied');
    const byRole = groupBy(refused, ({ role }) => role.arn);
    return [
      ...[...byRole.values()].flatMap((group) => problem(group, refused, facts)),
      ...judged.flatMap(undecided),
      ...unexplained(refused, facts),
    ];
  },
});

type GivenFacts = WorkloadFacts & {
  podIdentityDenials?: AwsFacts['podIdentityDenials'] | undefined;
  kubernetesNodes?: AwsFacts['kubernetesNodes'] | undefined;
};

type Refused = JudgedAssociation & { trust: { verdict: 'denied' } };

function isRefused(judged: JudgedAssociation): judged is Refused {
  return judged.trust.verdict === 'denied';
}

function undecided({ association, cluster, role, trust }: JudgedAssociation): Unknown[] {
  if (trust.verdict !== 'unknown') return [];
  const whose = `${nameOfAssociation(association)} of cluster ${cluster.name}`;
  return [
    {
      unknown: `whether ${role.name} lets Pod Identity in for ${whose}: that depends on ${enumerated(trust.keys.map(oneLine))}, which nobody recorded`,
    },
  ];
}

/** Refused calls where every role that was read lets Pod Identity in today. */
function unexplained(refused: readonly JudgedAssociation[], facts: GivenFacts): Unknown[] {
  return settledClusters(facts).flatMap((cluster) => {
    if (refused.some((one) => one.cluster.arn === cluster.arn)) return [];
    const denials = denialsOfCluster(facts, cluster).filter(isRefusedByRole);
    const denial = joined(denials);
    const pods = denials.flatMap((one) => podsThatMayHaveAsked(one, cluster, facts) ?? []);
    const who = pods.length > 0 ? `; pods on the nodes that asked: ${podsText(pods)}` : '';
    return denial
      ? [
          {
            unknown: `why AssumeRoleForPodIdentity was refused ${times(denial.events)} in cluster ${cluster.name}, last at ${denial.lastSeen}: the records name no role, and all that were read let Pod Identity in today; one was mended since, or a policy of the organization refuses${who}`,
          },
        ]
      : [];
  });
}

/** One problem for each role: its policy is one. */
function problem(
  group: readonly JudgedAssociation[],
  all: readonly JudgedAssociation[],
  facts: GivenFacts,
): Problem[] {
  const [first, ...others] = group.filter(isRefused);
  if (!first) return [];
  const { cluster, association, role } = first;
  const clusters = new Set(group.map((one) => one.cluster.arn));
  const seen = denialsOf(group, all, facts);
  const shadowed = group.filter((one) => isAnnotated(one, facts));
  return [
    {
      location: cluster.region,
      cluster: clusters.size === 1 ? cluster.name : null,
      subject: { kind: 'role', name: role.name, id: role.arn },
      workload:
        others.length === 0
          ? { namespace: association.namespace, serviceAccount: association.serviceAccount }
          : null,
      cause: sentence(first, group),
      ...(shadowed.length > 0 && { alsoWrong: ['eks/pod-identity-shadows-irsa' as const] }),
      evidence: evidence(first, group, shadowed, seen),
      denial: seen.sure ? joined(seen.denials) : null,
      fix: fix(role, group),
    },
  ];
}

function isAnnotated({ cluster, association }: JudgedAssociation, facts: GivenFacts): boolean {
  const { namespace, serviceAccount: name } = association;
  const account = accountOf(facts, cluster, { namespace, name });
  return Boolean(account && annotatedRole(account));
}

function sentence(first: Refused, group: readonly JudgedAssociation[]): string {
  const { cluster, role, trust } = first;
  const names = [...new Set(group.map(({ association }) => nameOfAssociation(association)))];
  const whom = `${enumerated(names)} of cluster ${cluster.name}`;
  const actions = trust.refused.join(' and ');
  switch (trust.fault) {
    case 'principal':
      return `The trust policy of ${role.name} does not name ${podIdentityPrincipal}, so Pod Identity cannot give it to ${whom}.`;
    case 'action':
      return `The trust policy of ${role.name} names ${podIdentityPrincipal} without ${actions}, so Pod Identity cannot give it to ${whom}.`;
    case 'deny':
      return `A Deny in the trust policy of ${role.name} refuses ${actions} to Pod Identity for ${whom}.`;
    case 'condition':
      return oneLine(
        `The trust policy of ${role.name} asks for ${unmetText(trust)}, so Pod Identity cannot give it to ${whom}.`,
      );
  }
}

function unmetText({ unmet }: Refused['trust']): string {
  const [first, ...others] = unmet;
  if (!first) return 'what EKS does not send';
  const sends = first.request ? `EKS sends ${listed(first.request)}` : 'EKS sends no such key';
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return `${shortened(first.key)} ${listed(first.values)}${more}, and ${sends}`;
}

interface Seen {
  denials: PodIdentityDenial[];
  /** Those that may have asked; none where nodes or pods are not known. */
  pods: PodGroup[];
  /** Whether no other association can have been meant. */
  sure: boolean;
}

/** The records name neither role nor service account: nodes narrow it down, as far as their pods are known. */
function denialsOf(
  group: readonly JudgedAssociation[],
  all: readonly JudgedAssociation[],
  facts: GivenFacts,
): Seen {
  const found = group.flatMap(({ cluster }) =>
    denialsOfCluster(facts, cluster)
      .filter(isRefusedByRole)
      .map((denial) => ({ denial, cluster })),
  );
  const roles = new Set<string>();
  const denials = [...new Map(found.map((one) => [one.denial, one])).values()].filter(
    ({ denial, cluster }) => {
      const suspects = suspectsOf(denial, cluster, facts);
      const may = all.filter(
        (one) =>
          one.cluster.arn === cluster.arn && (suspects?.has(nameOfAssociation(one.association)) ?? true),
      );
      const isOwn = may.some((one) => group.includes(one));
      if (isOwn) for (const { role } of may) roles.add(role.arn);
      return isOwn;
    },
  );
  const pods = denials.flatMap(({ denial, cluster }) => podsThatMayHaveAsked(denial, cluster, facts) ?? []);
  return {
    denials: denials.map(({ denial }) => denial),
    pods: [...new Set(pods)],
    sure: roles.size === 1,
  };
}

function evidence(
  { trust, role }: Refused,
  group: readonly JudgedAssociation[],
  shadowed: readonly JudgedAssociation[],
  { denials, pods, sure }: Seen,
): Evidence[] {
  const seen = joined(denials);
  const nodes = denials.flatMap((denial) => denial.nodes ?? (denial.node === null ? [] : [denial.node]));
  return [
    ...group.slice(0, 5).map(({ association, cluster }) => ({
      label: 'Association',
      value: `${association.id}: ${nameOfAssociation(association)} of cluster ${cluster.name} with ${role.arn}`,
    })),
    ...shown(
      'Statement',
      trust.statement === null ? null : statementName({ index: trust.statement, sid: null }),
    ),
    ...shown('Refused', trust.refused.join(', ')),
    ...trust.unmet.map(({ operator, key, values, request }) => ({
      label: `${operator} ${key}`,
      value: `asks for ${listed(values)}; EKS sends ${request ? listed(request) : 'no such key'}`,
    })),
    ...shown(
      'Annotation',
      shadowed.length > 0
        ? `${enumerated(shadowed.map(({ association }) => nameOfAssociation(association)))} has an annotation for web identity as well; the association goes before it`
        : null,
    ),
    ...shown(
      'Refused calls in the cluster',
      seen && !sure
        ? `${times(seen.events)}, last at ${seen.lastSeen}; the records name no role, and other associations are refused as well`
        : null,
    ),
    ...shown('Nodes that asked', nodes.length > 0 ? enumerated([...new Set(nodes)]) : null),
    ...shown('Pods on these nodes that ask for Pod Identity', podsText(pods)),
  ];
}

/** So many service accounts are named by one edit at most: more would not fit into a trust policy. */
const mostNamed = 6;

/** Whoever made the association had to be allowed iam:PassRole on the role: the grant was meant, and is not the pod's to ask for. */
function fix(role: Role, group: readonly JudgedAssociation[]): Fix {
  const unnamed = group.filter(({ trust }) => trust.verdict === 'denied' && trust.fault === 'principal');
  const requests = group.map(({ request }) => request);
  const repair =
    isOwn(role) && unnamed.length <= mostNamed ? repairPodIdentity(role.trustPolicy, requests) : null;
  if (unnamed.length > mostNamed || (repair && policyLength(repair.policy) > trustPolicyQuota))
    return advice(
      `A trust policy that names all of these service accounts is longer than the default quota of ${trustPolicyQuota} characters: let ${podIdentityPrincipal} in for the cluster as a whole (aws:SourceArn), or use several roles.`,
    );
  if (!repair)
    return advice(
      "The statement that names Pod Identity is meant for others, or a Deny stands against it: that is somebody's decision, so no edit is offered. Give the association another role, or have the owner of this one let the service account in.",
    );
  return {
    summary: `${repair.edits.join(' ')} Whoever made the association was allowed to pass this role to it. Proven: the ${group.length === 1 ? 'association is' : 'associations are'} let in, and ${repair.neighboursDenied} similar callers stay refused.`,
    commands: [updateTrustCommand(role.name, repair.policy)],
    policy: repair.policy,
    currentPolicy: role.trustPolicy,
    verified: true,
  };
}
