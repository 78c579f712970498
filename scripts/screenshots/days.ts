/** The demo's findings as if they had come one after the other: a report with changes, and the days before it. */
import { compareReports } from '../../shared/compare.ts';
import { historyEntry, type HistoryEntry } from '../../shared/render/history.ts';
import { applyMutes, type Mute } from '../../shared/mutes.ts';
import { withFindings, type Report } from '../../shared/report.ts';

export interface Days {
  /** The last day's. */
  report: Report;
  /** All days, oldest first. */
  history: HistoryEntry[];
}

const days = 21;
const dayMs = 86_400_000;

/**
 * Every finding is there from a day of its own, and one in eight is mended: some earlier, the others on the last day. Two
 * are muted, one of them until the last day.
 * What a report says of changes and ages comes from comparing it with that of the day before.
 */
export function makeDays(whole: Report): Days {
  let report: Report | null = null;
  const history: HistoryEntry[] = [];
  for (let day = 1; day <= days; day++) {
    report = applyMutes(
      compareReports(dayOf(whole, day), report, () => undefined),
      mutesOf(whole),
    );
    history.push(historyEntry(report, `${day}/report.html`, 'demo'));
  }
  if (!report) throw new Error('There is no day to show: let there be at least one');
  const { coverage, outcomes } = whole;
  return { report: { ...report, coverage, outcomes }, history };
}

function mutesOf({ startedAt }: Report): Mute[] {
  const after = (ms: number) => new Date(Date.parse(startedAt) + ms).toISOString();
  return [
    { of: { rule: 'eks/irsa-trust-too-broad' }, reason: 'until the move', expires: after(30 * dayMs) },
    { of: { rule: 'gke/workload-identity-metadata' }, reason: 'the upgrade', expires: after(-dayMs / 2) },
  ];
}

function dayOf(whole: Report, day: number): Report {
  const shift = (iso: string) => new Date(Date.parse(iso) - (days - day) * dayMs).toISOString();
  const findings = whole.findings.filter((_, index) => bornOn(index) <= day && day < mendedOn(index));
  const { window } = whole;
  return {
    ...withFindings(whole, findings),
    runId: `${whole.runId}-${day}`,
    startedAt: shift(whole.startedAt),
    finishedAt: shift(whole.finishedAt),
    window: { from: shift(window.from), to: shift(window.to) },
    // As if nothing had been left out: what is not there any more has been mended.
    coverage: whole.coverage.map((line) => ({ ...line, complete: true, why: null })),
    outcomes: whole.outcomes.map((outcome) => ({ ...outcome, status: 'pass' as const, why: null })),
  };
}

function bornOn(index: number): number {
  return index % 16 === 0 ? days : 1 + ((index * 7) % (days - 2));
}

function mendedOn(index: number): number {
  if (index % 8 !== 3) return Infinity;
  return index % 16 === 3 ? days : days - 5;
}
