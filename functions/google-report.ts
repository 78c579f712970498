/** What the auditor of Google Cloud left in the bucket, for the digest that covers both clouds. */
import type { Bucket } from '../shared/deliver/bucket.ts';
import { googleReportKey } from '../shared/deliver/google-reports.ts';
import { readReport } from '../shared/deliver/stored-report.ts';
import { saidBy } from '../shared/localized-error.ts';
import type { FailedAccount } from '../shared/merge-reports.ts';
import type { Report } from '../shared/report.ts';
import type { Localized } from '../shared/words.ts';

/** A daily audit that is older than this has missed a day. */
const oldestMs = 50 * 3_600_000;

export interface GoogleReport {
  reports: Report[];
  failed: FailedAccount[];
}

/**
 * The newest report; nothing where Google Cloud is not audited. One that is old or cannot be read is something that was
 * not looked at, and no reason to keep the accounts' reports back.
 */
export async function readGoogleReport(bucket: Bucket, now: Date): Promise<GoogleReport> {
  let report: Report | null;
  try {
    report = await readReport(bucket, googleReportKey);
  } catch (error) {
    return failure(saidBy(error));
  }
  if (!report) return { reports: [], failed: [] };
  if (now.getTime() - Date.parse(report.finishedAt) <= oldestMs) return { reports: [report], failed: [] };
  return failure({
    en: `The last report on Google Cloud is of ${report.finishedAt}; see the log of the Cloud Function, and whether its schedule runs`,
    ja: `Google Cloud についての最後のレポートは ${report.finishedAt} のものです。Cloud Functions のログと、スケジュールが動作しているかどうかを確認してください`,
  });
}

function failure(why: Localized): GoogleReport {
  return { reports: [], failed: [{ cloud: 'gcp', account: 'all projects', why }] };
}
