/** The capture on this machine: its handlers over a simulated AWS, behind a queue, on a clock of the test's. */
import { jest } from '@jest/globals';
import { handler as audit } from '../../functions/audit.ts';
import { handler as capture } from '../../functions/capture.ts';
import { handler as digest } from '../../functions/digest.ts';
import { tableAttributes } from '../../shared/deployment.ts';
import { environment } from '../../shared/settings.ts';
import { webIdentityRecord, type CloudTrailRecord } from '../cloud/cloudtrail-record.ts';
import type { SimulatedTable } from '../cloud/cloud-state.ts';
import { eksIssuer, providerArn, roleArn } from '../cloud/identifiers.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { trusts } from '../cloud/trust.ts';
import { world } from '../cloud/world-builder.ts';
import { contextWith, functionEnvironment, withEnvironment } from '../functions/function-environment.ts';
import { SimulatedQueue, type Consumer } from './simulated-queue.ts';

export const account = '111122223333';
export const region = 'eu-west-1';
export const issuer = eksIssuer(region, 'prod');
export const tableName = 'clusterwhy-denials';
const provider = providerArn(account, issuer);

/** When the clock of a test begins. */
export const start = new Date('2026-03-02T09:00:00Z');

/** Workloads whose roles' trust policies misspell their subjects. */
export const workloads = ['cart', 'search', 'mail', 'billing', 'stock'] as const;

export interface Capture {
  cloud: RunningCloud;
  table: SimulatedTable;
  queue: SimulatedQueue;
  /** Moves the clock on. */
  pass(seconds: number): void;
  invoke: Consumer;
  deliver(): Promise<number>;
  /** What the table keeps of the denials. */
  denials(): Record<string, unknown>[];
  reset(): void;
  close(): Promise<void>;
}

export async function startCapture(limits: {
  messagesAnHour: number;
  coolDownHours: number;
}): Promise<Capture> {
  jest.useFakeTimers({ now: start, doNotFake: [...realTimers] });
  const cloud = await startCloud(brokenTrust());
  const restore = withEnvironment({
    ...functionEnvironment(cloud),
    CLUSTERWHY_MAIL_FROM: 'clusterwhy@shop.example',
    CLUSTERWHY_MAIL_TO: 'ops@shop.example',
    [environment.kubernetes]: 'never',
    [environment.denialsTable]: tableName,
    [environment.captureRegions]: `${region},us-east-1`,
    [environment.auditFunction]: 'audit',
    [environment.digestFunction]: 'digest',
    [environment.messagesAnHour]: String(limits.messagesAnHour),
    [environment.coolDownHours]: String(limits.coolDownHours),
  });
  const time = contextWith(280_000);
  cloud.state.functions.set('audit', (event) => audit(event, time));
  cloud.state.functions.set('digest', (event) => digest(event, time));
  const table = emptyTable();
  cloud.state.tables.set(tableName, table);
  const running: Capture = {
    cloud,
    table,
    queue: makeQueue(),
    pass: (seconds) => void jest.setSystemTime(Date.now() + seconds * 1000),
    invoke: (event) => capture(event, { ...time, awsRequestId: 'request' }),
    deliver: () => running.queue.deliver(running.invoke),
    denials: () => documentsOf(table, 'denial'),
    reset() {
      jest.setSystemTime(start);
      running.queue = makeQueue();
      Object.assign(table, emptyTable());
      cloud.sns.length = 0;
      cloud.ses.length = 0;
      cloud.s3.get('clusterwhy-reports')?.clear();
      cloud.state.faults.clear();
      cloud.calls.length = 0;
    },
    async close() {
      restore();
      await cloud.close();
      jest.useRealTimers();
    },
  };
  return running;
}

/** Only the calendar is the test's: servers and the SDK wait as they do. */
const realTimers = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'requestAnimationFrame',
  'cancelAnimationFrame',
  'requestIdleCallback',
  'cancelIdleCallback',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

function makeQueue(): SimulatedQueue {
  return new SimulatedQueue({ visibilitySeconds: 1800, maxReceiveCount: 5, batchSize: 1000 }, () =>
    Date.now(),
  );
}

function emptyTable(): SimulatedTable {
  const keys: SimulatedTable['keys'] = [tableAttributes.partition, tableAttributes.name];
  return { keys, items: new Map(), writes: 0, writeUnits: 0 };
}

export function documentsOf({ items }: SimulatedTable, partition: string): Record<string, unknown>[] {
  return [...items.values()]
    .filter((item) => item[tableAttributes.partition]?.['S'] === partition)
    .map((item) => JSON.parse(item[tableAttributes.document]?.['S'] ?? 'null') as Record<string, unknown>);
}

function brokenTrust() {
  const broken = world({ now: start })
    .account(account, { regions: [region, 'us-east-1'] })
    .topic('clusterwhy', region)
    .mailIdentity('shop.example')
    .bucket('clusterwhy-reports')
    .cluster({ name: 'prod', region })
    .provider({ issuer });
  for (const name of workloads)
    broken.role({ name: `shop-${name}`, trust: trusts(provider, `system:serviceaccount:shop/${name}`) });
  const built = broken.behaviour({ lookupsPerSecond: 1000 }).build();
  for (const one of built.accounts) one.trails = [{ ...trail }];
  return built;
}

/** Logs every region. */
export const trail = { name: 'all', region, isMultiRegion: true, isLogging: true };

export interface RefusedCall {
  /** Tells one event from another: the same number is the same event. */
  number: number;
  workload?: string;
  /** Of the record; the test's clock where absent. */
  time?: Date;
  region?: string;
  errorCode?: string;
  audience?: string;
}

/** The record of a call that STS refused. */
export function refusedRecord({ number, workload = 'cart', ...call }: RefusedCall): CloudTrailRecord {
  return webIdentityRecord({
    account,
    region: call.region ?? region,
    time: call.time ?? new Date(),
    roleArn: roleArn(account, `shop-${workload}`),
    subject: `system:serviceaccount:shop:${workload}`,
    provider,
    audience: call.audience ?? 'sts.amazonaws.com',
    sessionName: 'session',
    sourceIp: '52.17.88.201',
    userAgent: 'aws-sdk-go-v2/1.36.3',
    host: `sts.${call.region ?? region}.amazonaws.com`,
    error: { code: call.errorCode ?? 'AccessDenied', message: 'An unknown error occurred' },
    seed: `event-${number}`,
  });
}

/** As EventBridge delivers it: docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html */
export function asEvent(record: Partial<CloudTrailRecord>): Record<string, unknown> {
  return {
    version: '0',
    id: `delivery-${String(record.eventID)}`,
    'detail-type': 'AWS API Call via CloudTrail',
    source: `aws.${String(record.eventSource).split('.')[0]}`,
    account,
    time: record.eventTime,
    region: record['awsRegion'] ?? region,
    resources: [],
    detail: record,
  };
}

export function refusedEvent(call: RefusedCall): string {
  return JSON.stringify(asEvent(refusedRecord(call)));
}
