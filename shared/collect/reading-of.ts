import type { Gap, Reading } from '../observation.ts';

/** A reading of what was read: whole where nothing is missing. */
export function readingOf<T>(value: T, gaps: Gap[]): Reading<T> {
  return gaps.length === 0 ? { state: 'whole', value } : { state: 'partial', value, gaps };
}
