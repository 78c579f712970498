/** The state of a simulated Google Cloud: organization, folders, projects, roles, and who may do what. */
import { createHash } from 'node:crypto';
import type { cloudresourcemanager_v3 } from '@googleapis/cloudresourcemanager';
import type { iam_v1 } from '@googleapis/iam';
import type { SeenCluster } from '../../../shared/domain/google-cluster.ts';
import { ProjectWorld, type ProjectOptions } from './project-world.ts';
import { predefinedRoles } from './role-definitions.ts';

export type Policy = cloudresourcemanager_v3.Schema$Policy;
export type Binding = cloudresourcemanager_v3.Schema$Binding;

/** A folder or the organization. */
export interface Ancestor {
  /** `folders/…` or `organizations/…`. */
  name: string;
  parent: string | null;
  displayName: string;
  policy: Policy;
}

/** Who holds an access token, and what that one may do. */
export interface Principal {
  email: string;
  scopes: string[];
  /** `read`: every reading permission that is not refused to it; `all`: everything; a list: exactly these. */
  may: 'read' | 'all' | string[];
  /** Further permissions of one that may read, each on what begins with `resource`. */
  also?: { permission: string; resource: string }[];
}

/** An object of Cloud Storage. */
export interface StoredObject {
  text: string;
  contentType: string;
  generation: number;
  /** RFC 3339. */
  updated: string;
}

/** A permission that readers do not have, everywhere or on what begins with `resource`. */
export interface Refusal {
  permission: string;
  resource: string;
}

export const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform';

/** The auditor's token: it may read what is not refused to it, and change nothing. */
export const AUDITOR_TOKEN = 'ya29.auditor';
/** The token of somebody who may change things: for running printed commands. */
export const OPERATOR_TOKEN = 'ya29.operator';

export class GoogleWorld {
  readonly now: Date;
  readonly ancestors = new Map<string, Ancestor>();
  readonly projects = new Map<string, ProjectWorld>();
  readonly roles: Map<string, iam_v1.Schema$Role> = predefinedRoles();
  readonly tokens = new Map<string, Principal>();
  readonly refusals: Refusal[] = [];
  /** Buckets of Cloud Storage by name, and their objects by name. */
  readonly buckets = new Map<string, Map<string, StoredObject>>();
  /** Projects that a service perimeter closes to the auditor, by id. */
  readonly perimeter = new Set<string>();
  /** What earlier runs saw, by project id. */
  readonly history = new Map<string, SeenCluster[]>();
  /** What the operators of this world configured for the auditor. */
  readonly canaries: {
    principal: string;
    cluster: string;
    location: string | null;
    permissions: string[];
  }[] = [];
  /** The project that the auditor itself lives in; APIs that are billed to the caller must be enabled here. */
  readonly auditor = { project: 'ops-audit', email: 'clusterwhy@ops-audit.iam.gserviceaccount.com' };

  constructor(now: Date) {
    this.now = now;
    this.tokens.set(AUDITOR_TOKEN, { email: this.auditor.email, scopes: [CLOUD_PLATFORM], may: 'read' });
    this.tokens.set(OPERATOR_TOKEN, { email: 'olga@example.com', scopes: [CLOUD_PLATFORM], may: 'all' });
    this.project('ops-audit', { number: '900000000001', gke: false });
  }

  organization(id: string, displayName = 'example.com'): string {
    return this.addAncestor(`organizations/${id}`, null, displayName);
  }

  folder(id: string, parent: string, displayName: string): string {
    return this.addAncestor(`folders/${id}`, parent, displayName);
  }

  private addAncestor(name: string, parent: string | null, displayName: string): string {
    this.ancestors.set(name, { name, parent, displayName, policy: emptyPolicy() });
    return name;
  }

  /** A project that is in order: APIs on, agents bound, no clusters yet. */
  project(id: string, options: ProjectOptions): ProjectWorld {
    const project = new ProjectWorld(this, id, options);
    this.projects.set(id, project);
    return project;
  }

  /** By id or number. */
  findProject(idOrNumber: string): ProjectWorld | undefined {
    const byId = this.projects.get(idOrNumber);
    return byId ?? [...this.projects.values()].find(({ number }) => number === idOrNumber);
  }

  /** A custom role. */
  role(name: string, permissions: string[], rest: Partial<iam_v1.Schema$Role> = {}): string {
    this.roles.set(name, {
      name,
      title: name,
      includedPermissions: permissions,
      stage: 'GA',
      etag: 'BwX=',
      ...rest,
    });
    return name;
  }

  /** Binds a role on a folder or the organization. */
  bind(ancestor: string, role: string, ...members: string[]): void {
    const found = this.ancestors.get(ancestor);
    if (!found) throw new Error(`Cannot bind ${role}: the world has no ${ancestor}; declare it first`);
    found.policy.bindings?.push({ role, members });
  }

  /** Notes a cluster as one that an earlier run saw: as it is now where it is still there. */
  remember(project: ProjectWorld, name: string, location: string, then: Partial<SeenCluster> = {}): void {
    const spec = project.clusters.find(
      (each) => each.spec.name === name && each.spec.location === location,
    )?.spec;
    const certificate = spec?.masterAuth?.clusterCaCertificate;
    const seen: SeenCluster = {
      name,
      location,
      id: spec?.id ?? 'e'.repeat(64),
      endpoint: spec?.endpoint ?? '203.0.113.99',
      caSha256: certificate ? createHash('sha256').update(certificate).digest('hex') : null,
      lastSeen: this.ago(1, 'days'),
      ...then,
    };
    this.history.set(project.id, [...(this.history.get(project.id) ?? []), seen]);
  }

  /** Takes a permission from the auditor. */
  refuse(permission: string, resource = ''): this {
    this.refusals.push({ permission, resource });
    return this;
  }

  /** A bucket in which the auditor may keep objects, with the permissions that its role there holds. */
  bucket(name: string, permissions: readonly string[]): Map<string, StoredObject> {
    const objects = this.buckets.get(name) ?? new Map<string, StoredObject>();
    this.buckets.set(name, objects);
    const auditor = this.tokens.get(AUDITOR_TOKEN);
    if (auditor)
      auditor.also = permissions.map((permission) => ({ permission, resource: `buckets/${name}` }));
    return objects;
  }

  /** A token of somebody else. */
  token(token: string, email: string, may: Principal['may'], scopes = [CLOUD_PLATFORM]): void {
    this.tokens.set(token, { email, may, scopes });
  }

  /** RFC 3339 time before (or, with a negative span, after) this world's now: `ago(3, 'days')`. */
  ago(amount: number, unit: 'minutes' | 'hours' | 'days'): string {
    return this.at(amount, unit).toISOString();
  }

  at(amount: number, unit: 'minutes' | 'hours' | 'days'): Date {
    const ms = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 }[unit];
    return new Date(this.now.getTime() - amount * ms);
  }
}

export function emptyPolicy(): Policy {
  return { version: 1, etag: etagOf(0), bindings: [] };
}

/** The etag of a policy's n-th version. */
export function etagOf(version: number): string {
  return createHash('sha256').update(String(version)).digest().subarray(0, 8).toString('base64');
}
