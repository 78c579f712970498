/** Whether GKE is used in a project: most projects of an organization have never seen a cluster. */
import type { AdminActivity } from './google-audit.ts';
import type { GkeCluster, GkeOperation, PoolNodes, SeenCluster } from './google-cluster.ts';

export interface UsageSources {
  gkeClusters?: readonly GkeCluster[] | undefined;
  clusterHistory?: readonly SeenCluster[] | undefined;
  operations?: readonly GkeOperation[] | undefined;
  adminActivity?: readonly AdminActivity[] | undefined;
  poolNodes?: readonly PoolNodes[] | undefined;
}

/** One phrase that shows use of GKE: clusters or nodes now, attempts to make some, clusters of an earlier run; null without any. */
export function signOfUse(sources: UsageSources): string | null {
  const {
    gkeClusters = [],
    clusterHistory = [],
    operations = [],
    adminActivity = [],
    poolNodes = [],
  } = sources;
  if (gkeClusters.length > 0) return `${count(gkeClusters.length, 'cluster')}: ${names(gkeClusters)}`;
  const running = poolNodes.filter(({ instances }) => instances > 0);
  const [first] = running;
  if (first)
    return `${count(running.length, 'pool')} with nodes, such as "${first.nodePool}" of ${first.cluster} (${first.location})`;
  const attempt = [...operations].reverse().find(({ type }) => type !== 'DELETE_CLUSTER');
  if (attempt) return `operation ${attempt.name} (${attempt.type}) on ${attempt.cluster ?? attempt.location}`;
  const creation = adminActivity.find(({ method }) => /\.(CreateCluster|CreateNodePool)$/.test(method));
  if (creation)
    return `${creation.method.split('.').at(-1)} by ${creation.principal ?? 'someone'} on ${creation.time}`;
  if (clusterHistory.length > 0)
    return `${count(clusterHistory.length, 'cluster')} at an earlier run: ${names(clusterHistory)}`;
  return null;
}

function names(clusters: readonly { name: string; location: string }[]): string {
  const shown = clusters.slice(0, 5).map(({ name, location }) => `${name} (${location})`);
  return shown.join(', ') + (clusters.length > 5 ? ` and ${clusters.length - 5} more` : '');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
