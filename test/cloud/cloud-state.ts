/** What a running cloud holds: the world it began with, and all that was done to it since. */
import { RecordedSeries } from './event-series.ts';
import { FaultSwitch } from './fault-switch.ts';
import type { LiveCluster } from './kubernetes/api-server.ts';
import { RateLimits } from './rate-limit.ts';
import type { Account, Behaviour, Organization, World } from './world.ts';

/** Sees every allowed call before and after its effect; what it throws is the answer, and `HangUp` cuts the connection. */
export type Watch = (
  moment: 'before' | 'after',
  call: { action: string; resource: string | null },
) => void | Promise<void>;

/** Runs one execution, tells each step that begins, and throws `{error, reason}` where it fails. */
export type StateMachine = (input: unknown, onStep: (name: string) => void) => Promise<unknown>;

export interface RunningExecution {
  machineArn: string;
  startedAt: Date;
  /** Names of the states that were entered. */
  steps: string[];
  /** Null while it runs. */
  end: { status: 'SUCCEEDED'; output: string } | { status: 'FAILED'; error: string; cause: string } | null;
}

/** One call, as the log keeps it. */
export interface LoggedCall {
  /** The IAM action, `iam:ListRoles`. */
  action: string;
  account: string;
  region: string;
  /** ARN. */
  caller: string;
  /** `ok`, the code of the error, `hang-up`, or `failure` where the simulated cloud itself failed. */
  outcome: string;
  /** Milliseconds since 1970 when it arrived. */
  at: number;
}

export interface PublishedMessage {
  messageId: string;
  topicArn: string;
  subject: string | null;
  message: string;
  messageStructure: string | null;
  attributes: Record<string, { type: string; value: string }>;
}

export interface SentMail {
  messageId: string;
  region: string;
  from: string;
  to: string[];
  cc: string[];
  bcc: string[];
  subject: string | null;
  text: string | null;
  html: string | null;
  /** The whole message, where the sender wrote it. */
  raw: Buffer | null;
}

export interface StoredObject {
  body: Buffer;
  /** In its quotes. */
  etag: string;
  contentType: string;
  lastModified: Date;
  metadata: Record<string, string>;
}

/** Attributes by name, each `{type: value}` as they travel. */
export type TableItem = Record<string, Record<string, string>>;

export interface SimulatedTable {
  /** Names of the partition key and the sort key. */
  keys: [partition: string, sort: string];
  items: Map<string, TableItem>;
  /** Items that were written, and the units that AWS would charge for them. */
  writes: number;
  writeUnits: number;
}

/** An account whose content may change, and what was recorded in it while the cloud ran. */
export interface LiveAccount extends Account {
  /** By region. */
  recorded: Map<string, RecordedSeries>;
}

export interface CloudState {
  /** The world's `now`. */
  builtFor: Date;
  accounts: Map<string, LiveAccount>;
  organization: Organization | null;
  liveIssuers: Set<string>;
  behaviour: Behaviour;
  calls: LoggedCall[];
  faults: FaultSwitch;
  watch: Watch | null;
  /** Outputs of CloudFormation stacks, by name. */
  stacks: Map<string, Record<string, string>>;
  /** State machines by ARN. */
  stateMachines: Map<string, StateMachine>;
  /** By ARN. */
  executions: Map<string, RunningExecution>;
  /** DynamoDB tables by name. */
  tables: Map<string, SimulatedTable>;
  /** Lambda functions by name. */
  functions: Map<string, (event: unknown) => Promise<unknown>>;
  lookups: RateLimits;
  /** Roles' sessions, by access key id. */
  sessions: Map<string, { account: string; arn: string; expires: number; secretAccessKey: string }>;
  /** Clusters whose API servers run, by ARN. */
  kubernetes: Map<string, LiveCluster>;
  published: PublishedMessage[];
  mails: SentMail[];
  /** Objects by bucket and key. */
  buckets: Map<string, Map<string, StoredObject>>;
}

/** Takes a copy of the world, so that another cloud may start from the same. */
export function openState(world: World, behaviour: Partial<Behaviour> = {}): CloudState {
  const accounts = world.accounts.map(openAccount);
  return {
    builtFor: world.now,
    accounts: new Map(accounts.map((account) => [account.id, account])),
    organization: world.organization ?? null,
    liveIssuers: new Set(world.liveIssuers),
    behaviour: { ...world.behaviour, ...behaviour },
    calls: [],
    faults: new FaultSwitch(),
    watch: null,
    stacks: new Map(),
    stateMachines: new Map(),
    executions: new Map(),
    tables: new Map(),
    functions: new Map(),
    lookups: new RateLimits(),
    sessions: new Map(),
    kubernetes: new Map(),
    published: [],
    mails: [],
    buckets: new Map(world.accounts.flatMap(({ buckets }) => buckets.map((name) => [name, noObjects()]))),
  };
}

function noObjects(): Map<string, StoredObject> {
  return new Map();
}

function openAccount(account: Account): LiveAccount {
  const recorded = new Map(account.regions.map(({ name }) => [name, new RecordedSeries()]));
  const live = [...recorded].map(([region, series]) => ({ region, series }));
  return {
    ...account,
    regions: account.regions.map((region) => ({ ...region })),
    clusters: account.clusters.map((cluster) => ({ ...cluster })),
    contents: structuredClone(account.contents),
    eksParts: structuredClone(account.eksParts),
    providers: account.providers.map((provider) => ({ ...provider, clientIds: [...provider.clientIds] })),
    roles: account.roles.map((role) => ({ ...role, policies: { ...role.policies } })),
    history: [...account.history, ...live],
    refusals: [...account.refusals],
    topics: [...account.topics],
    mailIdentities: [...account.mailIdentities],
    recorded,
  };
}
