import type { GkeCluster } from '../../../domain/google-cluster.ts';
import { sh } from '../../../shell.ts';

/**
 * Recreates the nodes of pools without changing their versions; of an Autopilot cluster all nodes, by its own version.
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/credential-rotation
 */
export function recreateCommands(cluster: GkeCluster, nodePools: readonly string[]): string[] {
  const { name, location, project, nodeVersion, masterVersion } = cluster;
  if (cluster.autopilot) {
    const version = masterVersion ?? nodeVersion;
    return version === null
      ? []
      : [
          sh`gcloud container clusters upgrade ${name} --cluster-version=${version} --location=${location} --project=${project} --quiet`,
        ];
  }
  return [...nodePools].flatMap((pool) => {
    const version = cluster.nodePools.find((each) => each.name === pool)?.version ?? nodeVersion;
    return version === null
      ? []
      : [
          sh`gcloud container clusters upgrade ${name} --node-pool=${pool} --cluster-version=${version} --location=${location} --project=${project} --quiet`,
        ];
  });
}

/** Ends a credential rotation: what still uses the old credentials, or a static service account token, then fails. */
export function completeRotationCommand({ name, location, project }: GkeCluster): string {
  return sh`gcloud container clusters update ${name} --complete-credential-rotation --location=${location} --project=${project} --quiet`;
}
