/** The healthy world, seen by an auditor that nobody gave anything. */
import type { GoogleWorld } from '../world.ts';
import { healthyWorld } from './healthy.ts';

/** Takes these permissions from the auditor; in one project a perimeter closes everything. */
export function deniedWorld(now: Date, permissions: readonly string[]): GoogleWorld {
  const world = healthyWorld(now);
  for (const permission of permissions) world.refuse(permission);
  world.perimeter.add('web-prod');
  return world;
}
