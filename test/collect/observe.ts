/** Reads a simulated account as the program reads a real one. */
import { makeAwsClients } from '../../functions/aws-clients.ts';
import { collectAws, type CollectAwsOptions } from '../../shared/collect/aws/account.ts';
import type { AwsFacts, Observation, Reading } from '../../shared/observation.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import type { WorldBuilder } from '../cloud/world-builder.ts';
import type { Behaviour } from '../cloud/world.ts';

export const account = '111122223333';
export const elsewhere = '444455556666';

export interface Observed {
  observation: Observation;
  calls: RunningCloud['calls'];
}

type Options = Partial<CollectAwsOptions> & {
  behaviour?: Partial<Behaviour>;
  /** Done to the cloud before it is read. */
  prepare?: (cloud: RunningCloud) => void;
  hours?: number;
  /** The caller's own region. */
  from?: string;
};

/** Starts the world, reads its account (the last day) and stops it. */
export async function observe(builder: WorldBuilder, options: Options = {}): Promise<Observed> {
  const { behaviour, prepare, hours = 24, from, ...collecting } = options;
  const cloud = await startCloud(builder.build(), { lookupsPerSecond: Infinity, ...behaviour });
  try {
    prepare?.(cloud);
    const observation = await collectAws({
      clients: clientsOf(cloud, from),
      now: builder.now,
      window: { from: builder.minutesAgo(hours * 60), to: builder.now },
      lookupRate: 1_000,
      discoveryBaseUrl: cloud.discoveryBaseUrl,
      ...collecting,
    });
    return { observation, calls: cloud.calls };
  } finally {
    await cloud.close();
  }
}

export function clientsOf(cloud: RunningCloud, region = 'eu-west-1') {
  return makeAwsClients({ endpoint: cloud.endpoint, region, credentials: cloud.credentials(account) });
}

/** A fact's reading. */
export function reading<Name extends keyof AwsFacts>(
  { observation }: Observed,
  name: Name,
): Reading<AwsFacts[Name]> {
  const found = observation.readings[name];
  if (!found) throw new Error(`${name} was not read`);
  return found;
}

/** What was read of a fact, wholly or in part. */
export function valueOf<Name extends keyof AwsFacts>(observed: Observed, name: Name): AwsFacts[Name] {
  const found = reading(observed, name);
  if (found.state === 'unread') throw new Error(`${name} is unread: ${found.gaps[0]?.why.en ?? ''}`);
  return found.value;
}

/** The gaps of a fact. */
export function gapsOf(observed: Observed, name: keyof AwsFacts) {
  const found = reading(observed, name);
  return found.state === 'whole' ? [] : found.gaps;
}
