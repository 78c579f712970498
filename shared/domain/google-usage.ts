/** Whether GKE is used in a project: most projects of an organization have never seen a cluster. */
import type { AdminActivity } from './google-audit.ts';
import { clusterDeletion } from './google-change.ts';
import type { GkeCluster, GkeOperation, PoolNodes, SeenCluster } from './google-cluster.ts';

export interface UsageSources {
  gkeClusters?: readonly GkeCluster[] | undefined;
  clusterHistory?: readonly SeenCluster[] | undefined;
  operations?: readonly GkeOperation[] | undefined;
  adminActivity?: readonly AdminActivity[] | undefined;
  poolNodes?: readonly PoolNodes[] | undefined;
}

/**
 * One phrase that shows use of GKE: clusters or nodes now, failed attempts to make some since `from` (ISO 8601), clusters
 * of an earlier run that nobody is seen to have deleted; null without any.
 */
export function signOfUse(sources: UsageSources, from: string): string | null {
  const { gkeClusters = [], operations = [], adminActivity = [] } = sources;
  if (gkeClusters.length > 0) return `${count(gkeClusters.length, 'cluster')}: ${names(gkeClusters)}`;
  const attempt = [...operations].reverse().find(({ type }) => type !== 'DELETE_CLUSTER');
  if (attempt) return `operation ${attempt.name} (${attempt.type}) on ${attempt.cluster ?? attempt.location}`;
  const failed = adminActivity.find(
    ({ method, error, time }) =>
      error !== null && Date.parse(time) >= Date.parse(from) && /\.Create(Cluster|NodePool)$/.test(method),
  );
  if (failed)
    return `${failed.method.split('.').at(-1)} of ${failed.principal ?? 'someone'} that failed on ${failed.time}`;
  return signOfNodes(sources) ?? signOfThePast(sources);
}

function signOfNodes({ poolNodes = [] }: UsageSources): string | null {
  const running = poolNodes.filter(({ instances }) => instances > 0);
  const [first] = running;
  if (!first) return null;
  return `${count(running.length, 'pool')} with nodes, such as "${first.nodePool}" of ${first.cluster} (${first.location})`;
}

function signOfThePast({ clusterHistory = [], adminActivity = [] }: UsageSources): string | null {
  const left = clusterHistory.filter((seen) => clusterDeletion(adminActivity, seen) === null);
  return left.length > 0 ? `${count(left.length, 'cluster')} at an earlier run: ${names(left)}` : null;
}

function names(clusters: readonly { name: string; location: string }[]): string {
  const shown = clusters.slice(0, 5).map(({ name, location }) => `${name} (${location})`);
  return shown.join(', ') + (clusters.length > 5 ? ` and ${clusters.length - 5} more` : '');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
