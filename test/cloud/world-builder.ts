/** Writes a world as one reads it: `world().account('111122223333', {…}).cluster({…}).role({…}).denied({…})`. */
import { parseSubject } from '../../shared/domain/service-account.ts';
import type { Cluster } from '../../shared/domain/web-identity.ts';
import {
  isoSeconds,
  uuids,
  webIdentityRecord,
  type CloudTrailRecord,
  type WebIdentityCall,
} from './cloudtrail-record.ts';
import { clusterNetwork, soundParts, type EksParts } from './eks-parts.ts';
import { evenSeries, RecordedSeries } from './event-series.ts';
import {
  audienceAnnotation,
  soundContents,
  workloadOf,
  type ClusterContents,
  type WorkloadOptions,
} from './kubernetes/cluster-contents.ts';
import {
  associationArnOf,
  eksIssuer,
  providerArn,
  regionOfIssuer,
  roleArn,
  uniqueId,
} from './identifiers.ts';
import type { PolicyDocument } from './trust.ts';
import type { Account, Behaviour, Refusal, RegionStatus, StoredRole, World } from './world.ts';

export interface ClusterOptions {
  name: string;
  region: string;
  /** By default the one that belongs to the name: `eksIssuer(region, name)`. */
  issuer?: string | null;
  status?: string;
  version?: string;
  createdAt?: Date;
  tags?: Record<string, string>;
  healthIssues?: Cluster['healthIssues'];
  /** Whether its public discovery document answers. */
  discovery?: 'answers' | 'silent';
  /** What its API server is like: how it is reached, and what it lets the auditor see. */
  kubernetes?: Partial<ClusterContents>;
  /** Spoils its add-ons, node groups, insights or network, which are sound. */
  spoil?: (parts: EksParts) => void;
}

export interface ProviderOptions {
  issuer: string;
  clientIds?: string[];
  createdAt?: Date;
}

export interface RoleOptions {
  name: string;
  path?: string;
  /** A document, or its text where it must be spelt in a certain way. */
  trust: PolicyDocument | string;
  maxSessionDuration?: number;
  createdAt?: Date;
  description?: string;
  policies?: NonNullable<StoredRole['policies']>;
  boundary?: NonNullable<StoredRole['boundary']>;
}

/** How many calls, and when. */
export interface Spread {
  /** One where not said. */
  count?: number;
  /** They are spread evenly from `from` to `to`, in minutes before now. */
  minutesAgo?: { from: number; to: number };
}

/** AssumeRoleWithWebIdentity calls of one workload: one series of events. */
export interface CallOptions extends Spread {
  /** Name of a role of the account, or any text that begins with `arn:`. */
  role: string;
  subject: string;
  issuer: string;
  audience?: string;
  /** By default the issuer's region; the global endpoint's calls are always recorded in us-east-1. */
  region?: string;
  endpoint?: 'regional' | 'global';
  sessionName?: string;
  durationSeconds?: number;
  sourceIp?: string;
  vpcEndpointId?: string;
  userAgent?: string;
}

export interface DeniedOptions extends CallOptions {
  errorCode?: string;
  errorMessage?: string;
}

/** A call with the error that STS answered, if any. */
export type AnyCall = CallOptions & { error?: { code: string; message: string } };

/** Who made a series of calls. */
type Caller = Pick<WebIdentityCall, 'provider' | 'subject' | 'roleArn' | 'audience'>;

const goAgent =
  'aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.1 md/GOOS#linux md/GOARCH#amd64 api/sts#1.33.17 m/g';

/** An empty world that behaves as AWS does, but for lists: its pages are small, so that paging is used. */
export function world(options: { now?: Date } = {}): WorldBuilder {
  return new WorldBuilder(options.now ?? new Date());
}

export class WorldBuilder {
  readonly now: Date;
  readonly #world: World;
  #account: Account | null = null;
  readonly #callers: Caller[] = [];
  #series = 0;

