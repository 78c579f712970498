import { auditLogs } from '../../../shared/collect/gcp/audit-logs.ts';
import { GoogleError } from '../../cloud/google/google-error.ts';
import {
  clusterChange,
  policyChange,
  refusedClusterCall,
  refusedKubernetesCall,
  serviceChange,
} from '../../cloud/google/audit-entry.ts';
import { startGoogleCloud, type GoogleCloud } from '../../cloud/google/start-google-cloud.ts';
import { GoogleWorld } from '../../cloud/google/world.ts';
import { apiOf, windowOf } from './observe-world.ts';
import { saying } from '../../saying.ts';

const now = new Date('2026-03-02T06:00:00Z');
const where = { cluster: 'main', location: 'europe-west1' };

function worldOf(count: number): GoogleWorld {
  const world = new GoogleWorld(now);
  for (let index = 0; index < count; index++) {
    const project = world.project(`p-${index}`, { number: String(800_000_000_000 + index) });
    const refused = { project, ...where, principal: `user-${index}@example.com` };
    project.log(
      clusterChange(
        { project, ...where, time: world.ago(5, 'days'), principal: 'a@example.com' },
        'DeleteCluster',
      ),
      refusedClusterCall({ ...refused, time: world.ago(3, 'hours'), permission: 'container.clusters.get' }),
    );
  }
  return world;
}

let cloud: GoogleCloud;
afterEach(() => cloud.close());

const projectsOf = ({ world }: GoogleCloud) => [...world.projects.keys()].filter((id) => id.startsWith('p-'));
const requests = () => cloud.access.arrivals.filter(({ api }) => api === 'LOGGING').length;

it('asks once for a hundred projects, and tells them apart', async () => {
  cloud = await startGoogleCloud(worldOf(150), { largestPage: 1000 });
  const projects = projectsOf(cloud);
  const logs = auditLogs(await apiOf(cloud), projects, windowOf(cloud));

  const readings = await Promise.all(projects.map((project) => logs.denials(project)));

  expect(requests()).toBe(2);
  readings.forEach((reading, index) => {
    expect(reading).toMatchObject({
      state: 'whole',
      value: { events: 1, denials: [{ principal: `user-${index}@example.com` }] },
    });
  });
});

it('asks for each alone where one may not be read, and only that one is missing', async () => {
  const world = worldOf(3);
  world.refuse('logging.logEntries.list', 'projects/p-1');
  cloud = await startGoogleCloud(world, { largestPage: 1000 });
  const projects = projectsOf(cloud);
  const logs = auditLogs(await apiOf(cloud), projects, windowOf(cloud));

  const readings = await Promise.all(projects.map((project) => logs.changes(project)));

  expect(readings.map(({ state }) => state)).toEqual(['whole', 'unread', 'whole']);
  expect(readings[1]).toMatchObject({ gaps: [{ missingPermission: 'logging.logEntries.list' }] });
  expect(readings[2]).toMatchObject({
    value: [{ method: 'google.container.v1.ClusterManager.DeleteCluster' }],
  });
  expect(requests()).toBe(4);
});

it('goes on after an empty page', async () => {
  cloud = await startGoogleCloud(worldOf(1), { largestPage: 1, emptyFirstLogPage: true });
  const logs = auditLogs(await apiOf(cloud), ['p-0'], windowOf(cloud));

  expect(await logs.denials('p-0')).toMatchObject({ state: 'whole', value: { events: 1 } });
});

it('looks 30 days back for changes, and through the window for refused calls', async () => {
  const world = new GoogleWorld(now);
  const project = world.project('p-0', { number: '800000000000' });
  const by = { project, principal: 'alice@example.com' };
  const removed = {
    action: 'REMOVE',
    role: 'roles/container.serviceAgent',
    member: 'serviceAccount:x',
  } as const;
  project.log(
    policyChange({ ...by, time: world.ago(29, 'days') }, [removed]),
    policyChange({ ...by, time: world.ago(31, 'days') }, [removed]),
    policyChange({ ...by, time: world.ago(1, 'days') }, [{ ...removed, action: 'ADD' }]),
    serviceChange({ ...by, time: world.ago(2, 'days') }, 'Disable', 'container.googleapis.com'),
    clusterChange({ ...by, ...where, time: world.ago(3, 'days') }, 'StartIPRotation', {
      rotateCredentials: true,
    }),
    refusedClusterCall({
      ...by,
      ...where,
      time: world.ago(25, 'hours'),
      permission: 'container.clusters.get',
    }),
    refusedKubernetesCall({
      ...by,
      ...where,
      time: world.ago(2, 'hours'),
      permission: 'io.k8s.core.v1.pods.list',
      resourceName: 'core/v1/pods',
    }),
  );
  cloud = await startGoogleCloud(world);
  const logs = auditLogs(await apiOf(cloud), ['p-0'], windowOf(cloud));

  const changes = await logs.changes('p-0');
  const denials = await logs.denials('p-0');

  expect(changes).toMatchObject({
    state: 'whole',
    value: [
      { method: 'google.api.serviceusage.v1.ServiceUsage.DisableService', last: true },
      { method: 'google.container.v1.ClusterManager.StartIPRotation', rotateCredentials: true },
      { method: 'SetIamPolicy', principal: 'alice@example.com', bindingDeltas: [removed] },
    ],
  });
  expect(denials).toMatchObject({
    value: { denials: [{ permission: 'io.k8s.core.v1.pods.list', code: 7 }] },
  });
});

