import {
  accountChange,
  apiTurnedOff,
  clusterDeletion,
  removalOf,
} from '../../shared/domain/google-change.ts';
import { failuresOf } from '../../shared/domain/google-failure.ts';
import {
  activity,
  cluster,
  daysAgo,
  failed,
  operation,
  pool,
  removal,
} from '../rules/gke/gke-observation.ts';

const role = 'roles/container.serviceAgent';
const member = 'serviceAccount:a@p.iam.gserviceaccount.com';

describe('removalOf()', () => {
  it('is the newest that stands', () => {
    const [older, newer] = [{ ...removal(role, member), id: 'old', time: daysAgo(3) }, removal(role, member)];
    expect(removalOf([older, newer], role, member)?.id).toBe('entry-1');
  });

  it.each([
    ['another role', removal('roles/viewer', member)],
    ['another member', removal(role, 'serviceAccount:b@p.iam.gserviceaccount.com')],
    ['a change that was refused', { ...removal(role, member), error: { code: 7, message: 'denied' } }],
  ])('is not %s', (_, entry) => {
    expect(removalOf([entry], role, member)).toBeNull();
  });

  it('knows the member by its deleted form too', () => {
    expect(removalOf([removal(role, `deleted:${member}?uid=1`)], role, member)).not.toBeNull();
  });
});

it('accountChange() needs the very account', () => {
  const entry = activity({
    method: 'google.iam.admin.v1.DisableServiceAccount',
    resource: 'projects/-/serviceAccounts/42',
    labels: { unique_id: '42' },
  });
  expect(accountChange([entry], 'Disable', { email: 'a@p.iam.gserviceaccount.com', uniqueId: '42' })).toBe(
    entry,
  );
  expect(
    accountChange([entry], 'Delete', { email: 'a@p.iam.gserviceaccount.com', uniqueId: '42' }),
  ).toBeNull();
  expect(
    accountChange([entry], 'Disable', { email: 'a@p.iam.gserviceaccount.com', uniqueId: null }),
  ).toBeNull();
});

it('apiTurnedOff() does not take a disabled account for a disabled API', () => {
  const account = activity({
    method: 'google.iam.admin.v1.DisableServiceAccount',
    resource: 'container.googleapis.com',
  });
  expect(apiTurnedOff([account], 'container.googleapis.com')).toBeNull();
  const api = { ...account, method: 'google.api.serviceusage.v1.ServiceUsage.DisableService' };
  expect(apiTurnedOff([api], 'container.googleapis.com')).toBe(api);
});

it('clusterDeletion() tells clusters of one name apart', () => {
  const method = 'google.container.v1.ClusterManager.DeleteCluster';
  const entry = activity({ method, labels: {}, resource: 'projects/p/zones/europe-west1-b/clusters/a' });
  expect(clusterDeletion([entry], { name: 'a', location: 'europe-west1-b' })).toBe(entry);
  expect(clusterDeletion([entry], { name: 'a', location: 'europe-west1' })).toBeNull();
});

describe('failuresOf()', () => {
  const all = { gkeClusters: undefined, operations: undefined, adminActivity: undefined };

  it('joins status, operations and log, each message of a target once', () => {
    const sources = {
      gkeClusters: [
        cluster({
          nodePools: [
            pool({ statusMessage: 'no', conditions: [{ code: null, canonicalCode: null, message: 'no' }] }),
          ],
        }),
      ],
      operations: [failed('broken')],
      adminActivity: [activity({ error: { code: 7, message: 'broken' }, principal: 'bob@example.com' })],
    };
    expect(failuresOf(sources).map(({ message, principal }) => [message, principal])).toEqual([
      ['no', null],
      ['broken', 'bob@example.com'],
    ]);
  });

  it('forgets what succeeded when it was tried again', () => {
    const again = operation({ startTime: daysAgo(0.1) });
    expect(failuresOf({ ...all, operations: [failed('broken'), again] })).toEqual([]);
    expect(
      failuresOf({ ...all, operations: [failed('broken'), { ...again, status: 'RUNNING' }] }),
    ).toHaveLength(1);
    expect(
      failuresOf({ ...all, operations: [failed('broken'), { ...again, location: 'us-central1' }] }),
    ).toHaveLength(1);
  });

  it('reads cluster and location from the resource where labels are missing', () => {
    const entry = activity({
      labels: {},
      resource: 'projects/1/zones/z/clusters/c/nodePools/n',
      error: { code: 7, message: 'x' },
    });
    expect(failuresOf({ ...all, adminActivity: [entry] })).toMatchObject([
      { cluster: 'c', location: 'z', nodePool: 'n' },
    ]);
  });

  it('waits for the end of a long-running operation, and takes no other service', () => {
    const refused = activity({ error: { code: 7, message: 'x' }, last: false });
    expect(
      failuresOf({
        ...all,
        adminActivity: [refused, { ...refused, last: true, service: 'compute.googleapis.com' }],
      }),
    ).toEqual([]);
  });
});