  constructor(now: Date) {
    this.now = now;
    const behaviour = { lookupsPerSecond: 2, lookupLatencyMs: 0, pageSize: 3 };
    this.#world = { now, accounts: [], liveIssuers: new Set(), behaviour };
  }

  build(): World {
    for (const call of this.#callers) this.#addCaller(call);
    return this.#world;
  }

  /** Opens an account, or goes back to it; what follows belongs to it. */
  account(
    id: string,
    options: { regions?: (string | { name: string; status: RegionStatus })[]; partition?: string } = {},
  ): this {
    const { accounts } = this.#world;
    let account = accounts.find((known) => known.id === id);
    if (!account) accounts.push((account = emptyAccount(id, options.partition ?? 'aws')));
    for (const region of options.regions ?? [])
      account.regions.push(
        typeof region === 'string' ? { name: region, status: 'ENABLED_BY_DEFAULT' } : region,
      );
    this.#account = account;
    return this;
  }

  cluster(options: ClusterOptions): this {
    const { id, partition } = this.current;
    const { name, region } = options;
    const issuer = options.issuer === undefined ? eksIssuer(region, name) : options.issuer;
    const arn = `arn:${partition}:eks:${region}:${id}:cluster/${name}`;
    const parts = soundParts(name, region, id);
    options.spoil?.(parts);
    this.current.eksParts.set(arn, parts);
    this.current.contents.set(arn, { ...soundContents(this.daysAgo(100)), ...options.kubernetes });
    this.current.clusters.push({
      name,
      arn,
      account: id,
      region,
      status: options.status ?? 'ACTIVE',
      version: options.version ?? '1.34',
      issuer,
      endpoint: `https://${uniqueId('', name).toUpperCase()}.gr7.${region}.eks.amazonaws.com`,
      createdAt: (options.createdAt ?? this.daysAgo(200)).toISOString(),
      tags: options.tags ?? {},
      healthIssues: options.healthIssues ?? [],
      network: clusterNetwork(name, region),
    });
    if (issuer && options.discovery !== 'silent') this.liveIssuer(issuer);
    return this;
  }

  /** An issuer whose public discovery document answers although no account here has its cluster. */
  liveIssuer(issuer: string): this {
    this.#world.liveIssuers.add(issuer);
    return this;
  }

  provider(options: ProviderOptions): this {
    const { id, partition, providers } = this.current;
    providers.push({
      arn: providerArn(id, options.issuer, partition),
      url: options.issuer.replace('https://', ''),
      clientIds: options.clientIds ?? ['sts.amazonaws.com'],
      thumbprints: ['9e99a48a9960b14926bb7f3b02e22da2b0ab7280'],
      createdAt: options.createdAt ?? this.daysAgo(200),
    });
    return this;
  }

  role(options: RoleOptions): this {
    const { id, partition, roles } = this.current;
    const { name, path = '/', trust } = options;
    roles.push({
      arn: roleArn(id, name, path, partition),
      id: uniqueId('AROA', id + name),
      name,
      path,
      trustPolicy: typeof trust === 'string' ? trust : JSON.stringify(trust),
      maxSessionDuration: options.maxSessionDuration ?? 3600,
      createdAt: options.createdAt ?? this.daysAgo(100),
      ...(options.description !== undefined && { description: options.description }),
      ...(options.policies && { policies: options.policies }),
      ...(options.boundary && { boundary: options.boundary }),
    });
    return this;
  }

  /** Calls that STS refused. */
  denied(options: DeniedOptions): this {
    return this.inTurn([refused(options)], options);
  }

  /** Calls that STS answered. */
  called(options: CallOptions): this {
    return this.inTurn([options], options);
  }

  /** Calls of several workloads in one series, each in its turn; all of them in the region of the first. */
  inTurn(workloads: AnyCall[], { count = 1, minutesAgo = { from: 300, to: 20 } }: Spread): this {
    const calls = workloads.map((workload) => this.#call(workload));
    this.#callers.push(...calls);
    const region = calls[0]?.region ?? 'us-east-1';
    const seed = `${this.current.id}/${region}/${this.#series++}`;
    const series = evenSeries({
      count,
      first: this.minutesAgo(minutesAgo.from),
      last: this.minutesAgo(minutesAgo.to),
      eventName: 'AssumeRoleWithWebIdentity',
      recordAt(index, time) {
        const call = calls[index % calls.length];
        if (!call) throw new RangeError(`Cannot make event ${index}: no workload calls`);
        return webIdentityRecord({ ...call, region, time, seed: `${seed}/${index}` });
      },
    });
    this.current.history.push({ region, series });
    return this;
  }

  /** Records of any kind, as they are; what they lack and CloudTrail needs to find them is added. */
  recorded(region: string, ...records: Partial<CloudTrailRecord>[]): this {
    const complete = records.map((record) => ({
      eventTime: isoSeconds(this.minutesAgo(30)),
      eventID: uuids(`record ${this.#series++}`)[0],
      eventName: 'AssumeRoleWithWebIdentity',
      eventSource: 'sts.amazonaws.com',
      ...record,
    }));
    this.current.history.push({ region, series: new RecordedSeries(complete) });
    return this;
  }

  /**
   * A service account of a cluster of the account, and its pods. Whoever calls is there in any case: with its annotation
   * for the role that it calls for, and a Deployment of two pods.
   */
  workload(options: WorkloadOptions): this {
    const { role } = options;
    const contents = this.#contentsOf(options.cluster);
    const isArn = role?.startsWith('arn:');
    const roleArn = role === undefined || role === null ? null : isArn ? role : this.#roleArn(role);
    const { account, pods } = workloadOf(options, roleArn, { createdAt: this.daysAgo(60) });
    contents.serviceAccounts.push(account);
    contents.pods.push(...pods);
    return this;
  }

  /** An EKS Pod Identity association of a cluster of the account with its role of this name, which need not exist. */
  association(options: {
    cluster: string;
    namespace: string;
    serviceAccount: string;
    role: string;
    createdAt?: Date;
    disableSessionTags?: boolean;
  }): this {
    const { cluster, role, namespace, serviceAccount, createdAt = this.daysAgo(90) } = options;
    const arn = this.current.clusters.find(({ name }) => name === cluster)?.arn ?? '';
    const associations = this.current.eksParts.get(arn)?.associations;
    if (!associations) throw new Error(`Cannot find cluster ${cluster}: add it to the account first`);
    const ownArn = associationArnOf(arn, `${namespace}/${serviceAccount}`);
    associations.push({
      id: ownArn.split('/').at(-1) ?? '',
      arn: ownArn,
      namespace,
      serviceAccount,
      roleArn: this.#roleArn(role),
      targetRoleArn: null,
      disableSessionTags: options.disableSessionTags ?? false,
      createdAt: createdAt.toISOString(),
      modifiedAt: createdAt.toISOString(),
    });
    return this;
  }

  /** Of the account's role of this name, which need not exist. */
  #roleArn(name: string): string {
    const { id, partition, roles } = this.current;
    return roles.find((role) => role.name === name)?.arn ?? roleArn(id, name, '/', partition);
  }

  /** Puts a caller into the cluster that it calls from, unless the world says itself what is there. */
  #addCaller({ provider, subject, roleArn, audience }: Caller): void {
    const issuer = `https://${provider.split(':oidc-provider/')[1] ?? ''}`;
    const name = parseSubject(subject);
    const account = this.#world.accounts.find(({ clusters }) =>
      clusters.some((one) => one.issuer === issuer),
    );
    const cluster = account?.clusters.find((one) => one.issuer === issuer);
    const contents = account?.contents.get(cluster?.arn ?? '');
    const isThere = contents?.serviceAccounts.some(
      (one) => one.namespace === name?.namespace && one.name === name.name,
    );
    if (!contents || !name || isThere) return;
    const annotations = audience === 'sts.amazonaws.com' ? {} : { [audienceAnnotation]: audience };
    const options = { cluster: '', namespace: name.namespace, serviceAccount: name.name, annotations };
    const workload = workloadOf(options, roleArn, { createdAt: this.daysAgo(60) });
    contents.serviceAccounts.push(workload.account);
    contents.pods.push(...workload.pods);
  }

  /** What runs in a cluster of the account, to be spoilt. */
  #contentsOf(cluster: string): ClusterContents {
    const arn = this.current.clusters.find(({ name }) => name === cluster)?.arn ?? '';
    const contents = this.current.contents.get(arn);
    if (!contents) throw new Error(`Cannot find cluster ${cluster}: add it to the account first`);
    return contents;
  }

  /** An action that the account's callers may not call. */
  refuse(action: string, options: Omit<Refusal, 'action'> = {}): this {
    this.current.refusals.push({ action, ...options });
    return this;
  }

  /** What the organization lets the account's roles do at most. */
  serviceControlPolicy(policy: NonNullable<Account['serviceControlPolicy']>): this {
    this.current.serviceControlPolicy = policy;
    return this;
  }

  topic(name: string, region: string): this {
    const { id, partition, topics } = this.current;
    topics.push(`arn:${partition}:sns:${region}:${id}:${name}`);
    return this;
  }

  /** An address or a domain that SES may send from. */
  mailIdentity(identity: string): this {
    this.current.mailIdentities.push(identity);
    return this;
  }

  bucket(name: string): this {
    this.current.buckets.push(name);
    return this;
  }

  behaviour(behaviour: Partial<Behaviour>): this {
    Object.assign(this.#world.behaviour, behaviour);
    return this;
  }

  /** The account that was opened last. */
  get current(): Account {
    if (!this.#account) throw new Error('Cannot add to the world: open an account first');
    return this.#account;
  }

  daysAgo(days: number): Date {
    return this.minutesAgo(days * 24 * 60);
  }

  minutesAgo(minutes: number): Date {
    return new Date(this.now.getTime() - minutes * 60_000);
  }

  #call(calls: AnyCall): Omit<WebIdentityCall, 'time' | 'seed'> {
    const { id, partition } = this.current;
    const global = calls.endpoint === 'global';
    const region = global ? 'us-east-1' : (calls.region ?? regionOfIssuer(calls.issuer) ?? 'us-east-1');
    return {
      account: id,
      region,
      roleArn: calls.role.startsWith('arn:') ? calls.role : this.#roleArn(calls.role),
      subject: calls.subject,
      provider: providerArn(id, calls.issuer, partition),
      audience: calls.audience ?? 'sts.amazonaws.com',
      sessionName: calls.sessionName ?? 'aws-go-sdk-1767225600000000000',
      durationSeconds: calls.durationSeconds,
      sourceIp: calls.sourceIp ?? '52.17.88.201',
      userAgent: calls.userAgent ?? goAgent,
      host: global ? 'sts.amazonaws.com' : `sts.${region}.amazonaws.com`,
      vpcEndpointId: calls.vpcEndpointId,
      error: calls.error,
    };
  }
}

/** As CloudTrail tells of a refusal: it never says why. */
export function refused({ errorCode, errorMessage, ...calls }: DeniedOptions): AnyCall {
  const error = { code: errorCode ?? 'AccessDenied', message: errorMessage ?? 'An unknown error occurred' };
  return { ...calls, error };
}

function emptyAccount(id: string, partition: string): Account {
  return {
    id,
    partition,
    regions: [],
    clusters: [],
    eksParts: new Map(),
    contents: new Map(),
    providers: [],
    roles: [],
    history: [],
    refusals: [],
    topics: [],
    mailIdentities: [],
    buckets: [],
  };
}
