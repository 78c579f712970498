import type { Cluster } from '../../domain/web-identity.ts';
import type { Gap, Reading } from '../../observation.ts';
import { en, ja, type Localized } from '../../words.ts';
import { cannot, clustersUnread } from '../cannot.ts';
import { readEach } from '../read-each.ts';
import { readingOf } from '../reading-of.ts';
import { gapsOf } from './refusal.ts';
import type { AwsSource } from './source.ts';

/** Clusters that are read side by side. */
const readAtATime = 4;

/** What is read of each cluster, and the permission that its first call takes. */
export interface ClusterAttempt {
  /** @param clusters `EKS cluster "prod"` or `EKS clusters` */
  action: (clusters: Localized) => Localized;
  permission: string;
}

/**
 * Reads one thing of each cluster, by cluster ARN. A cluster whose reading fails is left out, and is a gap; one that was
 * deleted meanwhile is left out.
 */
export async function readClusters<T>(
  source: AwsSource,
  attempt: ClusterAttempt,
  read: (cluster: Cluster) => Promise<T>,
): Promise<Reading<Record<string, T>>> {
  const clusters = await source.reading('clusters');
  if (clusters.state === 'unread') return { state: 'unread', gaps: [unknownClusters(attempt)] };
  const failures: Failure[] = [];
  const found = await readEach(clusters.value.clusters, readAtATime, async (cluster) => {
    try {
      return [[cluster.arn, await read(cluster)] as const];
    } catch (error) {
      if (!isGone(error)) failures.push({ item: cluster.name, region: cluster.region, error });
      return [];
    }
  });
  const gaps = gapsByRegion(failures, attempt);
  const value = Object.fromEntries(found.flat());
  return gaps.length > 0 && Object.keys(value).length === 0
    ? { state: 'unread', gaps }
    : readingOf(value, gaps);
}

interface Failure {
  item: string;
  region: string;
  error: unknown;
}

function gapsByRegion(failures: Failure[], attempt: ClusterAttempt): Gap[] {
  const regions = [...new Set(failures.map(({ region }) => region))].sort();
  return regions.flatMap((location) =>
    gapsOf(
      failures.filter(({ region }) => region === location),
      { ...attempt, action: (which) => attempt.action(clusterNamed(which)), location },
    ),
  );
}

function clusterNamed(which: Localized): Localized {
  return { en: en`EKS cluster ${which}`, ja: ja`EKS クラスター ${which}` };
}

const allClusters = { en: 'EKS clusters', ja: 'EKS クラスター' };

function unknownClusters({ action }: ClusterAttempt): Gap {
  return { location: null, why: cannot(action(allClusters), clustersUnread) };
}

function isGone(error: unknown): boolean {
  return (error as { name?: string }).name === 'ResourceNotFoundException';
}
