/** One denial as the table keeps it: what was refused, how often, and whether people have been told. */
import { createHash } from 'node:crypto';
import { joinDenials, type AnyDenial, type DenialKind } from './denial-of-record.ts';
import type { CapturedEvent } from './captured-event.ts';

export interface CapturedDenial {
  id: string;
  account: string;
  kind: DenialKind;
  /** With the counts since it was first seen, or came back. */
  denial: AnyDenial;
  /** Events by the hour in which they were made, `2026-01-01T06`: those of the last days. */
  hours: Record<string, number>;
  /** `owed` until people were told, or the limit of messages held it back, or no rule explained its run. */
  news: 'owed' | 'told' | 'held back' | 'unexplained';
  /** When a report said that it is no more, ISO 8601; null where none did. */
  resolvedAt: string | null;
  /** The run that explains it; null where none has begun. */
  run: CapturedRun | null;
}

export interface CapturedRun {
  id: string;
  /** ISO 8601. */
  startedAt: string;
  /** Until when nobody else takes it up, ISO 8601. */
  until: string;
}

/** A denial that was not seen for this long is new when it is seen again. */
const quietMs = 7 * 86_400_000;

/** A denial that was not seen for this long is forgotten. */
export const forgottenAfterMs = 30 * 86_400_000;

/** Hours whose events are counted one by one: those of the longest time between two daily audits, and more. */
const mostHours = 96;

/** The denial with further events of it; they are not yet counted in it. */
export function withEvents(known: CapturedDenial | null, events: readonly CapturedEvent[]): CapturedDenial {
  const added = events.map(({ denial }) => denial).reduce(joinDenials);
  const [first] = events;
  if (!first) throw new RangeError('Cannot count no events');
  const { denialId: id, account, kind } = first;
  const hours = counted(known?.hours ?? {}, events);
  if (!known) return { id, account, kind, denial: added, hours, ...untold };
  const denial = joinDenials(known.denial, added);
  return isBack(known, added) ? { ...known, denial, hours, ...untold } : { ...known, denial, hours };
}

const untold = { news: 'owed', resolvedAt: null, run: null } as const;

function isBack({ denial, resolvedAt }: CapturedDenial, added: AnyDenial): boolean {
  if (resolvedAt !== null && added.lastSeen > resolvedAt) return true;
  return Date.parse(added.firstSeen) - Date.parse(denial.lastSeen) > quietMs;
}

function counted(hours: Record<string, number>, events: readonly CapturedEvent[]): Record<string, number> {
  const counts = new Map(Object.entries(hours));
  for (const { time } of events) counts.set(hourOf(time), (counts.get(hourOf(time)) ?? 0) + 1);
  const newest = [...counts].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, mostHours);
  return Object.fromEntries(newest.reverse());
}

/** `2026-01-01T06`. */
function hourOf(time: string): string {
  return time.slice(0, 13);
}

/** How many of its events were made in the window; those of its first and last hour count wholly. */
export function eventsWithin({ hours }: CapturedDenial, window: { from: Date; to: Date }): number {
  const [from, to] = [hourOf(window.from.toISOString()), hourOf(window.to.toISOString())];
  return Object.entries(hours)
    .filter(([hour]) => hour >= from && hour <= to)
    .reduce((sum, [, count]) => sum + count, 0);
}

/** The id of the run that explains these denials first: the same denials in the same state give the same id. */
export function runIdOf(denials: readonly CapturedDenial[], now: Date): string {
  const parts = denials.map(({ id, denial }) => `${id}/${denial.firstSeen}/${denial.events}`).sort();
  const hash = createHash('sha256').update(parts.join(' ')).digest('hex').slice(0, 12);
  return `denials-${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${hash}`;
}
