/** Observes one Google Cloud project: every fact through its reader, whatever the cloud refuses as a gap. */
import type { SeenCluster } from '../../domain/google-cluster.ts';
import type { FactName, GcpFacts, Observation, Reading } from '../../observation.ts';
import type { Reader } from '../reader.ts';
import { accessDenialsReader, adminActivityReader } from './audit-log-readers.ts';
import { clustersReader } from './clusters.ts';
import { connectionsReader } from './connections.ts';
import { hostProjectsReader } from './host-projects.ts';
import { iamPolicyReader, inheritedPoliciesReader } from './iam-policies.ts';
import { kmsKeysReader } from './kms-keys.ts';
import { kubernetesServiceAccountsReader } from './kubernetes-service-accounts.ts';
import { listProjectsPermissions } from './list-projects.ts';
import { operationsReader } from './operations.ts';
import { poolNodesReader } from './pool-nodes.ts';
import { projectReader } from './project-reader.ts';
import { roleDefinitionsReader } from './role-definitions.ts';
import type { GcpRun } from './run.ts';
import { serviceAccountPoliciesReader } from './service-account-policies.ts';
import { serviceAccountsReader } from './service-accounts.ts';
import { servicesReader } from './services.ts';
import type { GcpFactName, GcpProgress, GcpSource, KubernetesAccess } from './source.ts';

export type { GcpProgress } from './source.ts';

export interface CollectGcpOptions {
  /** Shared by all projects of one run; made with `startGcpRun`. */
  run: GcpRun;
  /** Project id. */
  project: string;
  now: Date;
  /** Names of the only clusters to read; all where absent. */
  clusters?: string[];
  /** Clusters that earlier runs saw here; not looked at where absent. */
  history?: Reading<SeenCluster[]>;
  /** Principals that must reach a cluster here. */
  canaries?: GcpFacts['canaries'];
  /** Whether the clusters' own API servers are asked for service accounts; no where absent. */
  kubernetes?: boolean;
  /** Whether every cluster's endpoint is tried step by step; no where absent. */
  connect?: boolean;
  kubernetesAccess?: Partial<KubernetesAccess>;
  /** The facts that are wanted, with whatever reading them takes; all where absent. Clusters are read in any case. */
  facts?: readonly FactName[];
  onProgress?: (progress: GcpProgress) => void;
  signal?: AbortSignal;
}

/** The reader of every fact about a project; a fact without one does not compile. */
export const gcpReaders: { readonly [Name in GcpFactName]: Reader<GcpSource, GcpFacts[Name]> } = {
  project: projectReader,
  services: servicesReader,
  gkeClusters: clustersReader,
  operations: operationsReader,
  iamPolicy: iamPolicyReader,
  inheritedPolicies: inheritedPoliciesReader,
  roleDefinitions: roleDefinitionsReader,
  gcpServiceAccounts: serviceAccountsReader,
  serviceAccountPolicies: serviceAccountPoliciesReader,
  adminActivity: adminActivityReader,
  accessDenials: accessDenialsReader,
  poolNodes: poolNodesReader,
  hostProjects: hostProjectsReader,
  kmsKeys: kmsKeysReader,
  gkeServiceAccounts: kubernetesServiceAccountsReader,
  clusterHistory: { permissions: [], read: async ({ history }) => history },
  // What the run's operators tell, rather than the cloud.
  canaries: {
    permissions: [],
    read: async ({ canaries }) => ({ state: 'whole', value: [...canaries] }),
  },
  connections: connectionsReader,
};

/** Every IAM permission that reading projects may use, sorted. */
export function gcpPermissions(): string[] {
  const ofFacts = Object.values(gcpReaders).flatMap(({ permissions }) => permissions);
  return [...new Set([...listProjectsPermissions, ...ofFacts])].sort();
}

/** Facts that are read only where they are asked for. */
const onRequest: Partial<Record<GcpFactName, 'kubernetes' | 'connect'>> = {
  gkeServiceAccounts: 'kubernetes',
  connections: 'connect',
};

/**
 * Reads all facts side by side. Whatever Google Cloud refuses is a gap of the observation; only missing or expired
 * credentials (`GoogleCredentialsError`) and an aborted signal are thrown.
 */
export async function collectGcp(options: CollectGcpOptions): Promise<Observation> {
  const { run, project, now, onProgress, signal } = options;
  onProgress?.({ kind: 'project', project, state: 'started' });
  const source = makeSource(options);
  const names = (Object.keys(gcpReaders) as GcpFactName[]).filter(
    (name) => isAsked(options, name) && isWanted(options, name),
  );
  const readings = await Promise.all(names.map(async (name) => [name, await source.reading(name)] as const));
  signal?.throwIfAborted();
  onProgress?.({ kind: 'project', project, state: 'done' });
  return {
    place: { cloud: 'gcp', account: project },
    time: now.toISOString(),
    window: { from: run.window.from.toISOString(), to: run.window.to.toISOString() },
    regions: [],
    readings: Object.fromEntries(readings),
  };
}

function isAsked(options: CollectGcpOptions, name: GcpFactName): boolean {
  const request = onRequest[name];
  return request === undefined || options[request] === true;
}

/** The clusters in any case: reports count by them, and later runs look for those that this one saw. */
function isWanted({ facts }: CollectGcpOptions, name: GcpFactName): boolean {
  return name === 'gkeClusters' || facts === undefined || facts.includes(name);
}

function makeSource(options: CollectGcpOptions): GcpSource {
  const {
    run,
    project,
    now,
    clusters,
    history = { state: 'unread', gaps: [] },
    canaries = [],
    kubernetesAccess,
    onProgress,
    signal,
  } = options;
  const readings = new Map<GcpFactName, Promise<unknown>>();
  // What was not asked for is not looked for either: it would seem to be gone.
  const isAskedFor = (cluster: string) => !clusters?.length || clusters.includes(cluster);
  const source: GcpSource = {
    run,
    project,
    window: run.window,
    now,
    history:
      'value' in history
        ? { ...history, value: history.value.filter(({ name }) => isAskedFor(name)) }
        : history,
    canaries: canaries.filter(({ cluster }) => isAskedFor(cluster)),
    kubernetes: { publicCa: null, timeoutMs: 5_000, ...kubernetesAccess },
    ...(clusters?.length ? { onlyClusters: clusters } : {}),
    ...(signal ? { signal } : {}),
    report: (progress) => onProgress?.(progress),
    reading<Name extends GcpFactName>(name: Name) {
      const known = readings.get(name) as Promise<Reading<GcpFacts[Name]>> | undefined;
      const reading = known ?? read(name);
      readings.set(name, reading);
      return reading;
    },
  };
  const read = async <Name extends GcpFactName>(name: Name): Promise<Reading<GcpFacts[Name]>> =>
    isAsked(options, name) ? gcpReaders[name].read(source) : { state: 'unread', gaps: [] };
  return source;
}
