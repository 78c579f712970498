/** Operations that GKE refused because node pools require recreation. */
import type { AdminActivity } from './google-audit.ts';
import { certificateDates } from './google-certificate.ts';
import type { GkeCluster, GkeOperation } from './google-cluster.ts';
import { parseErrorText } from './google-error-text.ts';
import type { Failure } from './google-failure.ts';
import { concernsCluster } from './google-rotation.ts';

interface LaterWork {
  operations: readonly GkeOperation[];
  adminActivity?: readonly AdminActivity[] | undefined;
}

/** The refusals of a cluster that still stand: the pools were not recreated since, and the rotation was not completed. */
export function recreationRefusals(
  cluster: GkeCluster,
  failures: readonly Failure[],
  later: LaterWork,
): Failure[] {
  return failures.filter((failure) => {
    if (!isOn(failure, cluster)) return false;
    const text = parseErrorText(failure.message);
    if (text.kind !== 'recreation') return false;
    return (
      !wasCompleted(cluster, failure, later) &&
      !text.nodePools.every((pool) => wasRecreated(cluster, pool, failure, later))
    );
  });
}

/** Clusters of one name in different locations are told apart where the message says which. */
function isOn({ cluster, location }: Failure, own: GkeCluster): boolean {
  return cluster === own.name && (location === null || location === own.location);
}

function wasCompleted(cluster: GkeCluster, { time }: Failure, { adminActivity = [] }: LaterWork): boolean {
  if (time === null) return false;
  const issued = certificateDates(cluster.caCertificate)?.from;
  if (issued !== undefined && Date.parse(issued) > Date.parse(time)) return true;
  return adminActivity.some(
    (entry) =>
      /\.CompleteIPRotation$/.test(entry.method) &&
      entry.error === null &&
      concernsCluster(entry, cluster) &&
      Date.parse(entry.time) > Date.parse(time),
  );
}

/** Whether nodes of the pool were upgraded, or the pool made again, after the refusal. */
function wasRecreated(
  cluster: GkeCluster,
  pool: string,
  { time }: Failure,
  { operations }: LaterWork,
): boolean {
  return operations.some(
    (operation) =>
      /^(UPGRADE_NODES|CREATE_NODE_POOL|DELETE_NODE_POOL)$/.test(operation.type) &&
      operation.status === 'DONE' &&
      operation.error === null &&
      operation.cluster === cluster.name &&
      operation.location === cluster.location &&
      (operation.nodePool === null || operation.nodePool === pool) &&
      time !== null &&
      Date.parse(operation.endTime ?? operation.startTime ?? '') > Date.parse(time),
  );
}
