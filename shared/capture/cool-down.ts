/** Keeps one cause from being told again and again: for hours after a message it only counts. */
import type { DenialsTable, TableKey } from './denials-table.ts';

interface Told {
  /** Run of the message. */
  runId: string;
  /** ISO 8601. */
  toldAt: string;
}

export interface CoolDown {
  runId: string;
  hours: number;
  now: Date;
}

/** The causes (ids of findings) that no other run has told within the hours of the cool-down. */
export async function causesToTell(
  table: DenialsTable,
  causes: readonly string[],
  { runId, hours, now }: CoolDown,
): Promise<string[]> {
  const since = new Date(now.getTime() - hours * 3_600_000).toISOString();
  const known = await Promise.all(causes.map((cause) => table.read(causeKey(cause), now)));
  return causes.filter((_, index) => {
    const told = known[index]?.document as Told | null;
    return !told || told.runId === runId || told.toldAt <= since;
  });
}

/** Remembers what a message told. */
export async function rememberTold(
  table: DenialsTable,
  causes: readonly string[],
  { runId, hours, now }: CoolDown,
): Promise<void> {
  const expiresAt = new Date(now.getTime() + hours * 3_600_000);
  const document: Told = { runId, toldAt: now.toISOString() };
  const changes = causes.map((cause) => ({ key: causeKey(cause), over: null, document, expiresAt }));
  for (let start = 0; start < changes.length; start += mostInOne)
    await table.write(changes.slice(start, start + mostInOne));
}

/** Documents that the table takes in one write. */
const mostInOne = 100;

function causeKey(cause: string): TableKey {
  return { partition: 'cause', name: cause };
}
