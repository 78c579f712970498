/** Memory and time of reading a cluster's pods: memory must grow with the groups of pods and not with the pods. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { makeAwsClients } from '../../functions/aws-clients.ts';
import { collectAws } from '../../shared/collect/aws/account.ts';
import { startCloud } from '../cloud/start.ts';
import { world } from '../cloud/world-builder.ts';
import type { Benchmark } from './main.ts';

const account = '111122223333';
const region = 'eu-west-1';
const deployments = 250;
const bytesAPod = 8 * 1024;
const sizes = [5_000, 50_000] as const;

/** Ten times the pods may take this many times the memory, and this many times the time. */
const mostMemory = 1.25;
const mostTime = 15;

/** What the process that reads says about itself. */
interface Reading {
  pods: number;
  groups: number;
  peakMegabytes: number;
  seconds: number;
}

export async function benchKubernetes(): Promise<Benchmark> {
  const readings: Reading[] = [];
  for (const pods of sizes) readings.push(await readInOwnProcess(pods));
  const [small, large] = readings as [Reading, Reading];
  const memory = large.peakMegabytes / small.peakMegabytes;
  const time = large.seconds / small.seconds;
  const isComplete = readings.every(
    ({ pods, groups }, index) => pods === sizes[index] && groups === deployments,
  );
  return {
    name: 'Reading the pods of a cluster',
    lines: [
      ...readings.map(
        ({ pods, groups, peakMegabytes, seconds }) =>
          `${pods.toLocaleString('en')} pods of ${bytesAPod / 1024} KiB in ${groups} groups: ${peakMegabytes.toFixed(0)} MB at most, ${seconds.toFixed(1)} s`,
      ),
      `ten times the pods take ${memory.toFixed(2)} times the memory (at most ${mostMemory}) and ${time.toFixed(1)} times the time (at most ${mostTime})`,
    ],
    holds: isComplete && memory <= mostMemory && time <= mostTime,
  };
}

/** As in the bench of events: the cluster in this process, the auditor in another, with a small nursery. */
async function readInOwnProcess(pods: number): Promise<Reading> {
  const cloud = await startCloud(makeCluster(pods), { pageSize: 500 });
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
    if (child.exitCode !== 0)
      throw new Error(`Cannot measure: the reading process ended with ${String(child.exitCode)}`);
    return JSON.parse(output) as Reading;
  } finally {
    await cloud.close();
  }
}

function makeCluster(pods: number) {
  const builder = world()
    .account(account, { regions: [region] })
    .cluster({ name: 'prod', region });
  for (let deployment = 0; deployment < deployments; deployment++)
    builder.workload({
      cluster: 'prod',
      namespace: `team-${deployment % 25}`,
      serviceAccount: `app-${deployment}`,
      role: `app-${deployment}`,
      pods: [{ count: pods / deployments, padding: bytesAPod }],
    });
  return builder.build();
}

async function read(): Promise<Reading> {
  const now = new Date();
  const started = performance.now();
  const { readings } = await collectAws({
    clients: makeAwsClients(),
    now,
    window: { from: new Date(now.getTime() - 60_000), to: now },
    kubernetes: true,
    facts: ['serviceAccounts', 'podGroups', 'kubernetesNodes', 'clusterDns', 'podWebhooks'],
  });
  if (readings.podGroups?.state !== 'whole') throw new Error('Cannot measure: the pods were not all read');
  const groups = Object.values(readings.podGroups.value)
    .flat()
    .filter(({ namespace }) => namespace.startsWith('team-'));
  return {
    pods: groups.reduce((sum, group) => sum + group.pods, 0),
    groups: groups.length,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
    seconds: (performance.now() - started) / 1000,
  };
}

if (process.argv[2] === 'read') process.stdout.write(JSON.stringify(await read()));
