/** A small healthy observation of one AWS account, and the parts to build an ailing one from. */
import { createHash } from 'node:crypto';
import type {
  CallContext,
  Caller,
  Cluster,
  Denial,
  OidcProvider,
  Role,
} from '../../../shared/domain/web-identity.ts';
import type { AwsFacts, Observation, Place, Reading } from '../../../shared/observation.ts';

export const account = '111122223333';
export const otherAccount = '444455556666';
export const time = '2026-01-01T06:00:00Z';
export const region = 'eu-west-1';

/** The issuer of a cluster, an id made from its name. */
export function issuerOf(name: string, inRegion = region): string {
  const id = createHash('md5').update(`${inRegion}/${name}`).digest('hex').toUpperCase();
  return `https://oidc.eks.${inRegion}.amazonaws.com${inRegion.startsWith('cn-') ? '.cn' : ''}/id/${id}`;
}

/** IAM's name of an issuer: without `https://`. */
export function nameOf(issuer: string): string {
  return issuer.replace('https://', '');
}

export function cluster(name: string, changes: Partial<Cluster> = {}): Cluster {
  const inRegion = changes.region ?? region;
  return {
    name,
    arn: `arn:aws:eks:${inRegion}:${account}:cluster/${name}`,
    account,
    region: inRegion,
    status: 'ACTIVE',
    version: '1.34',
    issuer: issuerOf(name, inRegion),
    endpoint: null,
    createdAt: '2025-06-01T00:00:00Z',
    tags: {},
    healthIssues: [],
    ...changes,
  };
}

export const prod = cluster('prod');
export const prodIssuer = issuerOf('prod');
export const prodProvider = providerArn(prodIssuer);
/** A cluster that is gone: nothing has this issuer. */
export const blueIssuer = issuerOf('prod-blue');
export const githubIssuer = 'https://token.actions.githubusercontent.com';

export function providerArn(issuer: string, inAccount = account, partition = 'aws'): string {
  return `arn:${partition}:iam::${inAccount}:oidc-provider/${nameOf(issuer)}`;
}

export function provider(issuer: string, changes: Partial<OidcProvider> = {}): OidcProvider {
  return {
    arn: providerArn(issuer),
    url: nameOf(issuer),
    clientIds: ['sts.amazonaws.com'],
    createdAt: '2025-06-01T00:00:00Z',
    ...changes,
  };
}

export function roleArn(name: string, path = '/', inAccount = account): string {
  return `arn:aws:iam::${inAccount}:role${path}${name}`;
}

export function role(name: string, trustPolicy: unknown, changes: Partial<Role> = {}): Role {
  const path = changes.path ?? '/';
  return {
    arn: roleArn(name, path),
    name,
    path,
    trustPolicy,
    maxSessionDuration: 3600,
    createdAt: '2025-07-01T00:00:00Z',
    ...changes,
  };
}

export type Json = Record<string, unknown>;

/** `system:serviceaccount:<namespace>:<name>` of `namespace/name`. */
export function sa(name: string): string {
  return `system:serviceaccount:${name.replace('/', ':')}`;
}

export function policy(...statements: Json[]): Json {
  return { Version: '2012-10-17', Statement: statements };
}

