import type { Lookup } from '../../domain/google-policy.ts';
import type { Gap } from '../../observation.ts';
import type { Localized } from '../../words.ts';

/** The gap that something leaves which was looked for by name and not let be seen. */
export function lookupGap(lookup: Lookup<unknown>): Gap[] {
  return lookup.state === 'unread' ? [gapFromWhy(lookup.why)] : [];
}

/** A gap from a sentence of ours; the permission in it is the one that was refused. */
export function gapFromWhy(why: Localized): Gap {
  const missingPermission = /([a-z]+(?:\.[A-Za-z]+){2,3}) was denied to the auditor/.exec(why.en)?.[1];
  return { location: null, why, ...(missingPermission ? { missingPermission } : {}) };
}
