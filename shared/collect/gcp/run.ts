/** What all projects of one run share: each role, policy, ancestor and API state is read once, however many need it. */
import type { cloudresourcemanager_v3 } from '@googleapis/cloudresourcemanager';
import type { iam_v1 } from '@googleapis/iam';
import type { Lookup, PolicyLevel, RoleDefinition } from '../../domain/google-policy.ts';
import type { Localized } from '../../words.ts';
import { auditLogs, type AuditLogs } from './audit-logs.ts';
import { encodePath, encodeSegment, type GoogleApi } from './google-api.ts';
import { listInstances, type ListedInstances } from './list-instances.ts';
import { parsePolicy, type PolicyAnswer } from './parse-policy.ts';
import { isMissing, whyNot, type Attempt } from './refusal.ts';

export interface GcpRunOptions {
  api: GoogleApi;
  /** The projects that will be read, so that their logs can be asked for together. */
  projects: readonly string[];
  window: { from: Date; to: Date };
}

/** One kind of thing, read once for each name. */
type Once<T> = (name: string) => Promise<T>;

export interface GcpRun {
  api: GoogleApi;
  window: { from: Date; to: Date };
  logs: AuditLogs;
  /** By project id or number. */
  project: Once<Project>;
  /** State of the APIs that GKE rests on, by project id or number. */
  services: Once<Record<string, string>>;
  /** The policy of `projects/…`, `folders/…` or `organizations/…`. */
  policy: Once<PolicyAnswer>;
  /** The levels above: of a parent and all that is above it. */
  ancestors: Once<PolicyLevel[]>;
  role: Once<Lookup<RoleDefinition>>;
  /** The machines of GKE in a project. */
  instances: Once<ListedInstances>;
}

export interface Project {
  id: string;
  number: string;
  state: string;
  parent: string | null;
}

/** Every API that GKE and its auditor rest on. */
const services = [
  'artifactregistry',
  'cloudkms',
  'cloudresourcemanager',
  'compute',
  'container',
  'iam',
  'iamcredentials',
  'logging',
  'monitoring',
  'serviceusage',
].map((name) => `${name}.googleapis.com`);

export const rolePermission = 'iam.roles.get';

export function startGcpRun({ api, projects, window }: GcpRunOptions): GcpRun {
  const run: GcpRun = {
    api,
    window,
    logs: auditLogs(api, projects, window),
    project: once((name) => readProject(api, name)),
    services: once((name) => readServices(api, name)),
    policy: once((resource) => readPolicy(api, resource)),
    ancestors: once((parent) => readAncestors(run, parent)),
    role: once((name) => readRole(api, name)),
    instances: once((project) => listInstances(api, project)),
  };
  return run;
}

/** Keeps every answer, and every refusal, of a read. */
export function once<T>(read: (name: string) => Promise<T>): Once<T> {
  const kept = new Map<string, Promise<T>>();
  return (name) => {
    const answer = kept.get(name) ?? read(name);
    kept.set(name, answer);
    return answer;
  };
}

async function readProject(api: GoogleApi, name: string): Promise<Project> {
  const project = await api.call<cloudresourcemanager_v3.Schema$Project>({
    api: 'cloudresourcemanager',
    path: `v3/projects/${encodeSegment(name)}`,
  });
  return {
    id: project.projectId ?? name,
    number: project.name?.replace('projects/', '') ?? '',
    state: project.state ?? 'STATE_UNSPECIFIED',
    parent: project.parent || null,
  };
}

async function readServices(api: GoogleApi, project: string): Promise<Record<string, string>> {
  const parent = `projects/${project}`;
  const answer = await api.call<{ services?: { name?: string; state?: string }[] }>({
    api: 'serviceusage',
    path: `v1/${encodePath(parent)}/services:batchGet`,
    query: { names: services.map((service) => `${parent}/services/${service}`) },
  });
  const states = (answer.services ?? []).map(({ name = '', state = 'STATE_UNSPECIFIED' }) => [
    name.split('/').at(-1) ?? '',
    state,
  ]);
  return Object.fromEntries(states) as Record<string, string>;
}

/** Version 3, for without it conditional bindings come mangled and without their conditions. */
function readPolicy(api: GoogleApi, resource: string): Promise<PolicyAnswer> {
  return api.call({
    api: 'cloudresourcemanager',
    method: 'POST',
    path: `v3/${encodePath(resource)}:getIamPolicy`,
    body: { options: { requestedPolicyVersion: 3 } },
  });
}

async function readAncestors(run: GcpRun, parent: string): Promise<PolicyLevel[]> {
  const level = await policyLevel(run, parent);
  if (!parent.startsWith('folders/')) return [level];
  const above = await parentOf(run, parent);
  if ('why' in above) return [level, unreadParent(parent, above.why)];
  return above.parent === null ? [level] : [level, ...(await run.ancestors(above.parent))];
}

function unreadParent(of: string, why: Localized): PolicyLevel {
  const named = { en: `the parent of ${of}`, ja: `${of} の親` };
  return { resource: named.en, state: 'unread', why, named };
}

/** The policy of a project, folder or organization as a level that says so where it could not be read. */
export async function policyLevel(run: GcpRun, resource: string): Promise<PolicyLevel> {
  const kind = resource.split('/')[0] ?? '';
  const attempt: Attempt = {
    action: { en: `read the IAM policy of ${resource}`, ja: `${resource} の IAM ポリシーを取得` },
    permission: `resourcemanager.${kind}.getIamPolicy`,
  };
  try {
    return { resource, state: 'read', policy: parsePolicy(await run.policy(resource)) };
  } catch (error) {
    return { resource, state: 'unread', why: whyNot(error, attempt) };
  }
}

async function parentOf(
  { api }: GcpRun,
  folder: string,
): Promise<{ parent: string | null } | { why: Localized }> {
  try {
    const path = `v3/${encodePath(folder)}`;
    const { parent } = await api.call<{ parent?: string }>({ api: 'cloudresourcemanager', path });
    return { parent: parent || null };
  } catch (error) {
    const attempt = {
      action: { en: `find what ${folder} belongs to`, ja: `${folder} の親を確認` },
      permission: 'resourcemanager.folders.get',
    };
    return { why: whyNot(error, attempt) };
  }
}

/** The policies that hold on a project: its own and its ancestors', nearest first. */
export async function projectLevels(run: GcpRun, project: string): Promise<PolicyLevel[]> {
  const own = await policyLevel(run, `projects/${project}`);
  try {
    const { parent } = await run.project(project);
    return parent ? [own, ...(await run.ancestors(parent))] : [own];
  } catch (error) {
    const attempt = {
      action: { en: `find what ${project} belongs to`, ja: `${project} の親を確認` },
      permission: 'resourcemanager.projects.get',
    };
    return [own, unreadParent(`projects/${project}`, whyNot(error, attempt))];
  }
}

async function readRole(api: GoogleApi, name: string): Promise<Lookup<RoleDefinition>> {
  try {
    const role = await api.call<iam_v1.Schema$Role>({ api: 'iam', path: `v1/${encodePath(name)}` });
    const { includedPermissions, stage, deleted } = role;
    return {
      state: 'exists',
      value: { permissions: includedPermissions ?? [], stage: stage ?? null, deleted: deleted ?? false },
    };
  } catch (error) {
    if (isMissing(error)) return { state: 'missing' };
    return {
      state: 'unread',
      why: whyNot(error, {
        action: { en: `read the role ${name}`, ja: `ロール ${name} を取得` },
        permission: rolePermission,
      }),
    };
  }
}
