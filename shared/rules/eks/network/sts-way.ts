/** Whether the pods of clusters that use web identity reach STS. */
import { roleAnnotation } from '../../../domain/annotation-key.ts';
import { issuerName } from '../../../domain/issuer.ts';
import type { EndpointTarget } from '../../../domain/way-to-endpoint.ts';
import type { Cluster } from '../../../domain/web-identity.ts';
import type { Given } from '../../../rule.ts';
import { en, ja } from '../../../words.ts';
import { clusterWay, locatedClusters, type ClusterWay, type Located } from './cluster-way.ts';

export const stsNeeds = {
  clusters: 'partial',
  networks: 'partial',
  nodegroups: 'supporting',
  roles: 'supporting',
  serviceAccounts: 'supporting',
  denials: 'supporting',
} as const;

export type StsGiven = Given<typeof stsNeeds>;

export function stsOf({ region }: Cluster): EndpointTarget {
  return { region, service: 'sts', action: 'sts:AssumeRoleWithWebIdentity' };
}

export interface StsWay extends Located {
  way: ClusterWay;
}

/** Of every cluster whose workloads ask STS for credentials; what the others lack, nobody misses. */
export function stsWays(given: Pick<StsGiven, 'facts' | 'time' | 'partlyRead'>): StsWay[] {
  return locatedClusters(given.facts).flatMap((located) => {
    const { cluster } = located;
    const isUsed = usesWebIdentity(cluster, given);
    if (isUsed === false) return [];
    const way = clusterWay(located, stsOf(cluster));
    if (hasCalled(cluster, given)) return [{ ...located, way: lessDoubt(way, cluster) }];
    return [{ ...located, way: isUsed === null ? unlessUsed(way) : way }];
  });
}

/** What nobody may need is not accused. */
function unlessUsed(way: ClusterWay): ClusterWay {
  return way.state === 'blocked'
    ? {
        state: 'unknown',
        why: {
          en: en`${way.block.why}, and whether a role trusts its service accounts was not read`,
          ja: ja`${way.block.why}が、そのサービスアカウントを信頼するロールがあるかどうかを読み取っていない`,
        },
      }
    : way;
}

/** Calls that arrived show that there is a way: from all of its subnets, or from some. */
function lessDoubt(way: ClusterWay, { name }: Cluster): ClusterWay {
  if (way.state === 'unknown') return { state: 'reachable' };
  if (way.state === 'blocked' && way.isTotal)
    return {
      state: 'unknown',
      why: {
        en: en`${way.block.why}, and yet calls of cluster ${name} reached STS`,
        ja: ja`${way.block.why}が、クラスター ${name} の呼び出しは STS に届いている`,
      },
    };
  return way;
}

/** Sessions last an hour unless a longer one is asked for, and an event takes a while to be recorded. */
const recentlyMs = 2 * 3600_000;

/** Whether STS gave its workloads credentials just now; a way may have been closed since older calls. */
function hasCalled({ issuer }: Cluster, { facts, time }: Pick<StsGiven, 'facts' | 'time'>): boolean {
  const name = issuer && issuerName(issuer);
  if (name === null) return false;
  const since = Date.parse(time) - recentlyMs;
  const own = facts.denials?.callers.filter(({ provider }) => provider?.endsWith(`/${name}`)) ?? [];
  return own.some(({ lastSeen }) => Date.parse(lastSeen) >= since);
}

/** Whether anything shows that its service accounts have roles; null where nothing does, and the roles were not read. */
function usesWebIdentity(
  { arn, issuer }: Cluster,
  { facts, partlyRead }: Pick<StsGiven, 'facts' | 'partlyRead'>,
): boolean | null {
  if (!issuer) return false;
  const name = issuerName(issuer);
  const accounts = facts.serviceAccounts?.[arn] ?? [];
  const { callers = [], denials = [] } = facts.denials ?? {};
  const isShown =
    accounts.some(({ annotations }) => Object.hasOwn(annotations, roleAnnotation)) ||
    facts.roles?.some(({ trustPolicy }) => (JSON.stringify(trustPolicy) ?? '').includes(name)) ||
    [...callers, ...denials].some(({ provider }) => provider?.endsWith(`/${name}`));
  if (isShown) return true;
  return facts.roles && !partlyRead.includes('roles') ? false : null;
}
