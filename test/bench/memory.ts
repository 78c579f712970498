/** Memory while events are read: it must grow with distinct denials and not with events. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { makeAwsClients } from '../../functions/aws-clients.ts';
import { collectAws } from '../../shared/collect/aws/account.ts';
import { eksIssuer } from '../cloud/identifiers.ts';
import { startCloud } from '../cloud/start.ts';
import { world } from '../cloud/world-builder.ts';

const account = '111122223333';
const region = 'us-east-1';
const hours = 24;
const distinctDenials = 200;
const sizes = [100_000, 1_000_000] as const;

/** What the process that reads says about itself. */
interface Reading {
  events: number;
  denials: number;
  peakMegabytes: number;
}

export async function benchMemory(): Promise<{ name: string; lines: string[]; holds: boolean }> {
  const readings: Reading[] = [];
  for (const events of sizes) readings.push(await readInOwnProcess(events));
  const [small, large] = readings as [Reading, Reading];
  const ratio = large.peakMegabytes / small.peakMegabytes;
  const complete = readings.every(
    ({ events, denials }, index) => events === sizes[index] && denials === distinctDenials,
  );
  return {
    name: 'Memory of reading events',
    lines: [
      ...readings.map(
        ({ events, denials, peakMegabytes }) =>
          `${events.toLocaleString('en')} events, ${denials} distinct denials: ${peakMegabytes.toFixed(0)} MB at most`,
      ),
      `ten times the events take ${ratio.toFixed(2)} times the memory (at most 1.2)`,
    ],
    holds: complete && ratio <= 1.2,
  };
}

/**
 * The cloud runs in this process and the auditor in another, so that the one's memory does not count as the other's.
 * A small nursery makes the peak show what is kept: with the default one it is mostly garbage, and varies by a fifth.
 */
async function readInOwnProcess(events: number): Promise<Reading> {
  const cloud = await startCloud(makeHistory(events), { lookupsPerSecond: Infinity, lookupLatencyMs: 0 });
  try {
    const child = spawn(
      process.execPath,
      ['--max-semi-space-size=2', '--import', 'tsx', fileURLToPath(import.meta.url), 'read'],
      {
        env: { ...process.env, ...cloud.environment(account, region) },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    const code = child.exitCode;
    if (code !== 0) throw new Error(`Cannot measure memory: the reading process ended with ${String(code)}`);
    return JSON.parse(output) as Reading;
  } finally {
    await cloud.close();
  }
}

function makeHistory(events: number) {
  const issuer = eksIssuer(region, 'prod');
  const builder = world().account(account, { regions: [region] });
  for (let pod = 0; pod < distinctDenials; pod++) {
    builder.denied({
      role: `role-${pod}`,
      subject: `system:serviceaccount:team-${pod}:app`,
      issuer,
      count: events / distinctDenials,
      minutesAgo: { from: hours * 60 - 5, to: 5 },
    });
  }
  return builder.build();
}

async function read(): Promise<Reading> {
  const now = new Date();
  const window = { from: new Date(now.getTime() - hours * 3600 * 1000), to: now };
  const { readings } = await collectAws({ clients: makeAwsClients(), now, window, lookupRate: 10_000 });
  if (readings.denials?.state !== 'whole')
    throw new Error('Cannot measure memory: the events were not all read');
  const { events, denials } = readings.denials.value;
  return { events, denials: denials.length, peakMegabytes: process.resourceUsage().maxRSS / 1024 };
}

if (process.argv[2] === 'read') process.stdout.write(JSON.stringify(await read()));
