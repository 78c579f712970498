import type { Words } from '../../../words.ts';

/** What a value was, and what it is by now. */
export function wasAndIs(before: string, now: string): Words {
  return { en: `${before}, now ${now}`, ja: `${before}、現在は ${now}` };
}
