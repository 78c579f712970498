import { certificateHash } from '../../shared/domain/google-certificate.ts';
import type { SeenCluster } from '../../shared/domain/google-cluster.ts';
import { newsDays, rememberClusters } from '../../shared/domain/google-history.ts';
import { cluster } from '../rules/gke/gke-observation.ts';

const day = (date: number) => new Date(Date.UTC(2026, 0, date)).toISOString();
const seen = (date: number, changes: Partial<SeenCluster> = {}): SeenCluster => {
  const { name, location, id, endpoint, caCertificate } = cluster();
  const caSha256 = caCertificate === null ? null : certificateHash(caCertificate);
  return { name, location, id, endpoint, caSha256, lastSeen: day(date), ...changes };
};

it('holds each cluster of the run once, with the time of the run', () => {
  const first = rememberClusters([], [cluster()], day(1));
  expect(first).toEqual([seen(1)]);
  expect(rememberClusters(first, [cluster()], day(2))).toEqual([seen(2)]);
});

it('keeps what is gone, and what a cluster was before it changed, as long as that is news', () => {
  const gone = seen(1, { location: 'us-central1' });
  const before = seen(1, { endpoint: '198.51.100.7' });
  expect(rememberClusters([gone, before], [cluster()], day(2))).toEqual([gone, before, seen(2)]);
  expect(rememberClusters([gone, before], [], day(1 + newsDays))).toEqual([gone, before]);
  expect(rememberClusters([gone, before], [], day(2 + newsDays))).toEqual([]);
});

it('does not go back in time where an older run ends later', () => {
  expect(rememberClusters([seen(5)], [cluster()], day(4))).toEqual([seen(5)]);
});

it('tells clusters of one name apart by location, and by id where one was made again', () => {
  const others = [cluster({ location: 'us-central1' }), cluster({ id: 'f'.repeat(64) })];
  expect(rememberClusters([seen(1)], others, day(2))).toHaveLength(3);
});
