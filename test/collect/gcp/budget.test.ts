import { listProjects } from '../../../shared/collect/gcp/list-projects.ts';
import { startGoogleCloud } from '../../cloud/google/start-google-cloud.ts';
import { largeWorld } from '../../cloud/google/worlds/large.ts';
import { apiOf, observe } from './observe-world.ts';

it('reads an organization with at most eight requests a project, and what is shared once', async () => {
  const cloud = await startGoogleCloud(largeWorld(new Date('2026-03-02T06:00:00Z'), 200), {
    largestPage: 500,
  });
  const { projects } = await listProjects({ api: await apiOf(cloud), scope: 'organizations/100000000009' });

  const observations = await observe(cloud, projects);
  await cloud.close();

  const { arrivals } = cloud.access;
  const shared = arrivals.filter(({ path }) => /\/roles\/|\/folders\/|\/organizations\//.test(path));
  const times = new Map<string, number>();
  for (const { method, path } of shared)
    times.set(`${method} ${path}`, (times.get(`${method} ${path}`) ?? 0) + 1);
  const withGke = [...observations.values()].filter(
    ({ readings: { gkeClusters } }) => gkeClusters && 'value' in gkeClusters && gkeClusters.value.length > 0,
  );
  expect(projects).toHaveLength(200);
  expect(withGke).toHaveLength(50);
  expect([...times.values()].every((count) => count === 1)).toBe(true);
  expect(times.size).toBeGreaterThan(40);
  expect(arrivals.length / projects.length).toBeLessThanOrEqual(8);
  const ofOne = arrivals.filter(({ path }) => /\/(p-4|710000000004)(\/|:|$)/.test(path));
  expect(ofOne.length).toBeLessThanOrEqual(8);
});
