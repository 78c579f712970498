/** Takes one batch of messages: counts what was refused, and tells of what is new. */
import type { CapturedDenial } from './captured-denial.ts';
import { readCapturedEvent, type CapturedEvent } from './captured-event.ts';
import { countEvents, groupBy } from './count-events.ts';
import { countLeft } from './left-events.ts';
import { tellNews, type NewsOptions } from './tell-news.ts';

export interface Message {
  messageId: string;
  body: string;
}

/** What became of a batch. */
export interface BatchOutcome {
  /** Messages that must be delivered again; those that no attempt mends end in the dead letters. */
  failed: { messageId: string; error: unknown }[];
  /** Refused calls that were counted now. */
  counted: number;
  /** Denials that are new or back. */
  news: number;
  heldBack: number;
}

/** Denials of one batch that are kept; a caller can invent any number of roles. */
const mostDenials = 100;

/** Denials that are counted side by side. */
const atATime = 8;

type Delivered = CapturedEvent & { messageId: string };

/** One message that fails keeps no other from being counted. */
export async function captureBatch(
  messages: readonly Message[],
  options: NewsOptions,
): Promise<BatchOutcome> {
  const outcome: BatchOutcome = { failed: [], counted: 0, news: 0, heldBack: 0 };
  const groups = [...groupBy(readAll(messages, outcome), ({ denialId }) => denialId).values()];
  const byEvents = groups.sort((a, b) => b.length - a.length);
  const kept = byEvents.slice(0, mostDenials);
  const denials = await countAll(kept, options, outcome);
  await leave(byEvents.slice(mostDenials).flat(), options, outcome);
  const told = await tellNews(denials, options);
  outcome.news = told.news;
  outcome.heldBack = told.heldBack;
  for (const { denials: ids, error } of told.failures) {
    const owed = new Set(ids);
    fail(
      kept.flat().filter(({ denialId }) => owed.has(denialId)),
      error,
      outcome,
    );
  }
  return outcome;
}

function readAll(messages: readonly Message[], outcome: BatchOutcome): Delivered[] {
  return messages.flatMap(({ messageId, body }) => {
    try {
      const event = readCapturedEvent(body);
      return event ? [{ ...event, messageId }] : [];
    } catch (error) {
      outcome.failed.push({ messageId, error });
      return [];
    }
  });
}

async function countAll(
  groups: readonly Delivered[][],
  { table, now }: NewsOptions,
  outcome: BatchOutcome,
): Promise<CapturedDenial[]> {
  const waiting = [...groups];
  const denials: CapturedDenial[] = [];
  const lane = async () => {
    for (let events = waiting.shift(); events; events = waiting.shift()) {
      try {
        const { denial, fresh } = await countEvents(table, events, now());
        outcome.counted += fresh;
        denials.push(denial);
      } catch (error) {
        fail(events, error, outcome);
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, lane));
  return denials;
}

/** Events of more denials than are kept are only counted: the audit says how many they were. */
async function leave(
  events: readonly Delivered[],
  { table, now }: NewsOptions,
  outcome: BatchOutcome,
): Promise<void> {
  if (events.length === 0) return;
  try {
    await countLeft(table, events, now());
  } catch (error) {
    fail(events, error, outcome);
  }
}

function fail(events: readonly Delivered[], error: unknown, { failed }: BatchOutcome): void {
  for (const { messageId } of events) failed.push({ messageId, error });
}
