import type { Failure } from '../../../domain/google-failure.ts';
import type { Evidence } from '../../../rule.ts';
import { oneLine } from './one-line.ts';

/** What failed because of it, in GKE's own words: the first few, and how many more. */
export function failureEvidence(failures: readonly Failure[], most = 3): Evidence[] {
  const shown = failures.slice(0, most).map(({ label, message, cluster, time }) => ({
    label: 'GKE says',
    value: `${label}${cluster === null ? '' : ` (${cluster})`}${time === null ? '' : ` on ${time}`}: ${oneLine(message)}`,
  }));
  const more = failures.length - shown.length;
  return more > 0 ? [...shown, { label: 'GKE says', value: `the same in ${more} more messages` }] : shown;
}
