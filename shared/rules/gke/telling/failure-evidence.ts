import type { Failure } from '../../../domain/google-failure.ts';
import type { Evidence } from '../../../rule.ts';

/** What failed because of it, in GKE's own words: the first few, and how many more. */
export function failureEvidence(failures: readonly Failure[], most = 3): Evidence[] {
  const shown = failures.slice(0, most).map(({ label, message, cluster, time }) => ({
    label: 'GKE says',
    value: `${label}${cluster === null ? '' : ` (${cluster})`}${time === null ? '' : ` on ${time}`}: ${shorten(message)}`,
  }));
  const more = failures.length - shown.length;
  return more > 0 ? [...shown, { label: 'GKE says', value: `the same in ${more} more messages` }] : shown;
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}
