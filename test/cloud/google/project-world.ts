/** One simulated project, built by code: in order unless a scenario breaks it. */
import { createHash } from 'node:crypto';
import type { container_v1 } from '@googleapis/container';
import type { logging_v2 } from '@googleapis/logging';
import { clusterSpec, type ClusterOptions } from './cluster-spec.ts';
import { kubernetesWorld, type KubernetesWorld } from './kubernetes-world.ts';
import { emptyPolicy, type GoogleWorld, type Policy } from './world.ts';

export interface ProjectOptions {
  /** Twelve digits. */
  number: string;
  /** `folders/…` or `organizations/…`. */
  parent?: string;
  displayName?: string;
  /** Whether GKE is used here: APIs on and agents bound. */
  gke?: boolean;
}

export interface ServiceAccount {
  email: string;
  uniqueId: string;
  displayName: string;
  disabled: boolean;
  /** Set while it can still be undeleted. */
  deleted: boolean;
  policy: Policy;
}

export interface Instance {
  zone: string;
  name: string;
  creationTimestamp: string;
  labels: Record<string, string>;
  /** `metadata.items` value of `created-by`. */
  createdBy: string;
}

export interface CryptoKey {
  /** `projects/P/locations/L/keyRings/R/cryptoKeys/K`. */
  name: string;
  primary: { name: string; state: string } | null;
  policy: Policy;
}

export interface ClusterWorld {
  spec: container_v1.Schema$Cluster;
  /** Null where no API server runs. */
  kubernetes: KubernetesWorld | null;
}

const baseServices = [
  'cloudresourcemanager.googleapis.com',
  'iam.googleapis.com',
  'iamcredentials.googleapis.com',
  'logging.googleapis.com',
  'monitoring.googleapis.com',
  'serviceusage.googleapis.com',
  'cloudasset.googleapis.com',
];
const gkeServices = ['artifactregistry.googleapis.com', 'compute.googleapis.com', 'container.googleapis.com'];

export class ProjectWorld {
  readonly world: GoogleWorld;
  readonly id: string;
  readonly number: string;
  readonly parent: string | null;
  readonly displayName: string;
  state = 'ACTIVE';
  readonly services = new Map<string, 'ENABLED' | 'DISABLED'>();
  policy: Policy = emptyPolicy();
  readonly serviceAccounts: ServiceAccount[] = [];
  readonly clusters: ClusterWorld[] = [];
  /** Zones that clusters.list and operations.list could not reach. */
  missingZones: string[] = [];
  readonly operations: container_v1.Schema$Operation[] = [];
  readonly logEntries: logging_v2.Schema$LogEntry[] = [];
  readonly instances: Instance[] = [];
  /** Zones that instances.aggregatedList could not reach. */
  unreachableZones: string[] = [];
  /** Policies of subnetworks by `regions/R/subnetworks/S`. */
  readonly subnetworks = new Map<string, { policy: Policy }>();
  readonly keyRings = new Map<string, { policy: Policy }>();
  readonly keys = new Map<string, CryptoKey>();

  constructor(world: GoogleWorld, id: string, options: ProjectOptions) {
    this.world = world;
    this.id = id;
    this.number = options.number;
    this.parent = options.parent ?? null;
    this.displayName = options.displayName ?? id;
    for (const service of baseServices) this.services.set(service, 'ENABLED');
    if (options.gke !== false) this.enableGke();
  }

  /** The identities that act for GKE in this project. */
  get agents() {
    return {
      gke: `service-${this.number}@container-engine-robot.iam.gserviceaccount.com`,
      node: `service-${this.number}@gcp-sa-gkenode.iam.gserviceaccount.com`,
      apis: `${this.number}@cloudservices.gserviceaccount.com`,
      compute: `service-${this.number}@compute-system.iam.gserviceaccount.com`,
      default: `${this.number}-compute@developer.gserviceaccount.com`,
    };
  }

  /** What enabling the APIs does: agents with their roles, and the default account. */
  enableGke(): void {
    for (const service of gkeServices) this.services.set(service, 'ENABLED');
    this.bind('roles/container.serviceAgent', `serviceAccount:${this.agents.gke}`);
    this.bind('roles/container.defaultNodeServiceAgent', `serviceAccount:${this.agents.node}`);
    this.bind('roles/compute.instanceGroupManagerServiceAgent', `serviceAccount:${this.agents.apis}`);
    this.bind('roles/compute.serviceAgent', `serviceAccount:${this.agents.compute}`);
    if (!this.serviceAccounts.some(({ email }) => email === this.agents.default))
      this.addServiceAccount(this.agents.default, 'Compute Engine default service account');
  }

  service(name: string, state: 'ENABLED' | 'DISABLED'): this {
    this.services.set(name, state);
    return this;
  }

  /** An account of this project; answers its email. */
  serviceAccount(name: string, options: { disabled?: boolean; roles?: string[] } = {}): string {
    const email = `${name}@${this.id}.iam.gserviceaccount.com`;
    this.addServiceAccount(email, name).disabled = options.disabled ?? false;
    for (const role of options.roles ?? []) this.bind(role, `serviceAccount:${email}`);
    return email;
  }

  private addServiceAccount(email: string, displayName: string): ServiceAccount {
    const uniqueId = uniqueIdOf(
      email,
      this.serviceAccounts.filter((account) => account.email === email).length,
    );
    const account = { email, uniqueId, displayName, disabled: false, deleted: false, policy: emptyPolicy() };
    this.serviceAccounts.push(account);
    return account;
  }

