/** What went wrong with clusters and node pools lately, wherever GKE says it, in one form. */
import type { Words } from '../words.ts';
import type { AdminActivity } from './google-audit.ts';
import type { GkeCluster, GkeOperation, NodePool } from './google-cluster.ts';

/** One message of GKE about something that failed. */
export interface Failure {
  /** `operation-…`, an insert id, or the name of the cluster or pool whose status says it. */
  source: string;
  /** `CREATE_NODE_POOL operation-1`, `status of pool "a"`. */
  label: Words;
  message: string;
  /** ISO 8601; null for a status, which is of now. */
  time: string | null;
  cluster: string | null;
  location: string | null;
  nodePool: string | null;
  /** Who asked for what failed; null where it is not known. */
  principal: string | null;
}

export interface FailureSources {
  gkeClusters: readonly GkeCluster[] | undefined;
  operations: readonly GkeOperation[] | undefined;
  adminActivity: readonly AdminActivity[] | undefined;
}

/**
 * Statuses of now, failed operations and refused changes, without those that succeeded when they were tried again and
 * without repetitions of a message about one target.
 */
export function failuresOf({ gkeClusters, operations, adminActivity }: FailureSources): Failure[] {
  const successes = latestSuccesses(operations ?? []);
  const all = [
    ...(gkeClusters ?? []).flatMap(ofCluster),
    ...(operations ?? []).filter((operation) => !isOver(operation, successes)).flatMap(ofOperation),
    ...(adminActivity ?? []).filter((entry) => !succeededLater(entry, successes)).flatMap(ofEntry),
  ];
  const unique = new Map<string, Failure>();
  for (const failure of all) {
    const { cluster, location, nodePool, message } = failure;
    const key = JSON.stringify([cluster, location, nodePool, message]);
    const first = unique.get(key);
    // An operation does not say who asked for it; the log entry of the same failure does.
    unique.set(key, first ? { ...first, principal: first.principal ?? failure.principal } : failure);
  }
  return [...unique.values()];
}

function ofCluster(cluster: GkeCluster): Failure[] {
  const at = { time: null, cluster: cluster.name, location: cluster.location, principal: null };
  const own = messages(cluster).map((message) => ({
    ...at,
    source: cluster.resource,
    label: { en: `status of ${cluster.name}`, ja: `${cluster.name} のステータス` },
    message,
    nodePool: null,
  }));
  const pools = cluster.nodePools.flatMap((pool) =>
    messages(pool).map((message) => ({
      ...at,
      source: `${cluster.resource}/nodePools/${pool.name}`,
      label: { en: `status of pool "${pool.name}"`, ja: `ノードプール "${pool.name}" のステータス` },
      message,
      nodePool: pool.name,
    })),
  );
  return [...own, ...pools];
}

/** Conditions are of now; the older message stays when the fault is over, and counts while the status is bad. */
function messages(of: GkeCluster | NodePool): string[] {
  const isBad = /^(ERROR|DEGRADED|RUNNING_WITH_ERROR)$/.test(of.status);
  const texts = [...of.conditions.map(({ message }) => message), isBad ? of.statusMessage : null];
  return [...new Set(texts.flatMap((text) => (text ? [text] : [])))];
}

function ofOperation(operation: GkeOperation): Failure[] {
  const { name, type, error, cluster, location, nodePool, endTime, startTime } = operation;
  if (!error) return [];
  const at = { source: name, label: `${type} ${name}`, time: endTime ?? startTime, principal: null };
  return [{ ...at, message: error.message, cluster, location, nodePool }];
}

/**
 * When each kind of operation last began and went well on each target. One update of a cluster says nothing of another,
 * so those are left out.
 */
function latestSuccesses(operations: readonly GkeOperation[]): Map<string, string> {
  const latest = new Map<string, string>();
  for (const { type, cluster, location, nodePool, status, error, startTime } of operations) {
    if (status !== 'DONE' || error !== null || startTime === null || type === 'UPDATE_CLUSTER') continue;
    const key = keyOf(type, cluster, location, nodePool);
    if (startTime > (latest.get(key) ?? '')) latest.set(key, startTime);
  }
  return latest;
}

/** `CREATE_NODE_POOL` and `CreateNodePool` are one kind. */
function keyOf(
  type: string,
  cluster: string | null,
  location: string | null,
  nodePool: string | null,
): string {
  return JSON.stringify([type.replaceAll('_', '').toLowerCase(), cluster, location, nodePool]);
}

/** Whether the same was done to the same target later, and went well. */
function isOver(
  { type, cluster, location, nodePool, startTime }: GkeOperation,
  successes: Map<string, string>,
): boolean {
  return (successes.get(keyOf(type, cluster, location, nodePool)) ?? '') > (startTime ?? '');
}

function ofEntry({
  id,
  service,
  method,
  error,
  time,
  labels,
  resource,
  principal,
  last,
}: AdminActivity): Failure[] {
  if (service !== 'container.googleapis.com' || !error || !last) return [];
  const [, location, cluster, nodePool] =
    /\/(?:locations|zones)\/([^/]+)\/clusters\/([^/]+)(?:\/nodePools\/([^/]+))?/.exec(`/${resource}`) ?? [];
  const name = method.split('.').at(-1) ?? method;
  return [
    {
      source: id,
      label: { en: `${name} in the audit log`, ja: `監査ログの ${name}` },
      message: error.message,
      time,
      cluster: labels.cluster_name ?? cluster ?? null,
      location: labels.location ?? location ?? null,
      nodePool: labels.nodepool_name ?? nodePool ?? null,
      principal,
    },
  ];
}

function succeededLater(
  { error, time, method, labels }: AdminActivity,
  successes: Map<string, string>,
): boolean {
  if (error === null) return false;
  const { cluster_name: cluster = null, location = null, nodepool_name: nodePool = null } = labels;
  const key = keyOf(method.split('.').at(-1) ?? '', cluster, location, nodePool);
  return (successes.get(key) ?? '') > time;
}