/** An Allow of AssumeRoleWithWebIdentity for the tokens of an issuer. */
export function allow(issuer: string, Condition: Json, changes: Json = {}): Json {
  return {
    Effect: 'Allow',
    Principal: { Federated: providerArn(issuer) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition,
    ...changes,
  };
}

/** The statement that the EKS documentation asks for. */
export function allowSubject(
  issuer: string,
  subject: string | string[],
  audience: string | string[] = 'sts.amazonaws.com',
  changes: Json = {},
): Json {
  const keys = { [`${nameOf(issuer)}:sub`]: subject, [`${nameOf(issuer)}:aud`]: audience };
  return allow(issuer, { StringEquals: keys }, changes);
}

export function trusts(issuer: string, subject: string | string[], audience?: string | string[]): Json {
  return policy(allowSubject(issuer, subject, audience));
}

/** A trust in an AWS service: nothing of web identity. */
export function trustsService(service: string): Json {
  return policy({
    Effect: 'Allow',
    Principal: { Service: service },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
  });
}

const latest: CallContext = {
  eventId: '00000000-0000-4000-8000-000000000001',
  time: '2026-01-01T05:00:00Z',
  sourceIp: '203.0.113.10',
  vpcEndpointId: null,
  sessionName: 'app-session',
  durationSeconds: null,
  userAgent: 'Boto3/1.35.8 md/Botocore#1.35.8',
  host: `sts.${region}.amazonaws.com`,
  region,
};

/** shop/cart of prod, refused the role app. */
export function denial(changes: Partial<Denial> = {}, call: Partial<CallContext> = {}): Denial {
  return {
    roleArn: roleArn('app'),
    subject: sa('shop/cart'),
    provider: prodProvider,
    audience: 'sts.amazonaws.com',
    errorCode: 'AccessDenied',
    errorMessage: 'An unknown error occurred',
    events: 12,
    firstSeen: '2026-01-01T01:00:00Z',
    lastSeen: '2026-01-01T05:00:00Z',
    sampleEventIds: ['00000000-0000-4000-8000-000000000001'],
    regions: [region],
    latest: { ...latest, ...call },
    sourceIps: ['203.0.113.10'],
    ...changes,
  };
}

/** shop/cart of prod, given the role app. */
export function caller(changes: Partial<Caller> = {}): Caller {
  return {
    roleArn: roleArn('app'),
    subject: sa('shop/cart'),
    provider: prodProvider,
    audience: 'sts.amazonaws.com',
    events: 24,
    lastSeen: '2026-01-01T05:30:00Z',
    longestDurationSeconds: null,
    ...changes,
  };
}

export type Account = AwsFacts['serviceAccounts'][string][number];

/** A service account, `namespace/name`. */
export function serviceAccount(name: string, annotations: Record<string, string> = {}): Account {
  const [namespace = '', own = ''] = name.split('/');
  return { namespace, name: own, annotations, createdAt: '2025-07-01T00:00:00Z' };
}

/** What differs from the healthy account; every fact is read wholly. */
export interface Differences {
  clusters?: Cluster[];
  regionsRead?: string[];
  otherAccountsIssuers?: string[];
  allAccountsRead?: boolean;
  providers?: OidcProvider[];
  roles?: Role[];
  named?: AwsFacts['namedRoles'];
  denials?: Denial[];
  /** By role name. */
  trustChanges?: Record<string, string>;
  callers?: Caller[];
  /** Besides the clusters' issuers, which answer. */
  discovery?: AwsFacts['issuerDiscovery'];
  serviceAccounts?: AwsFacts['serviceAccounts'];
  /** Any other fact of workloads, network and permissions; there is nothing in them by default. */
  facts?: Partial<AwsFacts>;
  place?: Partial<Place>;
}

/** prod with its provider, and the role app that shop/cart may assume, with what differs. */
export function observe(differences: Differences = {}): Observation {
  const { clusters = [prod], regionsRead = [region] } = differences;
  const discovery = Object.fromEntries(
    clusters.flatMap(({ issuer }) => (issuer ? [[issuer, { state: 'answers' as const }]] : [])),
  );
  return {
    place: { cloud: 'aws', account, partition: 'aws', ...differences.place },
    time,
    window: { from: '2025-12-31T06:00:00Z', to: time },
    regions: [region],
    readings: {
      clusters: whole({
        clusters,
        regionsRead,
        otherAccountsIssuers: differences.otherAccountsIssuers ?? [],
        allAccountsRead: differences.allAccountsRead ?? false,
      }),
      oidcProviders: whole(differences.providers ?? [provider(prodIssuer)]),
      roles: whole(differences.roles ?? [role('app', trusts(prodIssuer, sa('shop/cart')))]),
      namedRoles: whole(differences.named ?? {}),
      denials: whole({
        denials: differences.denials ?? [],
        callers: differences.callers ?? [],
        events: 100,
        unparsed: 0,
        ...(differences.trustChanges && { trustChanges: differences.trustChanges }),
      }),
      issuerDiscovery: whole({ ...discovery, ...differences.discovery }),
      serviceAccounts: whole(differences.serviceAccounts ?? {}),
      ...readings({ ...nothing, ...differences.facts }),
    },
  };
}

const noDenials = { denials: [], events: 0, unparsed: 0 };

/** The facts of workloads, network and permissions, read wholly, in an account that has nothing of it. */
const nothing: Partial<AwsFacts> = {
  podGroups: {},
  kubernetesNodes: {},
  clusterDns: {},
  podWebhooks: {},
  podIdentityAssociations: {},
  addons: {},
  nodegroups: {},
  insights: {},
  networks: {},
  serviceDenials: noDenials,
  permissionChecks: {},
  podIdentityDenials: noDenials,
  nodeRoleCalls: [],
};

function readings(facts: Partial<AwsFacts>): Observation['readings'] {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, whole(value)]));
}

function whole<T>(value: T): Reading<T> {
  return { state: 'whole', value };
}

/** The account's only role, app, with this trust policy, and what differs. */
export function observeApp(trustPolicy: unknown, differences: Differences = {}): Observation {
  return observe({ roles: [role('app', trustPolicy)], ...differences });
}
