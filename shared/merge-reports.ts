/** One report of the reports of a run's accounts: pure. */
import { coverageLine, sortFindings, type CoverageLine, type Report } from './report.ts';
import { severities } from './rule.ts';
import type { Language, Localized } from './words.ts';

/** An account whose audit ended without a report. */
export interface FailedAccount {
  cloud: 'aws' | 'gcp';
  account: string;
  /** One sentence. */
  why: Localized;
}

export interface Run {
  runId: string;
  /** When the run began, ISO 8601 UTC: by its day the report is stored. */
  startedAt: string;
  /** Of this program. */
  version: string;
  /** In which the report has its texts besides English; English alone where absent. */
  language?: Language;
}

/**
 * One report of those of all accounts; an account that failed is in the scope, and its coverage says why there is
 * nothing of it. Made of no report, it says only what failed.
 */
export function mergeReports(reports: readonly Report[], failed: readonly FailedAccount[], run: Run): Report {
  const { runId, startedAt, version, language } = run;
  const windows = reports.map(({ window }) => window);
  return {
    schemaVersion: 1,
    tool: { name: 'clusterwhy', version },
    runId,
    startedAt,
    finishedAt: greatest(reports.map(({ finishedAt }) => finishedAt)) ?? startedAt,
    window: {
      from: least(windows.map(({ from }) => from)) ?? startedAt,
      to: greatest(windows.map(({ to }) => to)) ?? startedAt,
    },
    scope: [
      ...reports.flatMap(({ scope }) => scope),
      ...failed.map(({ cloud, account }) => ({ cloud, account })),
    ],
    summary: addUp(reports.map(({ summary }) => summary)),
    findings: sortFindings(reports.flatMap(({ findings }) => findings)),
    outcomes: reports.flatMap(({ outcomes }) => outcomes),
    coverage: [
      ...failed.map((one) => notAudited(one, language)),
      ...reports.flatMap(({ coverage }) => coverage),
    ],
    clusters: reports.flatMap(({ clusters = [] }) => clusters),
  };
}

function notAudited({ cloud, account, why }: FailedAccount, language?: Language): CoverageLine {
  return coverageLine({ cloud, account, location: null, fact: 'account', complete: false, why }, language);
}

/** ISO 8601 times in UTC sort as text. */
function least(times: readonly string[]): string | undefined {
  return [...times].sort()[0];
}

function greatest(times: readonly string[]): string | undefined {
  return [...times].sort().at(-1);
}

function addUp(summaries: readonly Report['summary'][]): Report['summary'] {
  const bySeverity = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  const total = { clusters: 0, eventsRead: 0, denialEvents: 0, denials: 0 };
  for (const summary of summaries) {
    for (const severity of severities) bySeverity[severity] += summary.bySeverity[severity];
    total.clusters += summary.clusters;
    total.eventsRead += summary.eventsRead ?? 0;
    total.denialEvents += summary.denialEvents;
    total.denials += summary.denials;
  }
  return { bySeverity, ...total };
}
