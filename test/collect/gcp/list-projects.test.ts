import { listProjects } from '../../../shared/collect/gcp/list-projects.ts';
import { startGoogleCloud, type GoogleCloud } from '../../cloud/google/start-google-cloud.ts';
import type { GoogleWorld } from '../../cloud/google/world.ts';
import { healthyWorld, ORGANIZATION, PRODUCTION } from '../../cloud/google/worlds/healthy.ts';
import { apiOf } from './observe-world.ts';

const now = new Date('2026-03-02T06:00:00Z');
const below = ['host-net', 'keys-prod', 'quiet-data', 'search-prod', 'shop-prod', 'web-prod'];

let cloud: GoogleCloud;
afterEach(() => cloud.close());

async function list(
  options: { projects?: string[]; scope?: string },
  change: (world: GoogleWorld) => void = () => {},
) {
  const world = healthyWorld(now);
  change(world);
  cloud = await startGoogleCloud(world);
  return listProjects({ api: await apiOf(cloud), ...options });
}

it('takes named projects as they are, each once', async () => {
  expect(await list({ projects: ['b-prod', 'a-prod', 'b-prod'] })).toEqual({
    projects: ['a-prod', 'b-prod'],
    gaps: [],
  });
  expect(cloud.access.arrivals).toEqual([]);
});

it('finds the projects of an organization, in folders and outside', async () => {
  expect(await list({ scope: ORGANIZATION })).toEqual({
    projects: [...below, 'legacy-prod'].sort(),
    gaps: [],
  });
});

it('finds the projects of a folder only', async () => {
  expect(await list({ scope: PRODUCTION })).toEqual({ projects: below, gaps: [] });
});

it('finds all that the credentials see', async () => {
  const { projects } = await list({}, (world) =>
    world.refuse('resourcemanager.projects.get', 'projects/web-prod'),
  );

  expect(projects).toEqual([
    'host-net',
    'keys-prod',
    'legacy-prod',
    'ops-audit',
    'quiet-data',
    'search-prod',
    'shop-prod',
  ]);
});

it('leaves out what is being deleted, and the hidden projects of scripts', async () => {
  const { projects } = await list({}, (world) => {
    world.project('sys-12345678901234567890', { number: '1', parent: PRODUCTION, gke: false });
    world.project('gone-prod', { number: '2', parent: PRODUCTION }).state = 'DELETE_REQUESTED';
  });

  expect(projects).not.toContain('gone-prod');
  expect(projects.filter((id) => id.startsWith('sys-'))).toEqual([]);
});

it('searches by itself where the asset inventory may not be asked, and says so', async () => {
  const { projects, gaps } = await list({ scope: PRODUCTION }, (world) =>
    world.refuse('cloudasset.assets.searchAllResources'),
  );

  expect(projects).toEqual(below);
  expect(gaps).toMatchObject([{ missingPermission: 'cloudasset.assets.searchAllResources' }]);
});

it('follows nested folders, and does not take what it may not see for being inside', async () => {
  const { projects } = await list({ scope: PRODUCTION }, (world) => {
    world
      .refuse('cloudasset.assets.searchAllResources')
      .refuse('resourcemanager.folders.get', 'folders/300000000009');
    world.folder('300000000001', PRODUCTION, 'inner');
    world.folder('300000000009', PRODUCTION, 'hidden');
    world.project('inner-prod', { number: '3', parent: 'folders/300000000001' });
    world.project('hidden-prod', { number: '4', parent: 'folders/300000000009' });
  });

  expect(projects).toEqual([...below, 'inner-prod'].sort());
});
