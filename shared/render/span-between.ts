import type { Messages } from './messages/messages-in.ts';

const minuteMs = 60_000;

/** The time between two moments in ISO 8601 as people say it, `12 days`, `3 hours`; null where one is no time. */
export function spanBetween(from: string, to: string, says: Messages): string | null {
  const minutes = Math.floor((Date.parse(to) - Date.parse(from)) / minuteMs);
  if (Number.isNaN(minutes)) return null;
  if (minutes >= 2 * 24 * 60) return says.span(Math.floor(minutes / (24 * 60)), 'day');
  if (minutes >= 2 * 60) return says.span(Math.floor(minutes / 60), 'hour');
  return says.span(Math.max(0, minutes), 'minute');
}
