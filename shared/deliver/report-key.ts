/** Where the files of a report are in the bucket, and under which address people open them. */
import { prefixes } from '../deployment.ts';
import type { Report } from '../report.ts';
import { printableLine } from '../render/printable.ts';
import type { Settings } from '../settings.ts';

/** When a run started, ISO 8601 UTC, and its id. */
type RunOfReport = Pick<Report, 'startedAt' | 'runId'>;

/** `reports/2026/01/02/<runId>/report.json`, by the day (UTC) on which the run started. */
export function reportKey(run: RunOfReport, file: 'report.json' | 'report.html'): string {
  return `${folderOf(run)}/${file}`;
}

/** `reports/2026/01/02/<runId>/accounts/<account>.json`: what a run found in one account. */
export function accountReportKey(run: RunOfReport, account: string): string {
  return `${folderOf(run)}/accounts/${account}.json`;
}

/** `reports/2026/01/02/<runId>/compared/<account>.json`: the same with what changed since the run before. */
export function comparedReportKey(run: RunOfReport, account: string): string {
  return `${folderOf(run)}/compared/${account}.json`;
}

/** `reports/2026/01/02/<runId>/plan/<file>`: what the first step of a run leaves for the others. */
export function planKey(run: RunOfReport, file: 'accounts.json' | 'issuers.json'): string {
  return `${folderOf(run)}/plan/${file}`;
}

function folderOf({ startedAt, runId }: RunOfReport): string {
  const day = /^(\d{4})-(\d{2})-(\d{2})T/.exec(startedAt);
  if (!day)
    throw new Error(
      `Cannot store the report: startedAt is ${JSON.stringify(startedAt)}, and must be ISO 8601`,
    );
  if (!/^(?!\.+$)[\w.:@+=-]{1,200}$/.test(runId))
    throw new Error(
      `Cannot store the report: runId is "${printableLine(runId).slice(0, 200)}", and may hold only letters, digits and ._:@+=-`,
    );
  return `${prefixes.reports}${day[1]}/${day[2]}/${day[3]}/${runId}`;
}

/** Address of the report's page: under the address from the settings, else in the bucket; undefined where it has none. */
export function pageUrl(
  { reportUrl, bucket }: Pick<Settings, 'reportUrl' | 'bucket'>,
  report: Report,
): string | undefined {
  const key = reportKey(report, 'report.html');
  if (reportUrl !== null) return `${reportUrl}${/[/=]$/.test(reportUrl) ? '' : '/'}${key}`;
  return bucket === null ? undefined : `s3://${bucket}/${key}`;
}
