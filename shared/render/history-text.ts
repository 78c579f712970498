/** What opened and closed, day by day, for a terminal or a program. */
import { styleText } from 'node:util';
import { historyDays, type HistoryDay, type HistoryEntry, type HistoryItem } from './history.ts';
import { moment, spanBetween } from './moment.ts';
import { list, plural } from './plural.ts';
import { printableLine, printableLines } from './printable.ts';
import { severityCounts } from './summary.ts';
import { wrap } from './wrap.ts';

export interface HistoryOptions {
  output: 'text' | 'json';
  /** How many days, counted from the newest. */
  days: number;
  /** Columns of the terminal. */
  width: number;
  color: boolean;
}

const says = {
  nothing: 'No report is kept.',
  standing: (counts: string) => `${counts} open`,
  noneOpen: 'nothing found',
  noChange: 'no change',
  muted: (count: number) => `${count.toLocaleString('en-US')} muted`,
  gaps: (gaps: string) => `${gaps} in what was looked at`,
  opened: 'opened',
  closed: 'closed',
  openFor: (span: string) => `, was open for ${span}`,
  more: (findings: string) => `and ${findings}`,
};

/** Newest first. JSON is a list of days, each with its reports. */
export function renderHistory(entries: readonly HistoryEntry[], options: HistoryOptions): string {
  const days = historyDays(entries).slice(0, options.days);
  if (options.output === 'json') return `${printableLines(JSON.stringify(days, null, 2))}\n`;
  if (days.length === 0) return `${says.nothing}\n`;
  return `${days.map((day) => dayText(day, options)).join('\n\n')}\n`;
}

function dayText({ day, entries }: HistoryDay, options: HistoryOptions): string {
  const title = options.color ? styleText('bold', day, { validateStream: false }) : printableLine(day);
  return [title, ...entries.flatMap((entry) => entryLines(entry, options))].join('\n');
}

function entryLines(entry: HistoryEntry, { width }: HistoryOptions): string[] {
  const { startedAt, runId, opened = [], closed = [], changes } = entry;
  const columns = Math.min(100, Math.max(40, width));
  const head = `${moment(printableLine(startedAt))}  ${news(entry)}  (${printableLine(runId)})`;
  const items = [
    ...opened.map((item) => itemLine(says.opened, item)),
    ...more(changes.new - opened.length),
    ...closed.map((item) => itemLine(says.closed, item, startedAt)),
    ...more(changes.resolved - closed.length),
  ];
  return [
    ...wrap(head, columns - 2).map((line, index) => `${index === 0 ? '  ' : '    '}${line}`),
    ...items.flatMap((item) =>
      wrap(item, columns - 6).map((line, index) => `${index === 0 ? '    - ' : '      '}${line}`),
    ),
  ];
}

function news({ standing, changes, gaps, muted = 0 }: HistoryEntry): string {
  const changed = (['new', 'changed', 'resolved'] as const)
    .filter((change) => changes[change] > 0)
    .map((change) => `${changes[change].toLocaleString('en-US')} ${change}`);
  const counts = severityCounts(standing);
  return [
    counts === '' ? says.noneOpen : says.standing(counts),
    changed.length > 0 ? list(changed) : says.noChange,
    ...(muted > 0 ? [says.muted(muted)] : []),
    ...(gaps > 0 ? [says.gaps(plural(gaps, 'gap'))] : []),
  ].join('; ');
}

function itemLine(
  verb: string,
  { severity, title, where, id, openSince }: HistoryItem,
  until?: string,
): string {
  const span = until === undefined ? null : spanBetween(openSince, until);
  const line = `${verb}: ${severity}: ${printableLine(title)} (${printableLine(where)}) ${printableLine(id)}`;
  return span === null ? line : line + says.openFor(span);
}

function more(count: number): string[] {
  return count > 0 ? [says.more(plural(count, 'more finding'))] : [];
}
