/** The service accounts of the clusters that were read, with their pods and associations. */
import type {
  KubernetesNode,
  KubernetesServiceAccount,
  PodGroup,
  PodIdentityAssociation,
} from '../../../domain/kubernetes.ts';
import type { Cluster } from '../../../domain/web-identity.ts';
import type { AwsFacts } from '../../../observation.ts';
import { isSettled } from '../web-identity/given.ts';
import { lookUpBy } from '../web-identity/look-up-by.ts';

/** What of these facts a rule was given; a cluster that is not in one of them was not read. */
export interface WorkloadFacts {
  clusters: AwsFacts['clusters'];
  serviceAccounts?: AwsFacts['serviceAccounts'] | undefined;
  podGroups?: AwsFacts['podGroups'] | undefined;
  podIdentityAssociations?: AwsFacts['podIdentityAssociations'] | undefined;
}

export interface Workload {
  cluster: Cluster;
  namespace: string;
  name: string;
  account: KubernetesServiceAccount;
  /** Undefined where the cluster's pods were not read. */
  pods: readonly PodGroup[] | undefined;
  /** Null where it has none, undefined where the cluster's were not read. */
  association: PodIdentityAssociation | null | undefined;
}

/** Clusters on which workloads run, or may. */
export function settledClusters({ clusters }: Pick<WorkloadFacts, 'clusters'>): Cluster[] {
  return clusters.clusters.filter(isSettled);
}

/** Every service account of the clusters whose service accounts were read. */
export function workloadsIn(facts: WorkloadFacts): Workload[] {
  return settledClusters(facts).flatMap((cluster) =>
    (ofCluster(facts.serviceAccounts, cluster) ?? []).map((account) => ({
      cluster,
      namespace: account.namespace,
      name: account.name,
      account,
      pods: podsOf(facts, cluster, account),
      association: associationOf(facts, cluster, account),
    })),
  );
}

/** What a fact holds of a cluster; undefined where it was not read. */
export function ofCluster<T>(fact: Readonly<Record<string, T>> | undefined, { arn }: Cluster): T | undefined {
  return fact && Object.hasOwn(fact, arn) ? fact[arn] : undefined;
}

const podsByAccount = lookUpBy<PodGroup>(({ namespace, serviceAccount }) => [
  `${namespace}/${serviceAccount}`,
]);
const associationsByAccount = lookUpBy<PodIdentityAssociation>(({ namespace, serviceAccount }) => [
  `${namespace}/${serviceAccount}`,
]);
const accountsByName = lookUpBy<KubernetesServiceAccount>(({ namespace, name }) => [`${namespace}/${name}`]);
const nodesByName = lookUpBy<KubernetesNode>(({ name }) => [name]);

interface Named {
  namespace: string;
  name: string;
}

export function podsOf(
  { podGroups }: Pick<WorkloadFacts, 'podGroups'>,
  cluster: Cluster,
  { namespace, name }: Named,
): readonly PodGroup[] | undefined {
  const groups = ofCluster(podGroups, cluster);
  return groups && podsByAccount(groups, `${namespace}/${name}`);
}

export function associationOf(
  { podIdentityAssociations }: Pick<WorkloadFacts, 'podIdentityAssociations'>,
  cluster: Cluster,
  { namespace, name }: Named,
): PodIdentityAssociation | null | undefined {
  const associations = ofCluster(podIdentityAssociations, cluster);
  return associations && (associationsByAccount(associations, `${namespace}/${name}`)[0] ?? null);
}

export function accountOf(
  { serviceAccounts }: Pick<WorkloadFacts, 'serviceAccounts'>,
  cluster: Cluster,
  { namespace, name }: Named,
): KubernetesServiceAccount | null | undefined {
  const accounts = ofCluster(serviceAccounts, cluster);
  return accounts && (accountsByName(accounts, `${namespace}/${name}`)[0] ?? null);
}

/** Those of a cluster's nodes with these names. */
export function nodesNamed(
  nodes: readonly KubernetesNode[] | undefined,
  names: readonly string[],
): KubernetesNode[] {
  return names.flatMap((name) => nodesByName(nodes, name));
}
