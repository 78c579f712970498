import { GoogleCredentialsError } from '../../../shared/collect/gcp/google-api-error.ts';
import type { GcpFacts, Observation, Reading } from '../../../shared/observation.ts';
import { clusterChange, serviceChange } from '../../cloud/google/audit-entry.ts';
import { GoogleError, unavailable } from '../../cloud/google/google-error.ts';
import { startGoogleCloud, type GoogleCloud } from '../../cloud/google/start-google-cloud.ts';
import type { GoogleWorld } from '../../cloud/google/world.ts';
import { healthyWorld, PRODUCTION } from '../../cloud/google/worlds/healthy.ts';
import { observe, observeOne } from './observe-world.ts';
import { saying } from '../../saying.ts';

const now = new Date('2026-03-02T06:00:00Z');

let cloud: GoogleCloud;
afterEach(() => cloud.close());

async function start(change: (world: GoogleWorld) => void = () => {}): Promise<GoogleCloud> {
  const world = healthyWorld(now);
  change(world);
  cloud = await startGoogleCloud(world);
  return cloud;
}

function factOf<Name extends keyof GcpFacts>({ readings }: Observation, name: Name): GcpFacts[Name] {
  const reading = readings[name] as Reading<GcpFacts[Name]> | undefined;
  if (!reading || !('value' in reading)) throw new Error(`Cannot examine ${name}: it was not read`);
  return reading.value;
}

function project(world: GoogleWorld, id: string) {
  const found = world.projects.get(id);
  if (!found) throw new Error(`Cannot change ${id}: the world has no such project`);
  return found;
}

