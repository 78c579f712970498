/** What the table tells of denials, as the facts that rules judge. */
import type { KnownReadings } from '../collect/aws/account.ts';
import type { CapturedDenial } from './captured-denial.ts';

/** The facts about these denials; those of which there is none are left out. */
export function knownReadings(captured: readonly CapturedDenial[]): KnownReadings {
  const denials = captured.filter(({ kind }) => kind === 'web-identity').map(({ denial }) => denial);
  const events = denials.reduce((sum, denial) => sum + denial.events, 0);
  return { denials: { state: 'whole', value: { denials, callers: [], events, unparsed: 0 } } };
}
