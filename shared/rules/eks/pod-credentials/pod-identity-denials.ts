/** Refused AssumeRoleForPodIdentity calls, joined to associations as far as it can be known: their records name none. */
import type { PodGroup } from '../../../domain/kubernetes.ts';
import type { PodIdentityDenial } from '../../../domain/service-denial.ts';
import type { Cluster } from '../../../domain/web-identity.ts';
import type { AwsFacts } from '../../../observation.ts';
import { mapWords, type Words } from '../../../words.ts';
import { nameOfAssociation } from './pod-identity.ts';
import { enumerated } from './telling.ts';
import { ofCluster } from './workloads.ts';

/** Calls that a node's role may not make: the role of the association has no part in it. */
export function isRefusedToNode({ errorCode, errorMessage }: PodIdentityDenial): boolean {
  return /^AccessDenied/.test(errorCode) && /not authorized to perform: eks-auth:/i.test(errorMessage ?? '');
}

/** Calls that EKS made for an association, and that the association's role refused. */
export function isRefusedByRole(denial: PodIdentityDenial): boolean {
  return /^AccessDenied/.test(denial.errorCode) && !isRefusedToNode(denial);
}

export function denialsOfCluster(
  facts: { podIdentityDenials?: AwsFacts['podIdentityDenials'] | undefined },
  { name, region }: Cluster,
): PodIdentityDenial[] {
  return (facts.podIdentityDenials?.denials ?? []).filter(
    (denial) => denial.clusterName === name && denial.region === region,
  );
}

interface PlaceFacts {
  podGroups?: AwsFacts['podGroups'] | undefined;
  kubernetesNodes?: AwsFacts['kubernetesNodes'] | undefined;
}

/** Pods on the nodes that were refused that ask for Pod Identity; null where nodes or pods are not known. */
export function podsThatMayHaveAsked(
  denial: PodIdentityDenial,
  cluster: Cluster,
  facts: PlaceFacts,
): PodGroup[] | null {
  const pods = ofCluster(facts.podGroups, cluster);
  const nodes = ofCluster(facts.kubernetesNodes, cluster) ?? [];
  const wanted = denial.nodes ?? (denial.node === null ? [] : [denial.node]);
  const names = nodes
    .filter(({ name, instanceId }) => wanted.includes(name) || wanted.includes(instanceId ?? ''))
    .map(({ name }) => name);
  if (!pods || names.length === 0) return null;
  return pods.filter(
    (group) => group.containerCredentials && group.nodes.some((name) => names.includes(name)),
  );
}

/** The same as names (`namespace/serviceAccount`), or the one that the denial names itself; null where nobody can tell. */
export function suspectsOf(
  denial: PodIdentityDenial,
  cluster: Cluster,
  facts: PlaceFacts,
): Set<string> | null {
  const { namespace, serviceAccount } = denial;
  if (namespace !== null && serviceAccount !== null)
    return new Set([nameOfAssociation({ namespace, serviceAccount })]);
  const pods = podsThatMayHaveAsked(denial, cluster, facts) ?? [];
  return pods.length > 0 ? new Set(pods.map(nameOfAssociation)) : null;
}

/** `shop/orders (orders-7d9f-a, orders-7d9f-b)` of each group. */
export function podsText(groups: readonly PodGroup[]): Words {
  return enumerated(
    groups.map((group) =>
      mapWords(enumerated(group.names), (names) => `${nameOfAssociation(group)} (${names})`),
    ),
  );
}

/** Several denials as one. */
export function joined(denials: readonly PodIdentityDenial[]) {
  const [first] = denials;
  if (!first) return null;
  return {
    errorCode: first.errorCode,
    events: denials.reduce((sum, { events }) => sum + events, 0),
    firstSeen: denials.map(({ firstSeen }) => firstSeen).sort()[0] ?? first.firstSeen,
    lastSeen:
      denials
        .map(({ lastSeen }) => lastSeen)
        .sort()
        .at(-1) ?? first.lastSeen,
    sampleEventIds: denials.flatMap(({ sampleEventIds }) => sampleEventIds).slice(0, 5),
  };
}
