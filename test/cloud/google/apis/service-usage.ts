/** Service Usage v1: which APIs are on, and turning them on and off. */
import { invalid, notFound, permissionDenied } from '../google-error.ts';
import { page, type PageSizes } from '../page.ts';
import type { ProjectWorld } from '../project-world.ts';
import { route, type Call, type Route } from '../route.ts';
import type { GoogleWorld } from '../world.ts';

/** The most names that one batchGet takes. */
const MOST_NAMES = 30;

export function serviceUsageRoutes(world: GoogleWorld, sizes: PageSizes): Route[] {
  const project = (call: Call, permission: string) => projectFor(world, call, permission);
  return [
    route('GET /v1/projects/{project}/services:batchGet?names', (call) =>
      batchGet(project(call, 'serviceusage.services.get'), call),
    ),
    route('GET /v1/projects/{project}/services?filter&pageSize&pageToken', (call) =>
      list(project(call, 'serviceusage.services.list'), call, sizes),
    ),
    route('GET /v1/projects/{project}/services/{service}', (call) =>
      service(project(call, 'serviceusage.services.get'), call.params.service ?? ''),
    ),
    route('POST /v1/projects/{project}/services:batchEnable', (call) =>
      enable(project(call, 'serviceusage.services.enable'), call.body.serviceIds as string[]),
    ),
    route('POST /v1/projects/{project}/services/{service}:enable', (call) =>
      enable(project(call, 'serviceusage.services.enable'), [call.params.service ?? '']),
    ),
    route('POST /v1/projects/{project}/services/{service}:disable', (call) => {
      project(call, 'serviceusage.services.disable').service(call.params.service ?? '', 'DISABLED');
      return done('disable');
    }),
    route('POST /v1beta1/projects/{project}/services/{service}:generateServiceIdentity', (call) =>
      generateIdentity(project(call, 'serviceusage.services.get'), call.params.service ?? ''),
    ),
    route('GET /v1/operations/{operation}', ({ params }) => done(params.operation ?? '')),
    route('GET /v1beta1/operations/{operation}', ({ params }) => done(params.operation ?? '')),
  ];
}

function projectFor(world: GoogleWorld, { params, demand }: Call, permission: string): ProjectWorld {
  const id = params.project ?? '';
  const project = world.findProject(id);
  demand(permission, `projects/${project?.id ?? id}`, { project: project?.id ?? id });
  if (!project) throw permissionDenied(permission, `projects/${id}`);
  return project;
}

function service(project: ProjectWorld, name: string): object {
  if (!/^[a-z0-9.-]+$/.test(name)) throw notFound(`Service ${name} not found or permission denied.`);
  const parent = `projects/${project.number}`;
  return {
    name: `${parent}/services/${name}`,
    parent,
    config: { name, title: name.replace('.googleapis.com', ' API') },
    state: project.services.get(name) ?? 'DISABLED',
  };
}

function batchGet(project: ProjectWorld, { query }: Call): object {
  const names = query.getAll('names');
  if (names.length > MOST_NAMES) throw invalid(`Too many names: at most ${MOST_NAMES} are allowed.`);
  return {
    services: names.map((name) => {
      const [, owner, id = ''] = /^projects\/([^/]+)\/services\/(.+)$/.exec(name) ?? [];
      if (owner !== project.id && owner !== project.number)
        throw invalid(`The name "${name}" does not belong to the parent "projects/${project.id}".`);
      return service(project, id);
    }),
  };
}

function list(project: ProjectWorld, { query }: Call, sizes: PageSizes): object {
  const wanted = /^state:(ENABLED|DISABLED)$/.exec(query.get('filter') ?? '')?.[1];
  const names = [...project.services]
    .filter(([, state]) => !wanted || state === wanted)
    .map(([name]) => name);
  const { items, nextPageToken } = page(names, query.get('pageToken'), query.get('pageSize'), sizes);
  return {
    services: items.map((name) => service(project, name)),
    ...(nextPageToken ? { nextPageToken } : {}),
  };
}

/** Enabling GKE or Compute again gives the agents and the default account their roles back. */
function enable(project: ProjectWorld, names: string[]): object {
  for (const name of names) {
    project.service(name, 'ENABLED');
    if (name === 'container.googleapis.com') restoreAgents(project);
  }
  return done('enable', { services: names.map((name) => service(project, name)) });
}

function restoreAgents(project: ProjectWorld): void {
  const bound = (role: string, email: string) =>
    project.policy.bindings?.some(
      (binding) =>
        binding.role === role && !binding.condition && binding.members?.includes(`serviceAccount:${email}`),
    );
  const { gke, node } = project.agents;
  if (!bound('roles/container.serviceAgent', gke))
    project.bind('roles/container.serviceAgent', `serviceAccount:${gke}`);
  if (!bound('roles/container.defaultNodeServiceAgent', node))
    project.bind('roles/container.defaultNodeServiceAgent', `serviceAccount:${node}`);
}

function generateIdentity(project: ProjectWorld, service: string): object {
  const email = service === 'container.googleapis.com' ? project.agents.gke : project.agents.compute;
  return done('identity', { email, uniqueId: '112233445566778899001' });
}

function done(name: string, response: object = {}): object {
  return {
    name: `operations/acat.${name.replace(/^acat\./, '')}`,
    done: true,
    response: {
      '@type': 'type.googleapis.com/google.api.serviceusage.v1.BatchEnableServicesResponse',
      ...response,
    },
  };
}
