/** IAM v1: service accounts, their policies, and role definitions. */
import type { iam_v1 } from '@googleapis/iam';
import { invalid, notFound, permissionDenied } from '../google-error.ts';
import { page, type PageSizes } from '../page.ts';
import { policyAnswer, setPolicy } from '../policy-answer.ts';
import type { ProjectWorld, ServiceAccount } from '../project-world.ts';
import { route, type Call, type Route } from '../route.ts';
import type { GoogleWorld } from '../world.ts';

export function iamRoutes(world: GoogleWorld, sizes: PageSizes): Route[] {
  return [...roleRoutes(world), ...serviceAccountRoutes(world, sizes)];
}

function roleRoutes(world: GoogleWorld): Route[] {
  return [
    // Predefined roles are public to every caller that is known.
    route('GET /v1/roles/{role}', ({ params }) => roleNamed(world, `roles/${params.role}`)),
    ...['projects', 'organizations'].flatMap((kind) => {
      const custom = (call: Call, verb: string) => customRole(world, call, kind, verb);
      const path = `/v1/${kind}/{owner}/roles/{role}`;
      return [
        route(`GET ${path}`, (call) => custom(call, 'get')),
        route(`POST ${path}:undelete`, (call) => Object.assign(custom(call, 'undelete'), { deleted: false })),
        route(`PATCH ${path}`, (call) => Object.assign(custom(call, 'update'), call.body)),
      ];
    }),
  ];
}

function customRole(
  world: GoogleWorld,
  { params, demand }: Call,
  kind: string,
  verb: string,
): iam_v1.Schema$Role {
  const { owner = '', role = '' } = params;
  const name = `${kind}/${owner}/roles/${role}`;
  demand(`iam.roles.${verb}`, name, kind === 'projects' ? { project: owner } : {});
  return roleNamed(world, name);
}

function roleNamed(world: GoogleWorld, name: string): iam_v1.Schema$Role {
  const role = world.roles.get(name);
  if (!role) throw notFound(`The role named ${name} was not found.`);
  return role;
}

function serviceAccountRoutes(world: GoogleWorld, sizes: PageSizes): Route[] {
  const base = '/v1/projects/{project}/serviceAccounts';
  const find = (call: Call, verb: string) => accountFor(world, call, `iam.serviceAccounts.${verb}`);
  return [
    route(`GET ${base}?pageSize&pageToken`, (call) => list(world, call, sizes)),
    route(`GET ${base}/{account}`, (call) => answer(world, find(call, 'get'))),
    // Unlike Resource Manager's, this one takes its options in the address.
    route(
      `POST ${base}/{account}:getIamPolicy?options.requestedPolicyVersion`,
      (call) => policyAnswer(find(call, 'getIamPolicy'), call),
      { fields: [] },
    ),
    route(`POST ${base}/{account}:setIamPolicy`, (call) =>
      setPolicy(world, find(call, 'setIamPolicy'), call),
    ),
    route(`POST ${base}/{account}:enable`, (call) => {
      find(call, 'enable').disabled = false;
    }),
    route(`POST ${base}/{account}:disable`, (call) => {
      find(call, 'disable').disabled = true;
    }),
    route(`POST ${base}/{account}:undelete`, (call) => undelete(world, call)),
  ];
}

/** The project of an account: `-` stands for the one that its email names. */
function projectOf(world: GoogleWorld, project: string, account: string): ProjectWorld | undefined {
  if (project !== '-') return world.findProject(project);
  return [...world.projects.values()].find(({ serviceAccounts }) =>
    serviceAccounts.some(({ email, uniqueId }) => email === account || uniqueId === account),
  );
}

function accountFor(world: GoogleWorld, { params, demand }: Call, permission: string): ServiceAccount {
  const { project: owner = '', account: key = '' } = params;
  const project = projectOf(world, owner, key);
  const resource = `projects/${owner}/serviceAccounts/${key}`;
  demand(permission, resource, { project: project?.id ?? owner });
  const found = project?.serviceAccounts.find(
    ({ email, uniqueId, deleted }) => !deleted && [email, uniqueId].includes(key),
  );
  if (found) return found;
  // With the wildcard project a missing account is a refusal; so is any account of a project that is not there.
  if (owner === '-' || !project) throw permissionDenied(permission, resource);
  throw notFound(`Unknown service account: ${key}`);
}

function answer(world: GoogleWorld, account: ServiceAccount): object {
  const project = [...world.projects.values()].find(({ serviceAccounts }) =>
    serviceAccounts.includes(account),
  );
  const { email, uniqueId, displayName, disabled } = account;
  return {
    name: `projects/${project?.id}/serviceAccounts/${email}`,
    projectId: project?.id,
    uniqueId,
    email,
    displayName,
    etag: 'MDEwMjE5MjA=',
    oauth2ClientId: uniqueId,
    ...(disabled ? { disabled: true } : {}),
  };
}

function list(world: GoogleWorld, { params, query, demand }: Call, sizes: PageSizes): object {
  const id = params.project ?? '';
  const project = world.findProject(id);
  demand('iam.serviceAccounts.list', `projects/${id}`, { project: project?.id ?? id });
  if (!project) throw permissionDenied('iam.serviceAccounts.list', `projects/${id}`);
  const alive = project.serviceAccounts.filter(({ deleted }) => !deleted);
  const { items, nextPageToken } = page(alive, query.get('pageToken'), query.get('pageSize'), sizes);
  return { accounts: items.map((each) => answer(world, each)), ...(nextPageToken ? { nextPageToken } : {}) };
}

/** Undeletes by unique id; bindings of `deleted:…?uid=…` hold again. */
function undelete(world: GoogleWorld, { params, demand }: Call): object {
  const uid = params.account ?? '';
  demand('iam.serviceAccounts.undelete', `projects/-/serviceAccounts/${uid}`);
  for (const project of world.projects.values()) {
    const account = project.serviceAccounts.find(({ uniqueId, deleted }) => deleted && uniqueId === uid);
    if (!account) continue;
    if (project.serviceAccounts.some(({ email, deleted }) => !deleted && email === account.email))
      throw invalid(`Service account ${account.email} already exists.`);
    account.deleted = false;
    restoreMembers(project, account);
    return { restoredAccount: answer(world, account) };
  }
  throw notFound(`Service account ${uid} does not exist.`);
}

function restoreMembers(project: ProjectWorld, { email, uniqueId }: ServiceAccount): void {
  for (const binding of project.policy.bindings ?? [])
    binding.members = (binding.members ?? []).map((member) =>
      member === `deleted:serviceAccount:${email}?uid=${uniqueId}` ? `serviceAccount:${email}` : member,
    );
}
