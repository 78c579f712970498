/** A world whose CloudTrail answers as slowly as it does at its worst. */
import { trusts } from '../trust.ts';
import { world } from '../world-builder.ts';
import type { World } from '../world.ts';
import { prod, prodIssuer, serviceAccount } from './faulty/names.ts';
import { addHealthyAccounts, shop } from './healthy.ts';

/** The healthy world with `events` more calls in eu-west-1 over a day; LookupEvents takes 3.9 seconds. */
export function slowWorld(options: { now?: Date; events?: number } = {}): World {
  const slow = world(options);
  addHealthyAccounts(slow);
  const subject = serviceAccount('orders', 'api');
  slow
    .account(shop)
    .role({ name: 'orders-api', trust: trusts(prod, subject) })
    .called({
      role: 'orders-api',
      subject,
      issuer: prodIssuer,
      count: options.events ?? 5000,
      minutesAgo: { from: 1430, to: 5 },
    })
    .behaviour({ lookupLatencyMs: 3900 });
  return slow.build();
}
