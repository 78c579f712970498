import { gcpPermissions, gcpReaders } from '../../../shared/collect/gcp/google-project.ts';
import { listProjects } from '../../../shared/collect/gcp/list-projects.ts';
import type { Gap } from '../../../shared/observation.ts';
import { clusterChange } from '../../cloud/google/audit-entry.ts';
import { startGoogleCloud, type GoogleCloud } from '../../cloud/google/start-google-cloud.ts';
import type { GoogleWorld } from '../../cloud/google/world.ts';
import { faultyWorld } from '../../cloud/google/worlds/faulty.ts';
import { healthyWorld, ORGANIZATION } from '../../cloud/google/worlds/healthy.ts';
import { apiOf, observe } from './observe-world.ts';

const now = new Date('2026-03-02T06:00:00Z');

/** The healthy world, and what else makes a reader ask: a lent account, a custom role, an open rotation. */
function worldOfEverything(): GoogleWorld {
  const world = healthyWorld(now);
  const guest = world.project('guest-prod', { number: '510000000099' });
  const lent = world.projects.get('shop-prod')?.serviceAccount('lent') ?? '';
  guest.bind(
    world.role('projects/guest-prod/roles/nodes', ['logging.logEntries.create']),
    `serviceAccount:${lent}`,
  );
  guest.cluster('guest', 'europe-west1', { pools: [{ name: 'pool-1', serviceAccount: lent }] });
  const change = {
    project: guest,
    cluster: 'guest',
    location: 'europe-west1',
    principal: 'alice@example.com',
  };
  guest.log(clusterChange({ ...change, time: world.ago(2, 'days') }, 'StartIPRotation'));
  return world;
}

/** Reads all that can be read, and lists projects in both ways. */
async function readEverything(cloud: GoogleCloud) {
  await listProjects({ api: await apiOf(cloud), scope: ORGANIZATION });
  return observe(cloud, undefined, { kubernetes: true, connect: true });
}

it('declares exactly the permissions that are used', async () => {
  const cloud = await startGoogleCloud(worldOfEverything());
  await readEverything(cloud);
  await cloud.close();

  expect(cloud.access.permissionsUsed()).toEqual(gcpPermissions());
});

it('asks for nothing but reading, also where everything is broken', async () => {
  const cloud = await startGoogleCloud(faultyWorld(now));
  await readEverything(cloud);
  await cloud.close();

  const { access } = cloud;
  const reading = /\.(get|list|getIamPolicy|connect|searchAllResources)$/;

  expect(access.permissionsUsed().filter((permission) => !reading.test(permission))).toEqual([]);
  expect(access.arrivals.filter(({ method }) => method !== 'GET' && method !== 'POST')).toEqual([]);
});

describe('a permission that was not granted', () => {
  /** Told by the list of projects, or by the attempts to connect, rather than by gaps. */
  const toldElsewhere = [
    'cloudasset.assets.searchAllResources',
    'container.clusters.connect',
    'container.clusters.get',
    'container.namespaces.list',
  ];
  const told = gcpPermissions().filter((permission) => !toldElsewhere.includes(permission));

  it.each(told)('%s is named where its facts are read, and nothing else is lost', async (permission) => {
    const cloud = await startGoogleCloud(worldOfEverything().refuse(permission));
    const observations = [...(await readEverything(cloud)).values()];
    await cloud.close();

    const gaps = observations.flatMap(({ readings }) =>
      Object.entries(readings).flatMap(([fact, reading]) =>
        'gaps' in reading ? reading.gaps.map((gap) => ({ fact, gap })) : [],
      ),
    );

    expect(gaps.length).toBeGreaterThan(0);
    for (const { fact, gap } of gaps) {
      expect(namedIn(gap)).toEqual([permission]);
      const isOwn = gcpReaders[fact as keyof typeof gcpReaders].permissions.includes(permission);
      expect(isOwn || / is not known: /.test(gap.why.en)).toBe(true);
    }
  });
});

/** The permission as a field, and as the sentence says it. */
function namedIn({ missingPermission, why }: Gap): string[] {
  const told = /([a-z]+(?:\.[A-Za-z]+){2,3}) was denied/.exec(why.en)?.[1];
  return [...new Set([missingPermission ?? 'no permission', told ?? 'no sentence'])];
}
