/** A world with more events than anyone should hold in memory; each is made when it is asked for. */
import { trusts } from '../trust.ts';
import { refused, world, type AnyCall, type WorldBuilder } from '../world-builder.ts';
import type { World } from '../world.ts';
import { prod, prodIssuer, serviceAccount } from './faulty/names.ts';
import { shop, shopAccount } from './healthy.ts';

export interface LargeOptions {
  now?: Date;
  events?: number;
  /** How many workloads are denied; each is a distinct denial. */
  deniedWorkloads?: number;
  /** How many workloads are let in. */
  healthyWorkloads?: number;
}

/**
 * One day of one region: the workloads call in turn, so each has `events` divided by the number of workloads
 * (and one more where it does not divide evenly, the first ones first).
 */
export function largeWorld(options: LargeOptions = {}): World {
  const { events = 1_000_000, deniedWorkloads = 200, healthyWorkloads = 300 } = options;
  const large = world(options);
  shopAccount(large);
  const denied = addRoles(large, 'denied', deniedWorkloads, 'nobody').map(refused);
  const healthy = addRoles(large, 'healthy', healthyWorkloads, null);
  large.inTurn([...denied, ...healthy], { count: events, minutesAgo: { from: 1430, to: 5 } });
  return large.account(shop).behaviour({ lookupsPerSecond: Infinity, pageSize: 100 }).build();
}

/** Roles that trust a service account of their own, or the one that is named instead, and the calls for them. */
function addRoles(world: WorldBuilder, kind: string, count: number, trusted: string | null): AnyCall[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `${kind}-${index}`;
    const subject = serviceAccount('large', name);
    world.role({ name, trust: trusts(prod, trusted ? serviceAccount('large', trusted) : subject) });
    return { role: name, subject, issuer: prodIssuer };
  });
}
