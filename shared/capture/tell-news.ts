/** Has new denials explained and tells people: once, within the limits of messages, and again where it failed. */
import type { CapturedDenial, CapturedRun } from './captured-denial.ts';
import { runIdOf } from './captured-denial.ts';
import { causesToTell, rememberTold, type Cause } from './cool-down.ts';
import { changeDenial, groupBy } from './count-events.ts';
import type { DenialsTable } from './denials-table.ts';
import { claimMessage, tellHeldBack, type HeldBack } from './message-limit.ts';

/** A run about some denials of one account; the same run may be asked for again. */
export interface DenialRun extends Pick<CapturedRun, 'id' | 'startedAt'> {
  account: string;
  /** Ids of the denials. */
  denials: string[];
}

/** Where a run's report is, and the causes that it found. */
export interface Explained {
  key: string;
  causes: Cause[];
}

export interface NewsOptions {
  table: DenialsTable;
  /** Reads and judges; sends nothing. */
  explain(run: DenialRun): Promise<Explained>;
  /** Sends the part of the report that these causes are. */
  publish(run: DenialRun, explained: Explained, heldBack: HeldBack): Promise<void>;
  messagesAnHour: number;
  coolDownHours: number;
  /** How long a run may take; until then nobody else takes it up. */
  leaseMs: number;
  now: () => Date;
}

export interface Told {
  /** Denials that are new or back, and were taken up by this call. */
  news: number;
  heldBack: number;
  /** Runs that failed, and the denials that are owed until they succeed. */
  failures: { denials: string[]; error: unknown }[];
}

/** Tells of those denials that people have not been told of; what fails stays owed. */
export async function tellNews(denials: readonly CapturedDenial[], options: NewsOptions): Promise<Told> {
  const told: Told = { news: 0, heldBack: 0, failures: [] };
  const owed = denials.filter(({ news }) => news === 'owed');
  for (const group of groupBy(owed, runKey).values()) {
    const ids = group.map(({ id }) => id);
    try {
      const run = await takeUp(group, options);
      if (!run) continue;
      told.news += run.denials.length;
      told.heldBack += await carryOut(run, options);
    } catch (error) {
      told.failures.push({ denials: ids, error });
    }
  }
  return told;
}

/** A run that failed is done again as it was: what it has sent already is marked under its id. */
function runKey({ account, run }: CapturedDenial): string {
  return JSON.stringify([account, run?.id ?? null]);
}

/** Leases the denials; null where others are at all of them, or have told them. */
async function takeUp(group: readonly CapturedDenial[], options: NewsOptions): Promise<DenialRun | null> {
  const now = options.now();
  const [first] = group;
  if (!first) return null;
  const { id, startedAt } = first.run ?? { id: runIdOf(group, now), startedAt: now.toISOString() };
  const run = { id, startedAt, until: new Date(now.getTime() + options.leaseMs).toISOString() };
  const taken = await Promise.all(
    group.map((denial) =>
      changeDenial(options.table, denial.id, now, (current) =>
        isFree(current, id, now) ? { ...current, run } : null,
      ),
    ),
  );
  const ids = taken.flatMap((denial) => (denial ? [denial.id] : []));
  return ids.length > 0 ? { id, startedAt, account: first.account, denials: ids.sort() } : null;
}

function isFree({ news, run }: CapturedDenial, runId: string, now: Date): boolean {
  if (news !== 'owed') return false;
  return run === null || (run.id === runId && run.until <= now.toISOString());
}

/** How many denials were held back. A run that fails frees its denials at once: the queue's next delivery tries again. */
async function carryOut(run: DenialRun, options: NewsOptions): Promise<number> {
  const { table, messagesAnHour } = options;
  const claim = { runId: run.id, denials: run.denials.length, messagesAnHour, now: options.now() };
  try {
    const heldBack = await claimMessage(table, claim);
    const news = heldBack ? await explainAndPublish(run, heldBack, options) : 'held back';
    await settle(run, news, options);
    return heldBack ? 0 : run.denials.length;
  } catch (error) {
    await free(run, options, error);
    throw error;
  }
}

async function explainAndPublish(
  run: DenialRun,
  heldBack: HeldBack,
  options: NewsOptions,
): Promise<'told' | 'unexplained'> {
  const { table, coolDownHours: hours } = options;
  const explained = await options.explain(run);
  if (explained.causes.length === 0) return 'unexplained';
  const coolDown = { runId: run.id, hours, now: options.now() };
  const causes = await causesToTell(table, explained.causes, coolDown);
  if (causes.length === 0) return 'told';
  await options.publish(run, { ...explained, causes }, heldBack);
  await rememberTold(table, causes, coolDown);
  await tellHeldBack(table, heldBack, options.now());
  return 'told';
}

async function settle(
  run: DenialRun,
  news: Exclude<CapturedDenial['news'], 'owed'>,
  { table, now }: NewsOptions,
): Promise<void> {
  const settled = (denial: CapturedDenial) =>
    denial.run?.id === run.id ? { ...denial, news, run: null } : null;
  await Promise.all(run.denials.map((id) => changeDenial(table, id, now(), settled)));
}

/** Ends the leases; where even that fails, they end by themselves. */
async function free(run: DenialRun, { table, now }: NewsOptions, reason: unknown): Promise<void> {
  const until = new Date(0).toISOString();
  const freed = (denial: CapturedDenial) =>
    denial.run?.id === run.id ? { ...denial, run: { ...denial.run, until } } : null;
  try {
    await Promise.all(run.denials.map((id) => changeDenial(table, id, now(), freed)));
  } catch (error) {
    throw new AggregateError([reason, error], messageOf(reason), { cause: reason });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
