import { plural } from './plural.ts';

/** A time as people read it, `2026-01-01 06:00 UTC`, from ISO 8601 UTC; anything else as it is. */
export function moment(iso: string): string {
  const parts = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2}(\.\d+)?)?Z$/.exec(iso);
  return parts ? `${parts[1]} ${parts[2]} UTC` : iso;
}

const minuteMs = 60_000;

/** The time between two moments in ISO 8601 as people say it, `12 days`, `3 hours`; null where one is no time. */
export function spanBetween(from: string, to: string): string | null {
  const minutes = Math.floor((Date.parse(to) - Date.parse(from)) / minuteMs);
  if (Number.isNaN(minutes)) return null;
  if (minutes >= 2 * 24 * 60) return plural(Math.floor(minutes / (24 * 60)), 'day');
  if (minutes >= 2 * 60) return plural(Math.floor(minutes / 60), 'hour');
  return plural(Math.max(0, minutes), 'minute');
}
