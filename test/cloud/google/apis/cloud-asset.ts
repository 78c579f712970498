/** Cloud Asset Inventory v1: finding clusters in an organization, a folder or a project. */
import { invalid } from '../google-error.ts';
import { page, type PageSizes } from '../page.ts';
import type { ProjectWorld } from '../project-world.ts';
import { route, type Call, type Route } from '../route.ts';
import type { GoogleWorld } from '../world.ts';

export function cloudAssetRoutes(world: GoogleWorld, sizes: PageSizes): Route[] {
  return [
    route('GET /v1/{kind}/{id}:searchAllResources?assetTypes&pageSize&pageToken&readMask', (call) =>
      searchAllResources(world, call, sizes),
    ),
  ];
}

function searchAllResources(world: GoogleWorld, call: Call, sizes: PageSizes): object {
  const { query, params, demand } = call;
  const scope = `${params.kind}/${params.id}`;
  demand('cloudasset.assets.searchAllResources', scope);
  const types = query.getAll('assetTypes');
  const known = ['container.googleapis.com/Cluster', 'cloudresourcemanager.googleapis.com/Project'];
  const wrong = types.find((type) => !known.includes(type));
  if (types.length === 0 || wrong) throw invalid(`The asset type "${wrong}" is not supported.`);
  const resources = [...world.projects.values()]
    .filter((project) => isBelow(world, project, scope))
    .flatMap((project) => resourcesOf(project, types));
  const { items, nextPageToken } = page(resources, query.get('pageToken'), query.get('pageSize'), sizes);
  return { results: items, ...(nextPageToken ? { nextPageToken } : {}) };
}

function isBelow(world: GoogleWorld, project: ProjectWorld, scope: string): boolean {
  if ([`projects/${project.id}`, `projects/${project.number}`].includes(scope)) return true;
  for (let parent = project.parent; parent; parent = world.ancestors.get(parent)?.parent ?? null)
    if (parent === scope) return true;
  return false;
}

function resourcesOf(project: ProjectWorld, types: string[]): object[] {
  const parent = `//cloudresourcemanager.googleapis.com/projects/${project.id}`;
  const common = { project: `projects/${project.number}`, parentFullResourceName: parent };
  const clusters = project.clusters.map(({ spec }) => ({
    ...common,
    name: `//container.googleapis.com/projects/${project.id}/locations/${spec.location}/clusters/${spec.name}`,
    assetType: 'container.googleapis.com/Cluster',
    displayName: spec.name,
    location: spec.location,
    state: spec.status,
  }));
  const self = {
    ...common,
    name: parent,
    assetType: 'cloudresourcemanager.googleapis.com/Project',
    displayName: project.displayName,
    location: 'global',
    state: project.state,
  };
  return [self, ...clusters].filter(({ assetType }) => types.includes(assetType));
}
