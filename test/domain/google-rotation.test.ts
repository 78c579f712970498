import { certificateDates, certificateHash } from '../../shared/domain/google-certificate.ts';
import { blockingExclusion, degradedOn, openRotation } from '../../shared/domain/google-rotation.ts';
import {
  activity,
  authority,
  cluster,
  daysAgo,
  now,
  oldNodes,
  rotationStart,
} from '../rules/gke/gke-observation.ts';

const completion = (days: number, changes = {}) =>
  activity({
    method: 'google.container.v1beta1.ClusterManager.CompleteIPRotation',
    time: daysAgo(days),
    ...changes,
  });
const open = (
  entries: ReturnType<typeof activity>[],
  nodes?: ReturnType<typeof oldNodes>[],
  own = cluster(),
) => openRotation(own, entries, nodes, now);

describe('openRotation()', () => {
  it('is the newest start without a completion', () => {
    expect(open([rotationStart(3)])).toMatchObject({
      ageDays: 3,
      proof: ['old-certificate'],
      oldPools: null,
    });
    expect(open([])).toBeNull();
    expect(open([rotationStart(30), completion(20)])).toBeNull();
    expect(open([rotationStart(30), completion(20), rotationStart(2)])).toMatchObject({ ageDays: 2 });
  });

  it('does not count a completion that failed, or that came before', () => {
    expect(open([rotationStart(5), completion(4, { error: { code: 9, message: 'no' } })])).toMatchObject({
      ageDays: 5,
    });
    expect(open([rotationStart(5), completion(6)])).toMatchObject({ ageDays: 5 });
  });

  it('is over where the certificate is newer than its start', () => {
    expect(open([rotationStart(30)], undefined, cluster({ caCertificate: authority(20, 1000) }))).toBeNull();
  });

  it('names the pools with older nodes, of this very cluster', () => {
    const nodes = [
      oldNodes(40),
      oldNodes(1, { nodePool: 'new' }),
      oldNodes(40, { nodePool: 'far', location: 'us-central1' }),
      oldNodes(40, { nodePool: 'empty', oldestCreatedAt: null }),
    ];
    expect(open([rotationStart(3)], nodes)?.oldPools?.map(({ nodePool }) => nodePool)).toEqual(['pool-1']);
  });

  it('compares times, not texts', () => {
    const nodes = [oldNodes(0, { oldestCreatedAt: '2026-05-29T07:00:00+02:00' })];
    expect(open([rotationStart(3)], nodes)?.oldPools).toHaveLength(1);
  });
});

describe('blockingExclusion()', () => {
  const exclusion = (from: number, to: number | null, scope: string | null) =>
    cluster({
      maintenanceExclusions: [
        { name: 'x', startTime: daysAgo(from), endTime: to === null ? null : daysAgo(to), scope },
      ],
    });

  it.each([
    ['active', exclusion(1, -1, 'NO_UPGRADES'), 'x'],
    ['of unnamed scope, which is the widest', exclusion(1, -1, null), 'x'],
    ['without an end', exclusion(1, null, 'NO_MINOR_OR_NODE_UPGRADES'), 'x'],
    ['over', exclusion(3, 1, 'NO_UPGRADES'), undefined],
    ['not begun', exclusion(-1, -3, 'NO_UPGRADES'), undefined],
    ['of minor versions', exclusion(1, -1, 'NO_MINOR_UPGRADES'), undefined],
  ])('sees one that is %s', (_, own, name) => {
    expect(blockingExclusion(own, now)?.name).toBe(name);
  });
});

describe('certificates', () => {
  it('gives the dates of a PEM in base64', () => {
    expect(certificateDates(authority(10, 20))).toEqual({ from: daysAgo(10), to: daysAgo(-20) });
    expect(degradedOn(cluster({ caCertificate: authority(10, 20) }))).toBe(daysAgo(-13));
  });

  it.each(['UkVBTF9DRVJUSUZJQ0FURQ==', 'REAL_CERTIFICATE', '', '!!!', null])('gives none for %s', (text) => {
    expect(certificateDates(text)).toBeNull();
  });

  it('hashes what the API gives', () => {
    expect(certificateHash('a')).toBe('ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb');
  });
});