describe('a project that is in order', () => {
  it('is read wholly, in every fact', async () => {
    await start();

    for (const { readings } of (await observe(cloud)).values())
      expect(Object.entries(readings).filter(([, { state }]) => state !== 'whole')).toEqual([]);
  });

  it('has two clusters of one name in two locations', async () => {
    await start();
    const clusters = factOf(await observeOne(cloud, 'shop-prod'), 'gkeClusters');

    expect(clusters.map(({ name, location }) => `${name} ${location}`)).toEqual([
      'shop europe-west1',
      'shop us-central1',
    ]);
  });

  it('has its conditional bindings whole, and not mangled', async () => {
    await start();
    const { bindings } = factOf(await observeOne(cloud, 'legacy-prod'), 'iamPolicy');

    expect(bindings.map(({ role }) => role)).not.toContainEqual(expect.stringContaining('withcond'));
    expect(bindings.find(({ condition }) => condition)).toMatchObject({
      role: 'roles/viewer',
      condition: { title: 'until next year' },
    });
  });

  it('inherits from folder and organization, nearest first', async () => {
    await start();
    const levels = factOf(await observeOne(cloud, 'search-prod'), 'inheritedPolicies');

    expect(levels.map(({ resource, state }) => `${resource} ${state}`)).toEqual([
      'folders/200000000001 read',
      'organizations/100000000001 read',
    ]);
  });

  it('names host project, subnetwork and keys of other projects, with who may use them', async () => {
    await start();
    const web = await observeOne(cloud, 'web-prod');
    const agent = 'serviceAccount:service-510000000006@container-engine-robot.iam.gserviceaccount.com';

    expect(factOf(web, 'hostProjects')).toMatchObject({
      'host-net': {
        services: { 'container.googleapis.com': 'ENABLED' },
        policies: [{ resource: 'projects/host-net', state: 'read' }, {}, {}],
        subnetworks: {
          'projects/host-net/regions/europe-west1/subnetworks/default': {
            state: 'exists',
            value: {
              bindings: [
                { role: 'roles/compute.networkUser', members: expect.arrayContaining([agent]) as unknown },
              ],
            },
          },
        },
      },
    });
    const key = 'projects/keys-prod/locations/europe-west1/keyRings/gke/cryptoKeys/web';
    const { primary, policies } = factOf(web, 'kmsKeys')[key] ?? {};
    expect(primary).toMatchObject({ state: 'exists', value: { state: 'ENABLED' } });
    expect(policies?.map(({ resource }) => resource)).toEqual([
      key,
      'projects/keys-prod/locations/europe-west1/keyRings/gke',
      'projects/keys-prod',
      PRODUCTION,
      'organizations/100000000001',
    ]);
  });

  it('looks a lent account up in its own project', async () => {
    await start((world) => {
      const lent = project(world, 'shop-prod').serviceAccount('lent', { disabled: true });
      const gone = 'gone@shop-prod.iam.gserviceaccount.com';
      const pools = [
        { name: 'a', serviceAccount: lent },
        { name: 'b', serviceAccount: gone },
      ];
      project(world, 'search-prod').cluster('guest', 'europe-west4', { pools });
    });
    const search = await observeOne(cloud, 'search-prod');

    expect(factOf(search, 'gcpServiceAccounts')).toMatchObject({
      'lent@shop-prod.iam.gserviceaccount.com': { state: 'exists', value: { disabled: true } },
      'gone@shop-prod.iam.gserviceaccount.com': { state: 'missing' },
      '510000000003-compute@developer.gserviceaccount.com': { state: 'exists', value: { disabled: false } },
    });
    expect(factOf(search, 'serviceAccountPolicies')).toMatchObject({
      'gone@shop-prod.iam.gserviceaccount.com': { state: 'missing' },
      'lent@shop-prod.iam.gserviceaccount.com': { state: 'exists' },
    });
  });

  it('keeps operations that run or ended in the window only', async () => {
    await start((world) => {
      const search = project(world, 'search-prod');
      const operation = { location: 'europe-west4', operationType: 'UPGRADE_NODES' };
      search.operation({ ...operation, status: 'DONE', endTime: world.ago(25, 'hours') });
      search.operation({ ...operation, status: 'DONE', endTime: world.ago(23, 'hours') });
      search.operation({ ...operation, status: 'RUNNING', startTime: world.ago(3, 'days') });
    });
    const operations = factOf(await observeOne(cloud, 'search-prod'), 'operations');

    expect(operations.map(({ status }) => status)).toEqual(['DONE', 'RUNNING']);
  });

  it('has only the clusters that were asked for', async () => {
    await start();
    const shop = await observeOne(cloud, 'shop-prod', { clusters: ['other'] });

    expect(factOf(shop, 'gkeClusters')).toEqual([]);
  });

  it('does not miss clusters and canaries that were not asked for', async () => {
    await start((world) => world.remember(project(world, 'shop-prod'), 'old', 'europe-west1'));
    const shop = await observeOne(cloud, 'shop-prod', { clusters: ['shop'] });
    const other = await observeOne(cloud, 'shop-prod', { clusters: ['old'] });

    expect(factOf(shop, 'clusterHistory')).toEqual([]);
    expect(factOf(shop, 'canaries')).toHaveLength(1);
    expect(factOf(other, 'clusterHistory')).toHaveLength(1);
    expect(factOf(other, 'canaries')).toEqual([]);
  });
});

