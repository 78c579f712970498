/** What opened and closed, day by day, for a terminal or a program. */
import { styleText } from 'node:util';
import type { Language } from '../words.ts';
import { historyDays, itemText, type HistoryDay, type HistoryEntry, type HistoryItem } from './history.ts';
import { messagesIn, type Messages } from './messages/messages-in.ts';
import { printableLine, printableLines } from './printable.ts';
import { spanBetween } from './span-between.ts';
import { newsCounts, severityCounts } from './summary.ts';
import { wrap } from './wrap.ts';

export interface HistoryOptions {
  output: 'text' | 'json';
  /** How many days, counted from the newest. */
  days: number;
  /** Columns of the terminal. */
  width: number;
  color: boolean;
  /** English where absent. */
  language?: Language | undefined;
}

/** Newest first. JSON is a list of days, each with its reports. */
export function renderHistory(entries: readonly HistoryEntry[], options: HistoryOptions): string {
  const days = historyDays(entries).slice(0, options.days);
  if (options.output === 'json') return `${printableLines(JSON.stringify(days, null, 2))}\n`;
  if (days.length === 0) return `${messagesIn(options.language ?? 'en').history.none}\n`;
  return `${days.map((day) => dayText(day, options)).join('\n\n')}\n`;
}

function dayText({ day, entries }: HistoryDay, options: HistoryOptions): string {
  const says = messagesIn(options.language ?? 'en');
  const name = printableLine(says.day(day));
  const title = options.color ? styleText('bold', name, { validateStream: false }) : name;
  return [title, ...entries.flatMap((entry) => entryLines(entry, options.width, says))].join('\n');
}

function entryLines(entry: HistoryEntry, width: number, says: Messages): string[] {
  const { startedAt, runId, opened = [], closed = [], changes } = entry;
  const columns = Math.min(100, Math.max(40, width));
  const head = `${says.moment(printableLine(startedAt))}  ${news(entry, says)}  (${printableLine(runId)})`;
  const items = [
    ...opened.map((item) => itemLine(item, null, says)),
    ...more(changes.new - opened.length, says),
    ...closed.map((item) => itemLine(item, startedAt, says)),
    ...more(changes.resolved - closed.length, says),
  ];
  return [
    ...wrap(head, columns - 2).map((line, index) => `${index === 0 ? '  ' : '    '}${line}`),
    ...items.flatMap((item) =>
      wrap(item, columns - 6).map((line, index) => `${index === 0 ? '    - ' : '      '}${line}`),
    ),
  ];
}

function news({ standing, changes, gaps, muted = 0 }: HistoryEntry, says: Messages): string {
  const { history: words } = says;
  const changed = newsCounts(changes, says);
  const counts = severityCounts(standing, says);
  return says.joinNotes([
    counts === '' ? words.nothing : words.standing(counts),
    changed.length > 0 ? says.list(changed) : words.noChange,
    ...(muted > 0 ? [words.muted(muted)] : []),
    ...(gaps > 0 ? [words.gaps(gaps)] : []),
  ]);
}

/** @param closedAt null for one that opened */
function itemLine(item: HistoryItem, closedAt: string | null, says: Messages): string {
  const { severity, id, openSince } = item;
  const span = closedAt === null ? null : spanBetween(openSince, closedAt, says);
  const verb = closedAt === null ? says.history.opened : says.history.closed;
  const line = `${[verb, says.severity[severity], itemText(item, says)].reduce(says.titled)} ${printableLine(id)}`;
  return span === null ? line : line + says.history.openFor(span);
}

function more(count: number, says: Messages): string[] {
  return count > 0 ? [says.moreFindings(count)] : [];
}
