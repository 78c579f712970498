/** Where the traffic of a cluster's pods comes from, as far as that is known. */
import type { ClusterNetwork, Subnet } from '../../../domain/cluster-network.ts';
import type { Nodegroup } from '../../../domain/kubernetes.ts';
import type { Origin } from '../../../domain/way-to-endpoint.ts';
import type { Cluster } from '../../../domain/web-identity.ts';

export interface PodOrigins {
  origins: Origin[];
  /** Whether nodes run in each of them: those of managed node groups do, the subnets of the cluster itself may be others. */
  isCertain: boolean;
}

/** The subnets of the node groups that have nodes, else those that the cluster itself was given. */
export function podOrigins(
  { network: config }: Cluster,
  network: ClusterNetwork,
  nodegroups: readonly Nodegroup[] | undefined,
): PodOrigins {
  const groups = (nodegroups ?? []).filter(({ desiredSize }) => desiredSize !== 0);
  const own = config?.clusterSecurityGroupId;
  if (groups.length === 0) {
    const subnets = network.subnets.filter(({ id }) => config?.subnetIds.includes(id));
    return { origins: subnets.map((subnet) => ({ subnet, securityGroupIds: null })), isCertain: false };
  }
  const origins = groups.flatMap(({ subnetIds, securityGroupIds }) =>
    subnetsNamed(network, subnetIds).map((subnet) => ({
      subnet,
      securityGroupIds: securityGroupIds?.length === 0 && own ? [own] : (securityGroupIds ?? null),
    })),
  );
  return { origins: distinct(origins), isCertain: true };
}

function subnetsNamed({ subnets }: ClusterNetwork, ids: readonly string[]): Subnet[] {
  return subnets.filter(({ id }) => ids.includes(id));
}

function distinct(origins: Origin[]): Origin[] {
  const byKey = new Map(
    origins.map((origin) => [JSON.stringify([origin.subnet.id, origin.securityGroupIds]), origin]),
  );
  return [...byKey.values()];
}
