/** Observes one AWS account: every fact through its reader, whatever the account refuses as a gap. */
import type { AwsFacts, FactName, Observation, Reading } from '../../observation.ts';
import { abortAfter } from '../abort-after.ts';
import { clusterDnsReader } from '../kubernetes/cluster-dns.ts';
import { nodesReader } from '../kubernetes/nodes.ts';
import { openClusters, type OpenedClusters } from '../kubernetes/open-clusters.ts';
import { podWebhooksReader } from '../kubernetes/pod-webhooks.ts';
import { podGroupsReader } from '../kubernetes/pods.ts';
import { serviceAccountsReader } from '../kubernetes/service-accounts.ts';
import type { Reader } from '../reader.ts';
import { addonsReader } from './addons.ts';
import { clustersReader } from './clusters.ts';
import { denialsReader } from './denials.ts';
import { identityPermissions, readIdentity } from './identity.ts';
import { insightsReader } from './insights.ts';
import { issuerDiscoveryReader } from './issuer-discovery.ts';
import { namedRolesReader } from './named-roles.ts';
import { networksReader } from './networks.ts';
import { nodeRoleCallsReader } from './node-role-calls.ts';
import { nodegroupsReader } from './nodegroups.ts';
import { oidcProvidersReader } from './oidc-providers.ts';
import { podIdentityAssociationsReader } from './pod-identity-associations.ts';
import { podIdentityDenialsReader } from './pod-identity-denials.ts';
import { chooseRegions, regionsPermissions } from './regions.ts';
import { rolesReader } from './roles.ts';
import { permissionChecksReader } from './permission-checks.ts';
import { serviceDenialsReader } from './service-denials.ts';
import type { AwsClients, AwsFactName, AwsSource, OtherAccounts, Progress } from './source.ts';
import { tokenBucket, type TokenBucket } from './token-bucket.ts';

export { CredentialsError } from './identity.ts';
export type { AwsClients, OtherAccounts, Progress } from './source.ts';

