/** Judging: many roles and many distinct denials, at two sizes. */
import type { Denial, Role } from '../../shared/domain/web-identity.ts';
import type { Observation } from '../../shared/observation.ts';
import { makeReport } from '../../shared/report.ts';
import { rules } from '../../shared/rules/index.ts';
import type { Benchmark } from './main.ts';

const account = '111122223333';
const region = 'eu-west-1';
const issuer = `oidc.eks.${region}.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF`;
const provider = `arn:aws:iam::${account}:oidc-provider/${issuer}`;
const time = '2026-01-01T06:00:00Z';

/** Twice the size may take at most this many times as long. */
const mostGrowth = 2.6;

export async function benchEvaluation(): Promise<Benchmark> {
  judge(observe(200, 500)); // the first run also compiles
  const small = judge(observe(2_500, 10_000));
  const large = judge(observe(5_000, 20_000));
  const growth = large.ms / small.ms;
  return {
    name: 'Diagnosing 20,000 distinct denials against 5,000 roles',
    lines: [
      `${describe(small)} for 10,000 denials and 2,500 roles`,
      `${describe(large)} for 20,000 denials and 5,000 roles`,
      `twice the size takes ${growth.toFixed(2)} times as long (at most ${mostGrowth})`,
    ],
    // One finding for each role: its callers are evidence.
    holds: growth <= mostGrowth && large.findings === 5_000,
  };
}

interface Judged {
  ms: number;
  findings: number;
  denials: number;
}

function judge(observation: Observation): Judged {
  const { denials } = observation.readings;
  const started = performance.now();
  const run = { runId: 'bench', version: '0.0.0', startedAt: time, finishedAt: time };
  const { findings } = makeReport({ observations: [observation], rules, ...run });
  const count = denials?.state === 'whole' ? denials.value.denials.length : 0;
  return { ms: performance.now() - started, findings: findings.length, denials: count };
}

function describe({ ms, findings, denials }: Judged): string {
  const rate = Math.round(denials / (ms / 1000)).toLocaleString('en');
  return `${rate} denials a second (${(ms / 1000).toFixed(1)} s, ${findings.toLocaleString('en')} findings)`;
}

function observe(roleCount: number, denialCount: number): Observation {
  const roles = Array.from({ length: roleCount }, (_, index) => makeRole(index));
  const denials = Array.from({ length: denialCount }, (_, index) => makeDenial(index, index % roleCount));
  return {
    place: { cloud: 'aws', account, partition: 'aws' },
    time,
    window: { from: '2025-12-31T06:00:00Z', to: time },
    regions: [region],
    readings: {
      clusters: {
        state: 'whole',
        value: {
          clusters: [makeCluster()],
          regionsRead: [region],
          otherAccountsIssuers: [],
          allAccountsRead: false,
        },
      },
      oidcProviders: {
        state: 'whole',
        value: [{ arn: provider, url: issuer, clientIds: ['sts.amazonaws.com'], createdAt: null }],
      },
      roles: { state: 'whole', value: roles },
      namedRoles: { state: 'whole', value: {} },
      issuerDiscovery: { state: 'whole', value: { [`https://${issuer}`]: { state: 'answers' } } },
      denials: { state: 'whole', value: { denials, callers: [], events: denialCount, unparsed: 0 } },
    },
  };
}

function makeCluster() {
  return {
    name: 'prod',
    arn: `arn:aws:eks:${region}:${account}:cluster/prod`,
    account,
    region,
    status: 'ACTIVE',
    version: '1.33',
    issuer: `https://${issuer}`,
    endpoint: null,
    createdAt: null,
    tags: {},
    healthIssues: [],
  };
}

function makeRole(index: number): Role {
  const condition = {
    StringEquals: {
      [`${issuer}:sub`]: `system:serviceaccount:team-${index}:app`,
      [`${issuer}:aud`]: 'sts.amazonaws.com',
    },
  };
  const statement = {
    Effect: 'Allow',
    Principal: { Federated: provider },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: condition,
  };
  return {
    arn: `arn:aws:iam::${account}:role/app-${index}`,
    name: `app-${index}`,
    path: '/',
    trustPolicy: { Version: '2012-10-17', Statement: [statement] },
    maxSessionDuration: 3600,
    createdAt: null,
  };
}

function makeDenial(index: number, role: number): Denial {
  const latest = {
    eventId: `event-${index}`,
    time,
    sourceIp: '192.0.2.1',
    vpcEndpointId: null,
    sessionName: 'session',
    durationSeconds: null,
    userAgent: 'Boto3/1.35.8',
    host: `sts.${region}.amazonaws.com`,
    region,
  };
  return {
    roleArn: `arn:aws:iam::${account}:role/app-${role}`,
    subject: `system:serviceaccount:other-${index}:app`,
    provider,
    audience: 'sts.amazonaws.com',
    errorCode: 'AccessDenied',
    errorMessage: 'An unknown error occurred',
    events: 10,
    firstSeen: '2025-12-31T07:00:00Z',
    lastSeen: time,
    sampleEventIds: [`event-${index}`],
    regions: [region],
    latest,
    sourceIps: ['192.0.2.1'],
  };
}
