/** Cloud Resource Manager v1 and v3: projects, folders, organizations, and their policies. */
import type { Access } from '../access.ts';
import { invalid, permissionDenied } from '../google-error.ts';
import { page, type PageSizes } from '../page.ts';
import { policyAnswer, setPolicy } from '../policy-answer.ts';
import type { ProjectWorld } from '../project-world.ts';
import { route, type Call, type Route } from '../route.ts';
import type { Ancestor, GoogleWorld } from '../world.ts';

/** @param may whether somebody has a permission, without noting it as used */
export function resourceManagerRoutes(world: GoogleWorld, sizes: PageSizes, may: Access['may']): Route[] {
  return [
    route('GET /v3/projects:search?query&pageSize&pageToken', (call) => search(world, sizes, call)),
    route('POST /v3/projects/{project}:testIamPermissions', (call) => testPermissions(world, may, call)),
    route('GET /v3/projects/{project}', (call) => v3(readable(world, call))),
    route('GET /v1/projects/{project}', (call) => v1(readable(world, call))),
    ...['v1', 'v3'].flatMap((version) => [
      route(
        `POST /${version}/projects/{project}:getIamPolicy`,
        (call) => policyAnswer(projectFor(world, call, 'resourcemanager.projects.getIamPolicy'), call),
        { fields: ['options'] },
      ),
      route(`POST /${version}/projects/{project}:setIamPolicy`, (call) =>
        setPolicy(world, projectFor(world, call, 'resourcemanager.projects.setIamPolicy'), call),
      ),
    ]),
    ...['folders', 'organizations'].flatMap((kind) => ancestorRoutes(world, kind)),
  ];
}

function ancestorRoutes(world: GoogleWorld, kind: string): Route[] {
  const find = (call: Call, verb: string) =>
    ancestorFor(world, call, kind, `resourcemanager.${kind}.${verb}`);
  return ['v1', 'v2', 'v3'].flatMap((version) => [
    route(`GET /${version}/${kind}/{id}`, (call) => ancestorAnswer(find(call, 'get'))),
    route(
      `POST /${version}/${kind}/{id}:getIamPolicy`,
      (call) => policyAnswer(find(call, 'getIamPolicy'), call),
      { fields: ['options'] },
    ),
    route(`POST /${version}/${kind}/{id}:setIamPolicy`, (call) =>
      setPolicy(world, find(call, 'setIamPolicy'), call),
    ),
  ]);
}

/** Takes no permission: says which of these the caller has. */
function testPermissions(world: GoogleWorld, may: Access['may'], { params, body, caller }: Call): object {
  const resource = `projects/${world.findProject(params.project ?? '')?.id ?? params.project}`;
  const asked = body.permissions as string[];
  const held = asked.filter((permission) => caller && may(caller, permission, resource));
  return held.length > 0 ? { permissions: held } : {};
}

/** A project that does not exist is refused like one that may not be seen. */
function projectFor(world: GoogleWorld, { params, demand }: Call, permission: string): ProjectWorld {
  const id = params.project ?? '';
  const project = world.findProject(id);
  const resource = `//cloudresourcemanager.googleapis.com/projects/${id}`;
  demand(permission, project ? `projects/${project.id}` : resource, { project: project?.id ?? id });
  if (!project) throw permissionDenied(permission, resource);
  return project;
}

function readable(world: GoogleWorld, call: Call): ProjectWorld {
  return projectFor(world, call, 'resourcemanager.projects.get');
}

function ancestorFor(
  world: GoogleWorld,
  { params, demand }: Call,
  kind: string,
  permission: string,
): Ancestor {
  const name = `${kind}/${params.id}`;
  demand(permission, name);
  const found = world.ancestors.get(name);
  if (!found) throw permissionDenied(permission, name);
  return found;
}

function ancestorAnswer({ name, parent, displayName }: Ancestor): object {
  return { name, displayName, state: 'ACTIVE', ...(parent ? { parent } : {}), etag: 'W/"0123"' };
}

function v3(project: ProjectWorld): object {
  return {
    name: `projects/${project.number}`,
    projectId: project.id,
    displayName: project.displayName,
    state: project.state,
    ...(project.parent ? { parent: project.parent } : {}),
    createTime: '2021-12-06T10:39:13.610Z',
    etag: 'W/"4567"',
  };
}

function v1(project: ProjectWorld): object {
  const [type = '', id = ''] = (project.parent ?? '').split('/');
  return {
    projectNumber: project.number,
    projectId: project.id,
    name: project.displayName,
    lifecycleState: project.state,
    ...(id ? { parent: { type: type.replace(/s$/, ''), id } } : {}),
    createTime: '2021-12-06T10:39:13.610Z',
  };
}

/** Answers only what the caller may get; nothing is refused. Any of the terms is enough: `state:ACTIVE`, `parent:…`. */
function search(world: GoogleWorld, sizes: PageSizes, { query, demand }: Call): object {
  const terms = (query.get('query') ?? '').split(/\s+/).filter(Boolean);
  const visible = [...world.projects.values()].filter((project) => {
    try {
      demand('resourcemanager.projects.get', `projects/${project.id}`, { project: project.id });
    } catch {
      // Left out, as the real search leaves out what its caller may not get.
      return false;
    }
    return terms.length === 0 || terms.some((term) => matches(project, term));
  });
  const { items, nextPageToken } = page(visible, query.get('pageToken'), query.get('pageSize'), sizes);
  return { projects: items.map(v3), ...(nextPageToken ? { nextPageToken } : {}) };
}

function matches(project: ProjectWorld, term: string): boolean {
  const [field = '', value = ''] = term.split(/[:=]/);
  if (field === 'state') return project.state === value;
  if (field === 'parent') return project.parent === value;
  throw invalid(`The query "${term}" is not supported.`);
}