  /** The account of this name that is not deleted. */
  account(email: string): ServiceAccount {
    const found = this.serviceAccounts.find((account) => account.email === email && !account.deleted);
    if (!found) throw new Error(`Cannot find ${email}: ${this.id} has no such account; declare it first`);
    return found;
  }

  /** Deletes an account as IAM does: its bindings now name `deleted:serviceAccount:…?uid=…`. */
  deleteServiceAccount(email: string): ServiceAccount {
    const account = this.account(email);
    account.deleted = true;
    for (const binding of this.policy.bindings ?? [])
      binding.members = (binding.members ?? []).map((member) =>
        member === `serviceAccount:${email}` ? `deleted:${member}?uid=${account.uniqueId}` : member,
      );
    return account;
  }

  bind(role: string, member: string, condition?: { title: string; expression: string }): this {
    const same = this.policy.bindings?.find((binding) => binding.role === role && !binding.condition);
    if (same && !condition) same.members?.push(member);
    else this.policy.bindings?.push({ role, members: [member], ...(condition ? { condition } : {}) });
    if (condition) this.policy.version = 3;
    return this;
  }

  unbind(role: string, member: string): this {
    for (const binding of this.policy.bindings ?? [])
      if (binding.role === role) binding.members = binding.members?.filter((each) => each !== member) ?? [];
    this.policy.bindings = this.policy.bindings?.filter(({ members }) => members?.length) ?? [];
    return this;
  }

  /** Writes Data Access logs for a service. */
  auditReads(service = 'container.googleapis.com'): this {
    this.policy.auditConfigs = [
      { service, auditLogConfigs: [{ logType: 'ADMIN_READ' }, { logType: 'DATA_READ' }] },
    ];
    return this;
  }

  /** A cluster with one pool and an API server that is in order, unless the options say otherwise. */
  cluster(name: string, location: string, options: ClusterOptions = {}): ClusterWorld {
    const { caExpires } = options;
    const kubernetes = options.kubernetes ?? kubernetesWorld(this.world.now, caExpires ? { caExpires } : {});
    const cluster = { spec: clusterSpec(this, name, location, { ...options, kubernetes }), kubernetes };
    this.clusters.push(cluster);
    for (const pool of cluster.spec.nodePools ?? []) this.startNodes(cluster.spec, pool, options);
    return cluster;
  }

  private startNodes(
    cluster: container_v1.Schema$Cluster,
    pool: container_v1.Schema$NodePool,
    options: ClusterOptions,
  ): void {
    const nodes = options.pools?.find(({ name }) => name === pool.name)?.nodes ?? ['1 days'];
    nodes.forEach((age, index) => {
      const [days = '1'] = age.split(' ');
      const url = pool.instanceGroupUrls?.[0] ?? '';
      const zone = /zones\/([^/]+)/.exec(url)?.[1] ?? '';
      this.instances.push({
        zone,
        name: `${url.split('/').at(-1)?.replace(/-grp$/, '')}-${(1000 + index).toString(36)}`,
        creationTimestamp: this.world.ago(Number(days), 'days').replace('Z', '+00:00'),
        labels: {
          'goog-k8s-cluster-name': cluster.name ?? '',
          'goog-k8s-cluster-location': cluster.location ?? '',
          'goog-k8s-node-pool-name': pool.name ?? '',
        },
        createdBy: url.replace('https://www.googleapis.com/compute/v1/', '').replace(this.id, this.number),
      });
    });
  }

  /** A finished or running operation. */
  operation(operation: container_v1.Schema$Operation): this {
    const name = `operation-${1_700_000_000_000 + this.operations.length}-${this.number.slice(-4)}`;
    this.operations.push({ name, zone: operation.location ?? '-', ...operation });
    return this;
  }

  log(...entries: logging_v2.Schema$LogEntry[]): this {
    this.logEntries.push(...entries);
    return this;
  }

  /** A subnetwork whose policy gives one role to these members. */
  subnetwork(region: string, name: string, role: string, ...members: string[]): this {
    const bindings = members.length > 0 ? [{ role, members }] : [];
    this.subnetworks.set(`regions/${region}/subnetworks/${name}`, { policy: { ...emptyPolicy(), bindings } });
    return this;
  }

  /** An enabled key; answers its resource name. */
  key(location: string, ring: string, key: string, state = 'ENABLED'): CryptoKey {
    const keyRing = `projects/${this.id}/locations/${location}/keyRings/${ring}`;
    const name = `${keyRing}/cryptoKeys/${key}`;
    const created = { name, primary: { name: `${name}/cryptoKeyVersions/1`, state }, policy: emptyPolicy() };
    this.service('cloudkms.googleapis.com', 'ENABLED');
    if (!this.keyRings.has(keyRing)) this.keyRings.set(keyRing, { policy: emptyPolicy() });
    this.keys.set(name, created);
    return created;
  }
}

/** Twenty-one digits, as `uniqueId` has; a re-created account of the same name has another. */
export function uniqueIdOf(email: string, generation: number): string {
  const digest = createHash('sha256').update(`${email}#${generation}`).digest();
  return `1${(digest.readBigUInt64BE() % 10n ** 19n).toString().padStart(20, '0')}`;
}
