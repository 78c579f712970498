/** Where a cluster's network lies: in its own project, or in the host project of a Shared VPC. */
import type { GkeCluster } from './google-cluster.ts';
import { projectOfResource } from './google-error-text.ts';

/** Project that owns the cluster's subnetwork or network; null where the cluster names none with a project. */
export function networkProject({ network, subnetwork }: GkeCluster): string | null {
  return projectOfResource(subnetwork ?? '') ?? projectOfResource(network ?? '');
}

/** `projects/host/regions/europe-west1/subnetworks/nodes` in its parts; null where the name has another form. */
export function parseSubnetwork(
  subnetwork: string,
): { project: string; region: string; name: string } | null {
  const match = /(?:^|\/)projects\/([^/]+)\/regions\/([^/]+)\/subnetworks\/([^/]+)$/.exec(subnetwork);
  return match ? { project: match[1] ?? '', region: match[2] ?? '', name: match[3] ?? '' } : null;
}
