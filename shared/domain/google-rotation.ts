/** Credential rotations of GKE clusters, from Admin Activity logs, nodes and certificates. */
import type { AdminActivity } from './google-audit.ts';
import { certificateDates } from './google-certificate.ts';
import type { GkeCluster, PoolNodes } from './google-cluster.ts';

/** Milliseconds of a day. */
export const dayMs = 86_400_000;

/**
 * GKE tries to complete a rotation by itself after this many days, and fails while any node has old credentials.
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/credential-rotation
 */
export const rotationDays = 7;

/** A rotation that was started and, as far as the log and the certificate tell, not completed. */
export interface OpenRotation {
  /** The entry that started it. */
  start: AdminActivity;
  /** Whole days since then. */
  ageDays: number;
  /**
   * What shows that it is not over: nodes older than its start, or a CA certificate issued before it. Empty where the log
   * alone says so, for GKE may have completed it without an entry.
   */
  proof: ('old-nodes' | 'old-certificate')[];
  /** The pools whose oldest node is older than the start; null where the nodes were not read. */
  oldPools: PoolNodes[] | null;
}

/** The rotation of a cluster that is open at a time; null where there is none. */
export function openRotation(
  cluster: GkeCluster,
  adminActivity: readonly AdminActivity[],
  poolNodes: readonly PoolNodes[] | undefined,
  time: string,
): OpenRotation | null {
  const own = adminActivity.filter((entry) => concernsCluster(entry, cluster) && isRotation(entry));
  const start = latest(own.filter(({ method }) => method.endsWith('.StartIPRotation')));
  if (!start) return null;
  const isCompleted = own.some(
    ({ method, time: at }) => method.endsWith('.CompleteIPRotation') && at > start.time,
  );
  const issued = certificateDates(cluster.caCertificate)?.from ?? null;
  // The old certificate is shown until the end, so a new one, which may be dated back a little, shows that it is over.
  if (isCompleted || (issued !== null && Date.parse(issued) >= Date.parse(start.time) - dayMs)) return null;
  const oldPools = poolNodes ? olderPools(cluster, poolNodes, start.time) : null;
  const proof: OpenRotation['proof'] = [];
  if (oldPools && oldPools.length > 0) proof.push('old-nodes');
  // An address alone may be rotated; then the certificate stays, and proves nothing.
  if (issued !== null && start.rotateCredentials !== false) proof.push('old-certificate');
  const ageDays = Math.floor((Date.parse(time) - Date.parse(start.time)) / dayMs);
  return { start, ageDays, proof, oldPools };
}

/** A step of a rotation that went well, at a time that can be read. */
function isRotation({ method, error, time }: AdminActivity): boolean {
  return method.endsWith('IPRotation') && error === null && !Number.isNaN(Date.parse(time));
}

function olderPools(
  { name, location }: GkeCluster,
  poolNodes: readonly PoolNodes[],
  start: string,
): PoolNodes[] {
  return poolNodes.filter(
    (nodes) =>
      nodes.cluster === name &&
      nodes.location === location &&
      nodes.oldestCreatedAt !== null &&
      Date.parse(nodes.oldestCreatedAt) < Date.parse(start),
  );
}

/** Whether a log entry is about the cluster: by its labels, else by its resource name. */
export function concernsCluster(
  { labels, resource }: AdminActivity,
  { name, location }: GkeCluster,
): boolean {
  const place = labels.location ?? labels.zone;
  if (labels.cluster_name !== undefined && place !== undefined)
    return labels.cluster_name === name && place === location;
  const [, ofResource, nameInResource] =
    /\/(?:locations|zones)\/([^/]+)\/clusters\/([^/]+)/.exec(`/${resource}`) ?? [];
  return (labels.cluster_name ?? nameInResource) === name && (place ?? ofResource) === location;
}

function latest(entries: AdminActivity[]): AdminActivity | undefined {
  return [...entries].sort((a, b) => (a.time < b.time ? 1 : -1))[0];
}

/** The exclusion that keeps GKE from recreating nodes now; null where none does. */
export function blockingExclusion(
  cluster: GkeCluster,
  time: string,
): GkeCluster['maintenanceExclusions'][number] | null {
  const now = Date.parse(time);
  const active = cluster.maintenanceExclusions.filter(
    ({ startTime, endTime, scope }) =>
      scope !== 'NO_MINOR_UPGRADES' &&
      Date.parse(startTime) <= now &&
      (endTime === null || now < Date.parse(endTime)),
  );
  return active.sort((a, b) => ((a.endTime ?? '9') < (b.endTime ?? '9') ? 1 : -1))[0] ?? null;
}

/** The day a cluster turns `DEGRADED` for its CA certificate: seven days before that expires; null where it is not known. */
export function degradedOn(cluster: GkeCluster): string | null {
  const dates = certificateDates(cluster.caCertificate);
  return dates && new Date(Date.parse(dates.to) - 7 * dayMs).toISOString();
}
