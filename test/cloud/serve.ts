/**
 * Runs a simulated AWS, and with `--google` a simulated Google Cloud, as a process of its own, so that command lines can
 * talk to it and its memory is its own:
 * `npx tsx test/cloud/serve.ts faulty --events 1000 --lookups-per-second 50 --google faulty`.
 * Writes one line of JSON, the environment for a child process and the base of the discovery documents, and ends
 * when its input ends.
 */
import { parseArgs } from 'node:util';
import { gcpPermissions } from '../../shared/collect/gcp/google-project.ts';
import { startGoogleCloud } from './google/start-google-cloud.ts';
import type { GoogleWorld } from './google/world.ts';
import { deniedWorld as deniedProjects } from './google/worlds/denied.ts';
import { faultyWorld as faultyProjects } from './google/worlds/faulty.ts';
import { healthyWorld as healthyProjects } from './google/worlds/healthy.ts';
import { largeWorld as largeOrganization } from './google/worlds/large.ts';
import { startCloud } from './start.ts';
import type { Behaviour, World } from './world.ts';
import { deniedWorld } from './worlds/denied.ts';
import { faultyWorld } from './worlds/faulty.ts';
import { healthyWorld, shop } from './worlds/healthy.ts';
import { largeWorld } from './worlds/large.ts';
import { slowWorld } from './worlds/slow.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: 'string' },
    'lookups-per-second': { type: 'string' },
    'lookup-latency-ms': { type: 'string' },
    'page-size': { type: 'string' },
    google: { type: 'string' },
    projects: { type: 'string' },
  },
});

const cloud = await startCloud(chooseWorld(positionals[0] ?? 'healthy'), chooseBehaviour());
const google =
  values.google === undefined ? null : await startGoogleCloud(chooseProjects(values.google), pages());
const ready = {
  environment: { ...cloud.environment(shop), ...google?.environment() },
  discoveryBaseUrl: cloud.discoveryBaseUrl,
};
process.stdout.write(`${JSON.stringify(ready)}\n`);
process.stdin.resume().once('end', () => void Promise.all([cloud.close(), google?.close()]));

function chooseWorld(name: string): World {
  const events = values.events === undefined ? {} : { events: Number(values.events) };
  const worlds: Record<string, () => World> = {
    healthy: () => healthyWorld(),
    denied: () => deniedWorld(),
    faulty: () => faultyWorld(values.events === undefined ? {} : { stormEvents: Number(values.events) }),
    slow: () => slowWorld(events),
    large: () => largeWorld(events),
  };
  return chosenFrom(worlds, name);
}

function chooseProjects(name: string): GoogleWorld {
  const now = new Date();
  const worlds: Record<string, () => GoogleWorld> = {
    healthy: () => healthyProjects(now),
    denied: () => deniedProjects(now, gcpPermissions()),
    faulty: () => faultyProjects(now),
    large: () => largeOrganization(now, Number(values.projects ?? 200)),
  };
  return chosenFrom(worlds, name);
}

function chosenFrom<World>(worlds: Record<string, () => World>, name: string): World {
  const make = worlds[name];
  if (!make)
    throw new Error(`Cannot serve the world "${name}": choose one of ${Object.keys(worlds).join(', ')}`);
  return make();
}

/** The smallest pages are for tests of paging. */
function pages(): { largestPage: number } {
  return { largestPage: Number(values['page-size'] ?? 100) };
}

function chooseBehaviour(): Partial<Behaviour> {
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  const chosen = {
    lookupsPerSecond: number(values['lookups-per-second']),
    lookupLatencyMs: number(values['lookup-latency-ms']),
    pageSize: number(values['page-size']),
  };
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
}
