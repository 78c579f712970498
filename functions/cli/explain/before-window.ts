/** Whether an error is older than the events that were read. */
import type { FoundError } from '../../../shared/explain/scan-errors.ts';
import type { Report } from '../../../shared/report.ts';
import type { Session } from '../session.ts';

/** One sentence for each error whose last occurrence, where the log tells it with its zone, lies before them. */
export function beforeWindow(
  { says }: Session,
  errors: readonly FoundError[],
  { window: { from } }: Report,
): string[] {
  const times = errors.flatMap(({ last }) => (isMoment(last.time) ? [last.time] : []));
  const older = times.filter((time) => Date.parse(time) < Date.parse(from));
  return [...new Set(older)].map((time) => says.explain.live.older(time, from));
}

/** ISO 8601 with a zone: other times say nothing without the clock of the machine that logged them. */
function isMoment(time: string | null): time is string {
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/;
  return time !== null && form.test(time) && !Number.isNaN(Date.parse(time));
}