describe('the nodes of a rotation', () => {
  it('are listed by pool with the oldest, for the rotating cluster only', async () => {
    await start((world) => {
      const shop = project(world, 'shop-prod');
      const change = { project: shop, cluster: 'shop', location: 'europe-west1', principal: 'a@example.com' };
      shop.log(
        clusterChange({ ...change, time: world.ago(4, 'days') }, 'StartIPRotation', {
          rotateCredentials: true,
        }),
      );
    });
    const shop = await observeOne(cloud, 'shop-prod');

    expect(factOf(shop, 'poolNodes')).toEqual([
      {
        cluster: 'shop',
        location: 'europe-west1',
        nodePool: 'default-pool',
        oldestCreatedAt: '2026-02-18T06:00:00.000+00:00',
        instances: 2,
      },
    ]);
  });

  it('are partly known where a zone does not answer', async () => {
    await start((world) => {
      const shop = project(world, 'shop-prod');
      const change = { project: shop, cluster: 'shop', location: 'europe-west1', principal: 'a@example.com' };
      shop.log(clusterChange({ ...change, time: world.ago(4, 'days') }, 'StartIPRotation'));
      shop.unreachableZones.push('europe-west1-b');
    });
    const { readings } = await observeOne(cloud, 'shop-prod');

    expect(readings.poolNodes).toMatchObject({ state: 'partial', gaps: [{ location: 'europe-west1-b' }] });
  });

  it('are not asked for where nothing rotates', async () => {
    await start();
    await observeOne(cloud, 'shop-prod');

    expect(cloud.access.arrivals.filter(({ api }) => api === 'COMPUTE')).toEqual([]);
  });
});

describe('zones that do not answer', () => {
  it('make clusters and operations partial, and are not taken for empty', async () => {
    await start((world) => project(world, 'shop-prod').missingZones.push('us-central1'));
    const { readings } = await observeOne(cloud, 'shop-prod');

    expect(readings.gkeClusters).toMatchObject({
      state: 'partial',
      value: [{ location: 'europe-west1' }],
      gaps: [
        {
          location: 'us-central1',
          why: saying(/the zone did not answer; run it again$/),
        },
      ],
    });
    expect(readings.operations).toMatchObject({ state: 'partial', gaps: [{ location: 'us-central1' }] });
  });
});

describe('a project whose Kubernetes Engine API is off', () => {
  const off = (world: GoogleWorld, id: string) =>
    project(world, id).service('container.googleapis.com', 'DISABLED');

  it('has no clusters where it never used GKE, and nothing more is asked', async () => {
    await start();
    const { readings } = await observeOne(cloud, 'quiet-data');

    expect(readings.gkeClusters).toEqual({ state: 'whole', value: [] });
    expect(cloud.access.arrivals.map(({ api }) => api)).not.toContain('COMPUTE');
    expect(cloud.access.arrivals.map(({ api }) => api)).not.toContain('CONTAINER');
  });

  it('has none where its agents are left, and no node runs', async () => {
    await start((world) => {
      off(world, 'host-net');
    });
    const { readings } = await observeOne(cloud, 'host-net');

    expect(readings.gkeClusters).toEqual({ state: 'whole', value: [] });
  });

  it('may have some where nodes of GKE run', async () => {
    await start((world) => {
      off(world, 'search-prod');
    });
    const { readings } = await observeOne(cloud, 'search-prod');

    expect(readings.gkeClusters).toMatchObject({ state: 'unread' });
    expect(readings.operations).toMatchObject({ state: 'unread' });
    expect(readings.poolNodes).toMatchObject({
      state: 'whole',
      value: [{ cluster: 'search', location: 'europe-west4', nodePool: 'pool-1', instances: 1 }],
    });
    expect(cloud.access.arrivals.filter(({ api }) => api === 'COMPUTE')).toHaveLength(1);
  });

  it('may have some where the API was turned off lately', async () => {
    await start((world) => {
      const host = off(world, 'host-net');
      const change = { project: host, time: world.ago(3, 'days'), principal: 'a@example.com' };
      host.log(serviceChange(change, 'Disable', 'container.googleapis.com'));
    });
    const { readings } = await observeOne(cloud, 'host-net');

    expect(readings.gkeClusters).toMatchObject({
      state: 'unread',
      gaps: [{ why: saying(/it was on until 2026-02-27/) }],
    });
  });

  it('may have some where an earlier run saw one', async () => {
    await start((world) => {
      off(world, 'host-net');
      world.remember(project(world, 'host-net'), 'edge', 'europe-west1');
    });
    const { readings } = await observeOne(cloud, 'host-net');

    expect(readings.gkeClusters).toMatchObject({ state: 'unread' });
  });

  it('is known by the refusal where the states of APIs may not be read', async () => {
    await start((world) => world.refuse('serviceusage.services.get'));
    const { readings } = await observeOne(cloud, 'quiet-data');

    expect(readings.gkeClusters).toEqual({ state: 'whole', value: [] });
    expect(readings.operations).toEqual({ state: 'whole', value: [] });
  });

  it('is another matter than an API that is off where the requests are billed', async () => {
    await start();
    const info = { service: 'container.googleapis.com', consumer: 'projects/900000000001' };
    const answer = new GoogleError(403, 'It is disabled.', { reason: 'SERVICE_DISABLED', metadata: info });
    cloud.fail({ api: 'CONTAINER', answer });
    const { readings } = await observeOne(cloud, 'shop-prod');

    expect(readings.gkeClusters).toMatchObject({
      state: 'unread',
      gaps: [{ why: saying('container.googleapis.com is disabled in 900000000001') }],
    });
  });
});

