/** What is remembered of GKE clusters from one run to the next. */
import { certificateHash } from './google-certificate.ts';
import type { GkeCluster, SeenCluster } from './google-cluster.ts';

/** For how many days a change is news: a week, and a day for runs of every week that are never quite on time. */
export const newsDays = 8;

/**
 * The history after a run: each cluster that it saw, and what earlier runs saw that is gone or was otherwise then, as
 * long as that is news. A cluster that changed stands there twice.
 * @param time when the run began, ISO 8601 UTC
 */
export function rememberClusters(
  history: readonly SeenCluster[],
  clusters: readonly GkeCluster[],
  time: string,
): SeenCluster[] {
  return rememberSeen([...history, ...clusters.map((cluster) => seenAt(time, cluster))], time);
}

/** The same of what was seen, by that run and by those before it. */
export function rememberSeen(all: readonly SeenCluster[], time: string): SeenCluster[] {
  const oldest = Date.parse(time) - newsDays * 86_400_000;
  const kept = new Map<string, SeenCluster>();
  for (const seen of all) {
    const known = kept.get(keyOf(seen));
    if (!known || known.lastSeen < seen.lastSeen) kept.set(keyOf(seen), seen);
  }
  return [...kept.values()].filter(({ lastSeen }) => Date.parse(lastSeen) >= oldest);
}

function seenAt(lastSeen: string, { name, location, id, endpoint, caCertificate }: GkeCluster): SeenCluster {
  const caSha256 = caCertificate === null ? null : certificateHash(caCertificate);
  return { name, location, id, endpoint, caSha256, lastSeen };
}

/** All that clients hold of a cluster: where it differs, they have to learn of it. */
function keyOf({ name, location, id, endpoint, caSha256 }: SeenCluster): string {
  return JSON.stringify([name, location, id, endpoint, caSha256]);
}