export interface CollectAwsOptions {
  clients: AwsClients;
  /** Regions to read; all that the account has enabled where absent. */
  regions?: string[];
  /** The span of time whose events are read. */
  window: { from: Date; to: Date };
  now: Date;
  /** Names or ARNs of clusters that must be there; one that is not is a gap. All are read: the others tell what is theirs. */
  clusters?: string[];
  /** When to stop reading events; what follows takes a few seconds more. */
  deadline?: Date;
  /** LookupEvents requests a second for each account and region; AWS allows 2, which is the default. */
  lookupRate?: number;
  /** Where issuers' discovery documents are read instead of at the issuers, each under `/<host>/<path>`. */
  discoveryBaseUrl?: string;
  /** What is known of the organization's other accounts; absent where only one account is audited. */
  otherAccounts?: OtherAccounts;
  /** Whether the clusters' own API servers are asked; they are not where absent. */
  kubernetes?: boolean;
  /** Of their answers, and of each of their lists; 10 s and 2 minutes where absent. */
  kubernetesLimits?: Partial<AwsSource['kubernetes']>;
  /** The facts that are wanted, with whatever reading them takes; all where absent. Clusters are read in any case. */
  facts?: readonly FactName[];
  /** Facts that are known already, and are not read. */
  known?: KnownReadings;
  /** Adds to a fact, whether it was read or given, what is known of it otherwise, before other facts are read by it. */
  supplement?: <Name extends AwsFactName>(
    name: Name,
    reading: Reading<AwsFacts[Name]>,
    account: string,
  ) => Promise<Reading<AwsFacts[Name]>>;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

export type KnownReadings = { readonly [Name in AwsFactName]?: Reading<AwsFacts[Name]> };

/** The reader of every fact that AWS itself tells; a fact without one does not compile. */
export const awsReaders: { readonly [Name in AwsFactName]: Reader<AwsSource, AwsFacts[Name]> } = {
  clusters: clustersReader,
  oidcProviders: oidcProvidersReader,
  roles: rolesReader,
  denials: denialsReader,
  namedRoles: namedRolesReader,
  issuerDiscovery: issuerDiscoveryReader,
  serviceAccounts: serviceAccountsReader,
  podGroups: podGroupsReader,
  kubernetesNodes: nodesReader,
  clusterDns: clusterDnsReader,
  podWebhooks: podWebhooksReader,
  addons: addonsReader,
  nodegroups: nodegroupsReader,
  insights: insightsReader,
  networks: networksReader,
  podIdentityAssociations: podIdentityAssociationsReader,
  podIdentityDenials: podIdentityDenialsReader,
  nodeRoleCalls: nodeRoleCallsReader,
  serviceDenials: serviceDenialsReader,
  permissionChecks: permissionChecksReader,
};

/** Every IAM action that reading an account may call, sorted. */
export function awsPermissions(): string[] {
  const ofFacts = Object.values(awsReaders).flatMap(({ permissions }) => permissions);
  return [...new Set([...identityPermissions, ...regionsPermissions, ...ofFacts])].sort();
}

/**
 * Reads all facts side by side. Whatever AWS refuses is a gap of the observation; only missing or expired credentials
 * (`CredentialsError`), an STS that does not answer, an impossible window and an aborted signal are thrown.
 */
export async function collectAws(options: CollectAwsOptions): Promise<Observation> {
  checkOptions(options);
  const stop = abortAfter(null, options.signal);
  try {
    const observation = await observe(options, stop.signal);
    options.signal?.throwIfAborted();
    return observation;
  } finally {
    stop.clear();
  }
}

/** Only the clusters of an account; throws as `collectAws` does. */
export async function readAccountClusters(
  options: Pick<CollectAwsOptions, 'clients' | 'regions' | 'now'>,
  signal: AbortSignal,
): Promise<{ account: string; reading: Reading<AwsFacts['clusters']> }> {
  const { clients, now } = options;
  const { account, partition, arn } = await readIdentity(clients, signal);
  const chosen = await chooseRegions(clients, partition, options.regions, signal);
  const source = makeSource({ ...options, window: { from: now, to: now } }, signal, {
    account,
    partition,
    callerArn: arn,
    ...chosen,
  });
  return { account, reading: await source.reading('clusters') };
}

async function observe(options: CollectAwsOptions, signal: AbortSignal): Promise<Observation> {
  const { clients, window, now } = options;
  const { account, partition, arn } = await readIdentity(clients, signal);
  const chosen = await chooseRegions(clients, partition, options.regions, signal);
  const source = makeSource(options, signal, { account, partition, callerArn: arn, ...chosen });
  const names = (Object.keys(awsReaders) as AwsFactName[]).filter((name) => isWanted(options, name));
  const readings = await Promise.all(names.map(async (name) => [name, await source.reading(name)] as const));
  return {
    place: { cloud: 'aws', account, partition },
    time: now.toISOString(),
    window: { from: window.from.toISOString(), to: window.to.toISOString() },
    regions: options.regions?.length ? [...new Set(options.regions)].sort() : chosen.regions,
    readings: Object.fromEntries(readings),
  };
}

/** The clusters are read whatever the rules want: reports count by them. */
function isWanted({ facts, kubernetes = false }: CollectAwsOptions, name: AwsFactName): boolean {
  if (awsReaders[name].kubernetes && !kubernetes) return false;
  return name === 'clusters' || facts === undefined || facts.includes(name);
}

function checkOptions({ window: { from, to }, deadline, lookupRate = 2 }: CollectAwsOptions): void {
  if (!(from < to)) {
    throw new RangeError(
      `Cannot read events from ${String(from)} to ${String(to)}: the window must begin before it ends`,
    );
  }
  if (Number.isNaN(deadline?.getTime()) || !(lookupRate > 0)) {
    throw new RangeError('Cannot read events: the deadline must be a time, and the rate more than nothing');
  }
}

function makeSource(
  options: CollectAwsOptions,
  signal: AbortSignal,
  found: Pick<AwsSource, 'account' | 'partition' | 'callerArn'> & Awaited<ReturnType<typeof chooseRegions>>,
): AwsSource {
  const { clients, window, now, lookupRate = 2, clusters, deadline, discoveryBaseUrl, onProgress } = options;
  const readings = new Map<AwsFactName, Promise<unknown>>();
  let opened: Promise<OpenedClusters | null> | undefined;
  const source: AwsSource = {
    clients,
    account: found.account,
    partition: found.partition,
    callerArn: found.callerArn,
    regions: found.regions,
    regionGaps: found.gaps,
    window,
    now,
    lookups: bucketsByRegion(lookupRate),
    ...(clusters?.length && { onlyClusters: clusters }),
    ...(deadline && { deadline }),
    ...(discoveryBaseUrl && { discoveryBaseUrl }),
    ...(options.otherAccounts && { otherAccounts: options.otherAccounts }),
    kubernetes: { timeoutMs: 10_000, budgetMs: 120_000, ...options.kubernetesLimits },
    openedClusters: () => (opened ??= openClusters(source)),
    signal,
    report: (progress) => onProgress?.(progress),
    reading<Name extends AwsFactName>(name: Name) {
      const begun = readings.get(name) as Promise<Reading<AwsFacts[Name]>> | undefined;
      const reading = begun ?? read(name);
      readings.set(name, reading);
      return reading;
    },
  };
  // What was not asked for is not read on the way to another fact either.
  const read = async <Name extends AwsFactName>(name: Name): Promise<Reading<AwsFacts[Name]>> => {
    const known: Reading<AwsFacts[Name]> | undefined = options.known?.[name];
    if (!known && awsReaders[name].kubernetes && !options.kubernetes) return { state: 'unread', gaps: [] };
    const reading = known ?? (await awsReaders[name].read(source));
    return options.supplement ? options.supplement(name, reading, found.account) : reading;
  };
  return source;
}

function bucketsByRegion(rate: number): AwsSource['lookups'] {
  const buckets = new Map<string, TokenBucket>();
  return (region) => {
    const bucket = buckets.get(region) ?? tokenBucket(rate);
    buckets.set(region, bucket);
    return bucket;
  };
}