describe('what is refused', () => {
  it('by a perimeter is no missing permission', async () => {
    await start((world) => world.perimeter.add('shop-prod'));
    const { readings } = await observeOne(cloud, 'shop-prod');
    const gaps = Object.values(readings).flatMap((reading) => ('gaps' in reading ? reading.gaps : []));

    expect(gaps.length).toBeGreaterThan(5);
    for (const gap of gaps) {
      expect(gap.why.en).toContain(
        'a VPC Service Controls perimeter refused it (Vx0T3qQb4dJ7pXr2s9nLkfEo1wUaYc8ZgHmIvBt5)',
      );
      expect(gap.missingPermission).toBeUndefined();
    }
  });

  it('in one project leaves the others whole', async () => {
    await start((world) => {
      world.refuse('container.clusters.list', 'projects/shop-prod');
    });
    const observations = await observe(cloud, ['shop-prod', 'search-prod']);

    expect(observations.get('shop-prod')?.readings.gkeClusters?.state).toBe('unread');
    expect(observations.get('search-prod')?.readings.gkeClusters?.state).toBe('whole');
  });

  it('of the organization leaves the folder, and says which level is missing', async () => {
    await start((world) => world.refuse('resourcemanager.organizations.getIamPolicy'));
    const { readings } = await observeOne(cloud, 'search-prod');

    expect(readings.inheritedPolicies).toMatchObject({
      state: 'partial',
      value: [{ state: 'read' }, { resource: 'organizations/100000000001', state: 'unread' }],
      gaps: [{ missingPermission: 'resourcemanager.organizations.getIamPolicy' }],
    });
  });

  it('of a folder hides what is above it', async () => {
    await start((world) => world.refuse('resourcemanager.folders.get'));
    const levels = factOf(await observeOne(cloud, 'search-prod'), 'inheritedPolicies');

    expect(levels).toMatchObject([
      { resource: PRODUCTION, state: 'read' },
      { resource: `the parent of ${PRODUCTION}`, state: 'unread' },
    ]);
  });

  it('does not keep the accounts in use from being looked up one by one', async () => {
    await start((world) => world.refuse('iam.serviceAccounts.list'));
    const { readings } = await observeOne(cloud, 'search-prod');

    expect(readings.gcpServiceAccounts).toMatchObject({
      state: 'partial',
      value: { 'search-nodes@search-prod.iam.gserviceaccount.com': { state: 'exists' } },
      gaps: [{ missingPermission: 'iam.serviceAccounts.list' }],
    });
  });

  it('for a while only is read in the end', async () => {
    await start();
    for (const api of Object.keys(cloud.endpoints)) cloud.fail({ api, times: 2, answer: unavailable() });
    const { readings } = await observeOne(cloud, 'shop-prod');

    expect(Object.values(readings).filter(({ state }) => state !== 'whole')).toEqual([]);
  });

  it('to everybody, for nobody is signed in, is thrown', async () => {
    await start((world) => world.tokens.clear());

    await expect(observeOne(cloud, 'shop-prod')).rejects.toBeInstanceOf(GoogleCredentialsError);
  });
});

