/** An organization of many projects, most of them without GKE, as real ones are. */
import { GoogleWorld } from '../world.ts';

/** Every fourth project runs a cluster with an account of its own; they share folders, roles and a few custom roles. */
export function largeWorld(now: Date, projects: number): GoogleWorld {
  const world = new GoogleWorld(now);
  const organization = world.organization('100000000009');
  const folders = Array.from({ length: 20 }, (_, index) =>
    world.folder(String(300_000_000_000 + index), organization, `team-${index}`),
  );
  const custom = world.role('organizations/100000000009/roles/nodes', ['logging.logEntries.create']);
  for (let index = 0; index < projects; index++) {
    const usesGke = index % 4 === 0;
    const parent = folders[index % folders.length] ?? organization;
    const number = String(710_000_000_000 + index);
    const project = world.project(`p-${index}`, { number, parent, gke: usesGke });
    if (!usesGke) continue;
    const nodes = project.serviceAccount('nodes', {
      roles: ['roles/container.defaultNodeServiceAccount', custom],
    });
    const cluster = project.cluster('main', 'europe-west1', {
      pools: [{ name: 'pool-1', serviceAccount: nodes }],
    });
    // A thousand API servers are no part of what is measured.
    cluster.kubernetes = null;
  }
  return world;
}
