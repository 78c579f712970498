/** What a storm of refused calls costs the capture: writes to its table, and messages, for 10,000 events. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { captureBatch } from '../../shared/capture/capture-batch.ts';
import { openDenialsTable } from '../../shared/capture/denials-table.ts';
import type { NewsOptions } from '../../shared/capture/tell-news.ts';
import { tableAttributes } from '../../shared/deployment.ts';
import { webIdentityRecord } from '../cloud/cloudtrail-record.ts';
import { eksIssuer, providerArn, roleArn } from '../cloud/identifiers.ts';
import { startCloud } from '../cloud/start.ts';
import { world } from '../cloud/world-builder.ts';
import type { Benchmark } from './main.ts';

const account = '111122223333';
const region = 'eu-west-1';
const table = 'clusterwhy-denials';
const events = 10_000;
const batchSize = 1000;

/** Items that may be written for 10,000 events of one denial, and of a hundred. */
const mostWrites = { 1: 50, 100: 3000 } as const;

/** Write units (1 KB each) for one denial: what remembers the events is written anew with each batch. */
const mostUnits = 1500;

export async function benchCapture(): Promise<Benchmark> {
  const one = await storm(1);
  const many = await storm(100);
  const line = (denials: number, { writes, units, messages }: Storm) =>
    `${events} events of ${denials} denials: ${writes} items written in ${units} units, ${messages} message`;
  return {
    name: 'Writes of the capture for a storm',
    lines: [
      `${line(1, one)} (at most ${mostWrites[1]} and ${mostUnits})`,
      `${line(100, many)} (at most ${mostWrites[100]})`,
    ],
    holds:
      one.writes <= mostWrites[1] &&
      one.units <= mostUnits &&
      many.writes <= mostWrites[100] &&
      one.messages === 1 &&
      many.messages === 1,
  };
}

interface Storm {
  writes: number;
  units: number;
  messages: number;
}

/** Two batches at a time, as the deployed function gets them. */
async function storm(denials: number): Promise<Storm> {
  const cloud = await startCloud(
    world()
      .account(account, { regions: [region] })
      .build(),
  );
  const keys: [string, string] = [tableAttributes.partition, tableAttributes.name];
  const simulated = { keys, items: new Map(), writes: 0, writeUnits: 0 };
  cloud.state.tables.set(table, simulated);
  const client = new DynamoDBClient(cloud.clientOptions(account, region));
  let messages = 0;
  const options: NewsOptions = {
    table: openDenialsTable(client, table),
    explain: async () => ({ key: 'reports/bench.json', causes: [{ id: 'cause', denials: [] }] }),
    publish: async () => void (messages += 1),
    messagesAnHour: 1,
    coolDownHours: 1,
    leaseMs: 60_000,
    now: () => new Date(),
  };
  try {
    const batches = Array.from({ length: events / batchSize }, (_, index) => batch(index, denials));
    const lane = async () => {
      for (let next = batches.shift(); next; next = batches.shift()) {
        const { failed } = await captureBatch(next, options);
        if (failed[0]) throw new Error('A batch of the bench failed', { cause: failed[0].error });
      }
    };
    await Promise.all([lane(), lane()]);
    return { writes: simulated.writes, units: simulated.writeUnits, messages };
  } finally {
    client.destroy();
    await cloud.close();
  }
}

function batch(index: number, denials: number) {
  return Array.from({ length: batchSize }, (_, position) => {
    const number = index * batchSize + position;
    return { messageId: `message-${number}`, body: body(number, `workload-${number % denials}`) };
  });
}

function body(number: number, workload: string): string {
  const detail = webIdentityRecord({
    account,
    region,
    time: new Date(),
    roleArn: roleArn(account, workload),
    subject: `system:serviceaccount:shop:${workload}`,
    provider: providerArn(account, eksIssuer(region, 'prod')),
    audience: 'sts.amazonaws.com',
    sessionName: 'session',
    sourceIp: '52.17.88.201',
    userAgent: 'aws-sdk-go-v2/1.36.3',
    host: `sts.${region}.amazonaws.com`,
    error: { code: 'AccessDenied', message: 'An unknown error occurred' },
    seed: `storm ${number}`,
  });
  return JSON.stringify({ id: `id-${number}`, account, region, time: detail.eventTime, detail });
}
