import type { GkeCluster } from '../../../domain/google-cluster.ts';
import type { Problem } from '../../../rule.ts';

/** Where a problem of a cluster is, and the cluster as its subject. */
export function clusterSubject({
  name,
  location,
  resource,
}: GkeCluster): Pick<Problem, 'location' | 'cluster' | 'subject'> {
  return { location, cluster: name, subject: { kind: 'cluster', name, id: resource } };
}
