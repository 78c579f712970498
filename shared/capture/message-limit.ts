/** At most so many messages an hour; how many new denials they leave out is remembered for the next of them. */
import { inTurns } from './count-events.ts';
import type { DenialsTable, TableKey } from './denials-table.ts';

/** What was held back and no message has told yet. */
export interface HeldBack {
  denials: number;
  /** When the first of them was, ISO 8601; null where there is none. */
  since: string | null;
}

interface Messages {
  /** The hour that is counted, `2026-01-01T06`. */
  hour: string;
  /** Runs that may send in this hour. */
  runs: string[];
  /** Runs that may not, the last of them: each is counted once, however often it asks. */
  refused: string[];
  heldBack: HeldBack;
}

const key: TableKey = { partition: 'messages', name: 'messages' };
const none: HeldBack = { denials: 0, since: null };

/** Refused runs that are remembered. */
const mostRefused = 100;

/** Kept until long after the hour, for what was held back is told by a later message. */
const keptMs = 30 * 86_400_000;

/**
 * Asks for the right to send one message about new denials. Null where the hour has had its messages: then the denials
 * are counted as held back. The same run asks as often as it likes.
 */
export async function claimMessage(
  table: DenialsTable,
  {
    runId,
    denials,
    messagesAnHour,
    now,
  }: { runId: string; denials: number; messagesAnHour: number; now: Date },
): Promise<HeldBack | null> {
  return (
    await change(table, now, (messages) => {
      const { runs, heldBack } = messages;
      if (runs.includes(runId)) return { messages: null, answer: heldBack };
      if (runs.length < messagesAnHour)
        return { messages: { ...messages, runs: [...runs, runId] }, answer: heldBack };
      if (messages.refused.includes(runId)) return { messages: null, answer: null };
      const since = heldBack.since ?? now.toISOString();
      const held = { denials: heldBack.denials + denials, since };
      const refused = [...messages.refused, runId].slice(-mostRefused);
      return { messages: { ...messages, refused, heldBack: held }, answer: null };
    })
  ).answer;
}

/** A message has told this much of what was held back. */
export async function tellHeldBack(table: DenialsTable, told: HeldBack, now: Date): Promise<void> {
  if (told.denials === 0) return;
  await change(table, now, (messages) => {
    const left = messages.heldBack.denials - told.denials;
    const heldBack = left > 0 ? { denials: left, since: now.toISOString() } : none;
    return { messages: { ...messages, heldBack }, answer: null };
  });
}

async function change<Answer>(
  table: DenialsTable,
  now: Date,
  decide: (messages: Messages) => { messages: Messages | null; answer: Answer },
): Promise<{ answer: Answer }> {
  return inTurns('count the messages of this hour', async () => {
    const { version, document } = await table.read(key, now);
    const { messages, answer } = decide(inHour(document as Messages | null, now));
    if (!messages) return { answer };
    const expiresAt = new Date(now.getTime() + keptMs);
    return (await table.write([{ key, over: version, document: messages, expiresAt }])) ? { answer } : null;
  });
}

/** The count of this hour: what was held back stays when another begins. */
function inHour(known: Messages | null, now: Date): Messages {
  const hour = now.toISOString().slice(0, 13);
  if (known?.hour === hour) return known;
  return { hour, runs: [], refused: [], heldBack: known?.heldBack ?? none };
}