it('groups refused calls, with a few samples, newest first', async () => {
  const world = new GoogleWorld(now);
  const project = world.project('p-0', { number: '800000000000' });
  const call = (minutes: number) =>
    refusedClusterCall({
      project,
      ...where,
      time: world.ago(minutes, 'minutes'),
      principal: 'ci@example.com',
      permission: 'container.clusters.get',
    });
  for (let minutes = 1; minutes <= 500; minutes++) project.log(call(minutes));
  cloud = await startGoogleCloud(world, { largestPage: 1000 });
  const logs = auditLogs(await apiOf(cloud), ['p-0'], windowOf(cloud));

  const reading = await logs.denials('p-0');

  expect(reading).toMatchObject({
    value: {
      events: 500,
      denials: [{ events: 500, firstSeen: world.ago(500, 'minutes'), lastSeen: world.ago(1, 'minutes') }],
    },
  });
  const [denial] = 'value' in reading ? reading.value.denials : [];
  expect(denial?.sampleEventIds).toEqual([1, 2, 3, 4, 5].map((minutes) => call(minutes).insertId));
});

it('counts entries that it cannot understand, and goes on', async () => {
  const world = new GoogleWorld(now);
  const project = world.project('p-0', { number: '800000000000' });
  const whole = clusterChange(
    { project, ...where, time: world.ago(5, 'days'), principal: 'a@example.com' },
    'DeleteCluster',
  );
  project.log(whole, {
    ...whole,
    insertId: 'odd',
    protoPayload: { ...whole.protoPayload, serviceName: null },
  });
  cloud = await startGoogleCloud(world);
  const logs = auditLogs(await apiOf(cloud), ['p-0'], windowOf(cloud));

  expect(await logs.changes('p-0')).toMatchObject({
    state: 'partial',
    value: [{ method: 'google.container.v1.ClusterManager.DeleteCluster' }],
    gaps: [{ why: saying(/^Cannot understand 1 entries/) }],
  });
});

it('stops in a storm and says what it did not cover', async () => {
  const world = new GoogleWorld(now);
  const project = world.project('p-0', { number: '800000000000' });
  const one = refusedClusterCall({
    project,
    ...where,
    time: world.ago(1, 'minutes'),
    principal: 'ci@example.com',
    permission: 'container.clusters.get',
  });
  for (let second = 0; second < 25; second++)
    project.log({
      ...one,
      insertId: String(second),
      timestamp: new Date(now.getTime() - second * 1000).toISOString(),
    });
  cloud = await startGoogleCloud(world, { largestPage: 1 });
  const logs = auditLogs(await apiOf(cloud), ['p-0'], windowOf(cloud));

  const reading = await logs.denials('p-0');

  expect(reading).toMatchObject({
    state: 'partial',
    value: { events: 20, denials: [{ events: 20 }] },
    gaps: [{ from: world.ago(24, 'hours'), to: new Date(now.getTime() - 19_000).toISOString() }],
  });
});

it('keeps asking where the quota is used up', async () => {
  cloud = await startGoogleCloud(worldOf(1));
  cloud.fail({
    api: 'LOGGING',
    times: 2,
    answer: new GoogleError(429, 'Quota exceeded', { reason: 'RATE_LIMIT_EXCEEDED' }),
  });
  const logs = auditLogs(await apiOf(cloud), ['p-0'], windowOf(cloud));

  expect(await logs.denials('p-0')).toMatchObject({ state: 'whole', value: { events: 1 } });
});
