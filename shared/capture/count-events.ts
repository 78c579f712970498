/** Counts refused calls in the table: each once, however often it is delivered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { forgottenAfterMs, withEvents, type CapturedDenial } from './captured-denial.ts';
import type { CapturedEvent } from './captured-event.ts';
import type { DenialsTable, TableChange, TableKey } from './denials-table.ts';
import { rememberedMs, SeenEvents, spanOf } from './seen-events.ts';

/** Turns at a document that others change at the same time. */
const mostTurns = 12;

/** Spans of ten minutes that are counted in one write; the table takes a hundred documents in one. */
const mostSpans = 20;

export interface Counted {
  denial: CapturedDenial;
  /** Events that were counted now; the others had been. */
  fresh: number;
}

/** Counts the events of one denial. Nothing is counted where it throws, or what was counted is known as such. */
export async function countEvents(
  table: DenialsTable,
  events: readonly CapturedEvent[],
  now: Date,
): Promise<Counted> {
  const spans = [...groupBy(events, ({ time }) => spanOf(time))].sort(([a], [b]) => (a < b ? -1 : 1));
  const parts: Counted[] = [];
  for (let start = 0; start < spans.length; start += mostSpans)
    parts.push(await countSpans(table, spans.slice(start, start + mostSpans), now));
  const last = parts.at(-1);
  if (!last) throw new RangeError('Cannot count no events');
  return { denial: last.denial, fresh: parts.reduce((sum, { fresh }) => sum + fresh, 0) };
}

type Span = [span: string, events: readonly CapturedEvent[]];

async function countSpans(table: DenialsTable, spans: readonly Span[], now: Date): Promise<Counted> {
  const id = spans[0]?.[1][0]?.denialId ?? '';
  return inTurns(`count the denial ${id}`, async () => {
    const [known, ...seen] = await Promise.all([
      table.read(denialKey(id), now),
      ...spans.map(([span]) => table.read(seenKey(id, span), now)),
    ]);
    const unseen = spans.map(([span, events], index) => {
      const ids = new SeenEvents(seen[index]?.bytes ?? null);
      return { span, ids, fresh: events.filter(({ eventId }) => ids.add(eventId)) };
    });
    const before = known.document as CapturedDenial | null;
    const fresh = unseen.flatMap((one) => one.fresh);
    if (fresh.length === 0 && before) return { denial: before, fresh: 0 };
    // What was seen and is no longer in the table was taken out by hand: it begins anew.
    const added = fresh.length > 0 ? fresh : spans.flatMap(([, events]) => events);
    const denial = withEvents(before, added);
    const remembered = unseen
      .filter((one) => one.fresh.length > 0)
      .map(({ span, ids }): TableChange => ({
        key: seenKey(id, span),
        over: null,
        document: null,
        bytes: ids.toBytes(),
        expiresAt: new Date(now.getTime() + rememberedMs),
      }));
    const isWritten = await table.write([changeOf(denial, known.version, now), ...remembered]);
    return isWritten ? { denial, fresh: added.length } : null;
  });
}

/**
 * Changes a denial; `change` is called with what is there until nobody came between, and answers null where nothing is
 * to be changed. Null where the denial is not there, or was not changed.
 */
export async function changeDenial(
  table: DenialsTable,
  id: string,
  now: Date,
  change: (denial: CapturedDenial) => CapturedDenial | null,
): Promise<CapturedDenial | null> {
  const { changed } = await inTurns(`change the denial ${id}`, async () => {
    const { version, document } = await table.read(denialKey(id), now);
    const changed = document ? change(document as CapturedDenial) : null;
    if (!changed) return { changed: null };
    return (await table.write([changeOf(changed, version, now)])) ? { changed } : null;
  });
  return changed;
}

export function denialKey(id: string): TableKey {
  return { partition: 'denial', name: id };
}

function seenKey(id: string, span: string): TableKey {
  return { partition: 'seen', name: `${id}/${span}` };
}

function changeOf(denial: CapturedDenial, over: number, now: Date): TableChange {
  const seen = Math.max(now.getTime(), Date.parse(denial.denial.lastSeen));
  return {
    key: denialKey(denial.id),
    over,
    document: denial,
    expiresAt: new Date(seen + forgottenAfterMs),
  };
}

/** The items by their keys, in the order of their first. */
export function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** Tries again where another writer came between, each time after a longer wait that is drawn by lot. */
export async function inTurns<T>(action: string, attempt: () => Promise<T | null>): Promise<T> {
  for (let turn = 0; turn < mostTurns; turn++) {
    const done = await attempt();
    if (done !== null) return done;
    await sleep(Math.random() * Math.min(20 * 2 ** turn, 1000));
  }
  throw new Error(
    `Cannot ${action}: others changed it ${mostTurns} times in a row; the queue delivers it again`,
  );
}
