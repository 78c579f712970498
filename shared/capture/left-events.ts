/** Refused calls of denials beyond those that a batch keeps: only how many they were, by hour, is remembered. */
import type { CapturedEvent } from './captured-event.ts';
import { inTurns } from './count-events.ts';
import type { DenialsTable, TableKey } from './denials-table.ts';

/** Long enough for the next audits to tell it. */
const keptMs = 7 * 86_400_000;

const key: TableKey = { partition: 'messages', name: 'left' };

type Left = Record<string, number>;

/** Counts events that were left out; copies of them count again. */
export async function countLeft(
  table: DenialsTable,
  events: readonly CapturedEvent[],
  now: Date,
): Promise<void> {
  await inTurns('count the calls that were left out', async () => {
    const { version, document } = await table.read(key, now);
    const left = { ...(document as Left | null) };
    for (const { time } of events) {
      const hour = time.slice(0, 13);
      left[hour] = (left[hour] ?? 0) + 1;
    }
    const recent = Object.entries(left).sort(([a], [b]) => (a < b ? 1 : -1));
    const change = { key, over: version, document: Object.fromEntries(recent.slice(0, mostHours)) };
    const isWritten = await table.write([{ ...change, expiresAt: new Date(now.getTime() + keptMs) }]);
    return isWritten || null;
  });
}

const mostHours = 168;

/** How many events were left out in the window. */
export async function leftWithin(
  table: DenialsTable,
  window: { from: Date; to: Date },
  now: Date,
): Promise<number> {
  const { document } = await table.read(key, now);
  const [from, to] = [window.from.toISOString().slice(0, 13), window.to.toISOString().slice(0, 13)];
  return Object.entries((document as Left | null) ?? {})
    .filter(([hour]) => hour >= from && hour <= to)
    .reduce((sum, [, count]) => sum + count, 0);
}
