/** Reads the same of every cluster that answers; what cannot be read is a gap, one for each kind of trouble. */
import type { Cluster } from '../../domain/web-identity.ts';
import type { Gap, Reading } from '../../observation.ts';
import { en, ja, type Localized } from '../../words.ts';
import { abortAfter } from '../abort-after.ts';
import type { AwsSource } from '../aws/source.ts';
import { cannot, clustersUnread, listed, remedied } from '../cannot.ts';
import { readEach } from '../read-each.ts';
import { readingOf } from '../reading-of.ts';
import type { Get } from './fold-list.ts';
import type { OpenCluster } from './open-clusters.ts';
import { nameOfPermission, type KubernetesPermission } from './permission.ts';
import { KubernetesError, reasonOf, remedyOf, type Trouble } from './trouble.ts';

export interface ClusterFact<T> {
  /** Reads on after "Cannot read the", and before 「を取得できません」: `pods`, `Pod`. */
  what: Localized;
  /** Of which the first is named where the server refuses. */
  permissions: readonly KubernetesPermission[];
  /** Clusters that are read side by side; few where their lists are long. */
  atATime: number;
  /** Whether its gaps say what to do about a cluster that does not answer at all: those of one fact are enough. */
  tellsRemedy?: boolean;
  /** @throws {KubernetesError} where it could not be read to its end. */
  read: (get: Get) => Promise<T>;
}

interface Failure {
  cluster: Cluster;
  trouble: Trouble;
}

/** By cluster ARN. A cluster that could not be read to its end is left out: what it seems to lack proves nothing. */
export async function readOpenClusters<T>(
  source: AwsSource,
  fact: ClusterFact<T>,
): Promise<Reading<Record<string, T>>> {
  const opened = await source.openedClusters();
  if (!opened) return { state: 'unread', gaps: [unknownClusters(fact, clustersUnread)] };
  const { open, closed, mayBeMore, principal } = opened;
  const value: Record<string, T> = {};
  const failed: Failure[] = [];
  await readEach(open, fact.atATime, async (one) => {
    const read = await readOne(source, one, fact);
    if ('trouble' in read) failed.push({ cluster: one.cluster, trouble: read.trouble });
    else value[one.cluster.arn] = read.value;
  });
  const remedy = ({ trouble, cluster }: Failure) => remedyOf(trouble, cluster, principal);
  const all = [
    ...(mayBeMore ? [unknownClusters(fact, partlyRead)] : []),
    ...gapsOf(fact, closed, fact.tellsRemedy ? remedy : () => null),
    ...gapsOf(fact, failed, remedy),
  ];
  if (all.length > 0 && Object.keys(value).length === 0) return { state: 'unread', gaps: all };
  return readingOf(value, all);
}

const partlyRead = {
  en: 'the clusters were read only in part',
  ja: 'クラスターは一部しか読み取れませんでした',
};

function unknownClusters<T>(fact: ClusterFact<T>, why: Localized): Gap {
  const all = { en: 'all EKS clusters', ja: 'すべての EKS クラスター' };
  return { location: null, why: cannot(readingFrom(all, fact), why) };
}

function readingFrom<T>(clusters: Localized, { what }: ClusterFact<T>): Localized {
  return { en: en`read the ${what} of ${clusters}`, ja: ja`${clusters} の ${what} を取得` };
}

async function readOne<T>(
  source: AwsSource,
  { get }: OpenCluster,
  { read }: ClusterFact<T>,
): Promise<{ value: T } | { trouble: Trouble }> {
  const limit = abortAfter(budgetMs(source), source.signal);
  try {
    return { value: await read((path) => get(path, limit.signal)) };
  } catch (error) {
    source.signal.throwIfAborted();
    if (error instanceof KubernetesError) return { trouble: error.trouble };
    if (limit.signal.aborted) return { trouble: { kind: 'out of time' } };
    throw error;
  } finally {
    limit.clear();
  }
}

function budgetMs({ kubernetes, deadline }: AwsSource): number {
  const left = deadline ? deadline.getTime() - Date.now() : Infinity;
  return Math.min(kubernetes.budgetMs, left);
}

/** One gap for clusters of one region that met the same. */
function gapsOf<T>(
  fact: ClusterFact<T>,
  failures: Failure[],
  remedy: (failure: Failure) => Localized | null,
): Gap[] {
  const alike = new Map<string, Failure[]>();
  for (const failure of failures) {
    const key = JSON.stringify([failure.cluster.region, reasonOf(failure.trouble).en]);
    alike.set(key, [...(alike.get(key) ?? []), failure]);
  }
  return [...alike.values()].flatMap((group) =>
    group.slice(0, 1).map((first) => gapOf(fact, first, group, remedy(first))),
  );
}

function gapOf<T>(
  fact: ClusterFact<T>,
  { cluster, trouble }: Failure,
  group: Failure[],
  remedy: Localized | null,
): Gap {
  const [permission] = fact.permissions;
  const reason = reasonOf(trouble);
  const todo = remedy && group.length > 1 ? forTheOthersToo(remedy) : remedy;
  const isRefused = trouble.kind === 'forbidden' || trouble.kind === 'unknown caller';
  return {
    location: cluster.region,
    why: cannot(readingFrom(named(group), fact), todo ? remedied(reason, todo) : reason),
    ...(isRefused && permission && { missingPermission: nameOfPermission(permission) }),
  };
}

function named(group: readonly Failure[]): Localized {
  const names = listed(group.map(({ cluster }) => cluster.name));
  return {
    en: `${group.length === 1 ? 'cluster' : 'clusters'} ${names.en}`,
    ja: `クラスター ${names.ja}`,
  };
}

function forTheOthersToo(remedy: Localized): Localized {
  return { en: `${remedy.en} (and so for the others)`, ja: `${remedy.ja} (ほかのクラスターも同様です)` };
}
