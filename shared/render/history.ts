/** What is kept of every report: enough to tell day by day what opened, what closed, and how long it was open. */
import type { Finding, Report } from '../report.ts';
import type { Language } from '../words.ts';
import type { Messages } from './messages/messages-in.ts';
import type { Severity } from './outline.ts';
import { printableLine } from './printable.ts';

/** A finding that opened or closed. */
export interface HistoryItem {
  /** Of the finding. */
  id: string;
  severity: Severity;
  title: string;
  /** The title in another language, where the report had it. */
  translated?: { language: Language; title: string } | undefined;
  /** Name of what it is about; absent in lists of older versions. */
  subject?: string | undefined;
  /** `eu-west-1/prod`, or the account. */
  where: string;
  /** ISO 8601; when it opened. */
  openSince: string;
}

/** One report. */
export interface HistoryEntry {
  runId: string;
  /** ISO 8601 UTC. */
  startedAt: string;
  /** Path of its page, beside the list's own. */
  page: string;
  /** Findings that stand. */
  standing: Record<Severity, number>;
  changes: { new: number; changed: number; resolved: number };
  /** What was not looked at. */
  gaps: number;
  /** The same for every run that looked at the same: only their numbers can be compared. */
  series?: string | undefined;
  muted?: number | undefined;
  /** The worst of those that opened and closed. */
  opened?: HistoryItem[] | undefined;
  closed?: HistoryItem[] | undefined;
}

/** The entries of one day (UTC), newest first. */
export interface HistoryDay {
  /** `2026-01-02`. */
  day: string;
  entries: HistoryEntry[];
}

/** Findings kept for each report, and characters of their texts and of the names of their subjects. */
const mostItems = 50;
const longestText = 200;
const longestName = 100;

/** What is kept of a report; `page` is the path of its page beside the list's. */
export function historyEntry(report: Report, page: string, series?: string): HistoryEntry {
  const { runId, startedAt, findings, summary, coverage } = report;
  const having = (change: Finding['change']) => findings.filter((finding) => finding.change === change);
  const items = (change: Finding['change']) =>
    having(change)
      .slice(0, mostItems)
      .map((one) => itemOf(one, report));
  return {
    runId,
    startedAt,
    page,
    standing: summary.bySeverity,
    changes: summary.changes ?? {
      new: having('new').length,
      changed: having('changed').length,
      resolved: having('resolved').length,
    },
    gaps: coverage.filter(({ complete }) => !complete).length,
    series,
    muted: summary.muted ?? having('muted').length,
    opened: items('new'),
    closed: items('resolved'),
  };
}

function itemOf(finding: Finding, { startedAt }: Report): HistoryItem {
  const { id, severity, title, subject, location, cluster, account, translated } = finding;
  const { openSince = startedAt } = finding;
  const where = [location, cluster].filter((part) => part !== null).join('/') || account;
  return {
    id,
    severity,
    title: cut(title),
    ...(translated && { translated: { language: translated.language, title: cut(translated.title) } }),
    subject: cut(subject.name, longestName),
    where: cut(where),
    openSince,
  };
}

/** `The role does not exist: cart (eu-west-1/prod)`, on one line; the title in the language where it is known. */
export function itemText({ title, translated, subject, where }: HistoryItem, says: Messages): string {
  const told = translated?.language === says.language ? translated.title : title;
  const named = subject === undefined ? told : says.titled(told, subject);
  return printableLine(named + says.aside(where));
}

function cut(text: string, longest = longestText): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

/** Those of the series that has the most; runs that somebody asked for a part of it are others. */
export function mainSeries(entries: readonly HistoryEntry[]): HistoryEntry[] {
  const counts = new Map<string | undefined, number>();
  for (const { series } of entries) counts.set(series, (counts.get(series) ?? 0) + 1);
  const [main] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
  return entries.filter(({ series }) => series === main);
}

/** By day, newest first. */
export function historyDays(entries: readonly HistoryEntry[]): HistoryDay[] {
  const days = new Map<string, HistoryEntry[]>();
  const newestFirst = [...entries].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  for (const entry of newestFirst) {
    const day = entry.startedAt.slice(0, 10);
    const known = days.get(day);
    if (known) known.push(entry);
    else days.set(day, [entry]);
  }
  return [...days].map(([day, those]) => ({ day, entries: those }));
}
