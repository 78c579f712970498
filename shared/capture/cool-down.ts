/** Keeps one cause from being told again and again: for hours after a message it only counts, unless it was resolved. */
import { changeDenial } from './count-events.ts';
import type { DenialsTable, TableKey } from './denials-table.ts';

/** What a message tells: a finding, and the denials that it explains. */
export interface Cause {
  /** Id of the finding. */
  id: string;
  /** Ids of the denials. */
  denials: string[];
}

interface Told {
  /** Run of the message. */
  runId: string;
  /** ISO 8601. */
  toldAt: string;
  denials: string[];
}

export interface CoolDown {
  runId: string;
  hours: number;
  now: Date;
}

/** Long enough to know what a report resolves weeks after. */
const keptMs = 30 * 86_400_000;

/** The causes that no other run has told within the hours of the cool-down. */
export async function causesToTell(
  table: DenialsTable,
  causes: readonly Cause[],
  { runId, hours, now }: CoolDown,
): Promise<Cause[]> {
  const since = new Date(now.getTime() - hours * 3_600_000).toISOString();
  const known = await Promise.all(causes.map(({ id }) => table.read(causeKey(id), now)));
  return causes.filter((_, index) => {
    const told = known[index]?.document as Told | null;
    return !told || told.runId === runId || told.toldAt <= since;
  });
}

/** Remembers what a message told. */
export async function rememberTold(
  table: DenialsTable,
  causes: readonly Cause[],
  { runId, now }: CoolDown,
): Promise<void> {
  const expiresAt = new Date(now.getTime() + keptMs);
  for (const { id, denials } of causes) {
    const document: Told = { runId, toldAt: now.toISOString(), denials };
    await table.write([{ key: causeKey(id), over: null, document, expiresAt }]);
  }
}

/** A report says that these causes are no more: what they explained is new when it comes back, however soon. */
export async function forgetResolved(
  table: DenialsTable,
  causeIds: readonly string[],
  now: Date,
): Promise<void> {
  const resolvedAt = now.toISOString();
  for (const id of causeIds) {
    const { document } = await table.read(causeKey(id), now);
    if (!document) continue;
    for (const denial of (document as Told).denials)
      await changeDenial(table, denial, now, (one) => ({ ...one, resolvedAt }));
    await table.write([{ key: causeKey(id), over: null, document: null, expiresAt: now }]);
  }
}

function causeKey(cause: string): TableKey {
  return { partition: 'cause', name: cause };
}