describe('what people and policies name', () => {
  it('is not looked up where only people have a role, unless one of them is asked about', async () => {
    await start((world) => {
      const shop = project(world, 'shop-prod');
      shop.bind(
        world.role('projects/shop-prod/roles/people', ['container.clusters.get']),
        'user:ann@example.com',
      );
    });

    expect(factOf(await observeOne(cloud, 'shop-prod'), 'roleDefinitions')).not.toHaveProperty([
      'projects/shop-prod/roles/people',
    ]);
    const canary = { principal: 'user:ann@example.com', cluster: 'shop', location: null, permissions: [] };
    const asked = await observeOne(cloud, 'shop-prod', { canaries: [canary] });
    expect(factOf(asked, 'roleDefinitions')).toMatchObject({
      'projects/shop-prod/roles/people': {
        state: 'exists',
        value: { permissions: ['container.clusters.get'] },
      },
    });
  });

  it('may be a role that is gone, deleted or disabled', async () => {
    await start((world) => {
      const shop = project(world, 'shop-prod');
      const member = `serviceAccount:${shop.agents.gke}`;
      shop.bind(world.role('projects/shop-prod/roles/dropped', ['a.b.c'], { deleted: true }), member);
      shop.bind(world.role('projects/shop-prod/roles/off', ['a.b.c'], { stage: 'DISABLED' }), member);
      shop.bind('projects/shop-prod/roles/never', member);
    });
    const roles = factOf(await observeOne(cloud, 'shop-prod'), 'roleDefinitions');

    expect(roles).toMatchObject({
      'projects/shop-prod/roles/dropped': { state: 'exists', value: { deleted: true } },
      'projects/shop-prod/roles/off': { state: 'exists', value: { stage: 'DISABLED' } },
      'projects/shop-prod/roles/never': { state: 'missing' },
    });
  });

  it('may be anything that an annotation says', async () => {
    await start();
    const [cluster] = project(cloud.world, 'shop-prod').clusters;
    const odd = [
      '',
      'nobody',
      '../../x@y.iam.gserviceaccount.com',
      'a@b@c.iam.gserviceaccount.com',
      'x@example.com',
    ];
    for (const [index, value] of odd.entries())
      cluster?.kubernetes?.serviceAccounts?.push({
        namespace: 'odd',
        name: `sa-${index}`,
        annotations: { 'iam.gke.io/gcp-service-account': value },
      });
    const shop = await observeOne(cloud, 'shop-prod', { kubernetes: true });

    expect(Object.keys(factOf(shop, 'serviceAccountPolicies'))).toEqual([
      'cart@shop-prod.iam.gserviceaccount.com',
    ]);
  });

  it('may be ever so many accounts, of which so many are looked up and the rest is a gap', async () => {
    await start();
    const [cluster] = project(cloud.world, 'shop-prod').clusters;
    for (let index = 0; index < 300; index++)
      cluster?.kubernetes?.serviceAccounts?.push({
        namespace: 'crowd',
        name: `sa-${index}`,
        annotations: { 'iam.gke.io/gcp-service-account': `a-${index}@elsewhere.iam.gserviceaccount.com` },
      });
    const { readings } = await observeOne(cloud, 'shop-prod', { kubernetes: true });
    const asked = cloud.access.arrivals.filter(({ path }) => path.includes('elsewhere'));

    expect(asked.length).toBeLessThanOrEqual(200);
    expect(readings.gcpServiceAccounts).toMatchObject({ state: 'partial' });
    expect(readings.serviceAccountPolicies).toMatchObject({ state: 'partial' });
  });
});
