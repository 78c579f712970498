/** Whether GKE is used in a project: most projects of an organization have never seen a cluster. */
import { en, ja, type Words } from '../words.ts';
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
export function signOfUse(sources: UsageSources, from: string): Words | null {
  const { gkeClusters = [], operations = [], adminActivity = [] } = sources;
  if (gkeClusters.length > 0) return describeClusters(gkeClusters);
  const attempt = [...operations].reverse().find(({ type }) => type !== 'DELETE_CLUSTER');
  if (attempt) return describeAttempt(attempt);
  const failed = adminActivity.find(
    ({ method, error, time }) =>
      error !== null && Date.parse(time) >= Date.parse(from) && /\.Create(Cluster|NodePool)$/.test(method),
  );
  if (failed) return describeRefused(failed);
  return signOfNodes(sources) ?? signOfThePast(sources);
}

function describeClusters(clusters: readonly GkeCluster[]): Words {
  return {
    en: en`${count(clusters.length, 'cluster')}: ${names(clusters)}`,
    ja: ja`クラスター ${clusters.length} 個: ${names(clusters)}`,
  };
}

function describeAttempt({ name, type, cluster, location }: GkeOperation): Words {
  const target = cluster ?? location;
  return {
    en: `operation ${name} (${type}) on ${target}`,
    ja: `${target} に対するオペレーション ${name} (${type})`,
  };
}

function describeRefused({ method, principal, time }: AdminActivity): Words {
  const name = method.split('.').at(-1) ?? method;
  const who = principal ?? { en: 'someone', ja: '不明な実行者' };
  return {
    en: en`${name} of ${who} that failed on ${time}`,
    ja: ja`${who} による ${name} (${time} に失敗)`,
  };
}

function signOfNodes({ poolNodes = [] }: UsageSources): Words | null {
  const running = poolNodes.filter(({ instances }) => instances > 0);
  const [first] = running;
  if (!first) return null;
  const { nodePool, cluster, location } = first;
  return {
    en: `${count(running.length, 'pool')} with nodes, such as "${nodePool}" of ${cluster} (${location})`,
    ja: `ノードのあるノードプール ${running.length} 個 (例: ${cluster} (${location}) の "${nodePool}")`,
  };
}

function signOfThePast({ clusterHistory = [], adminActivity = [] }: UsageSources): Words | null {
  const left = clusterHistory.filter((seen) => clusterDeletion(adminActivity, seen) === null);
  if (left.length === 0) return null;
  return {
    en: en`${count(left.length, 'cluster')} at an earlier run: ${names(left)}`,
    ja: ja`以前の実行で見つかったクラスター ${left.length} 個: ${names(left)}`,
  };
}

function names(clusters: readonly { name: string; location: string }[]): Words {
  const shown = clusters.slice(0, 5).map(({ name, location }) => `${name} (${location})`);
  const more = clusters.length - shown.length;
  return {
    en: shown.join(', ') + (more > 0 ? ` and ${more} more` : ''),
    ja: shown.join('、') + (more > 0 ? ` ほか ${more} 個` : ''),
  };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
