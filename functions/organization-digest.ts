/** The report of an organization's run: each account's is compared with the one before, and folded into one. */
import { compareReports } from '../shared/compare.ts';
import type { Bucket } from '../shared/deliver/bucket.ts';
import { comparedReportKey } from '../shared/deliver/report-key.ts';
import { readReport } from '../shared/deliver/stored-report.ts';
import { ReportFold, type AccountOwner } from '../shared/fold-reports.ts';
import { mergeReports, type FailedAccount, type Run } from '../shared/merge-reports.ts';
import { renderJson } from '../shared/render/json.ts';
import type { Report } from '../shared/report.ts';
import type { Words } from '../shared/words.ts';
import { failedAudit } from './failed-audit.ts';
import { readMapResults, type MapResult } from './map-results.ts';
import type { GoogleReport } from './google-report.ts';
import { restsOn } from './rests-on.ts';
import { plannedAccounts } from './planned-accounts.ts';

export interface OrganizationRun extends Run {
  /** `o-…`. */
  organization: string;
  /** Key of the accounts that were planned. */
  accountsKey: string;
  /** Key of the manifest that the Distributed Map wrote. */
  manifestKey: string;
  /** What was found in Google Cloud. */
  google: GoogleReport;
  /** The report of the run before; null before the first. */
  previous: Pick<Report, 'runId' | 'startedAt'> | null;
  /** Mutes what is to be muted. */
  mute(report: Report): Report;
}

/** Reports held at one time: with the ones before them this bounds the memory, however many accounts there are. */
const foldedAtATime = 8;

/** Reads, compares and folds account by account. Another attempt at the same run writes the same. */
export async function foldOrganization(bucket: Bucket, run: OrganizationRun): Promise<Report> {
  const fold = new ReportFold(run.organization, run);
  const owners = await plannedAccounts(bucket, run.accountsKey);
  const answered = new Map<string, Answer>();
  for await (const result of readMapResults(bucket, run.manifestKey)) answered.set(result.account, result);
  for (let start = 0; start < owners.length; start += foldedAtATime) {
    const some = owners.slice(start, start + foldedAtATime);
    const results = some.map((owner) => answered.get(owner.account) ?? lost(owner));
    const reports = await Promise.all(results.map((result) => comparedReport(bucket, result, run)));
    reports.forEach((report, index) => fold.add(report, some[index] ?? null));
  }
  const google = mergeReports(run.google.reports, run.google.failed, run);
  if (google.scope.length > 0) fold.add(await compare(bucket, 'google', google, run), null);
  return fold.finish();
}

/** What came of an account's audit, also where the Map does not tell. */
type Answer = MapResult | { account: string; error: string; cause: Words };

/** The Map gave up on it, or was stopped. */
function lost({ account }: AccountOwner): Answer {
  return { account, error: 'NotAudited', cause: endedBefore };
}

const endedBefore = {
  en: 'the run ended before its audit had an answer',
  ja: '監査の応答を得る前に実行が終わりました',
};

async function comparedReport(bucket: Bucket, result: Answer, run: OrganizationRun): Promise<Report> {
  const found = 'key' in result ? await readReport(bucket, result.key) : null;
  return compare(bucket, result.account, found ?? mergeReports([], [failure(result)], run), run);
}

/** The report with its changes, which is stored for the next run to be compared with. */
async function compare(bucket: Bucket, name: string, report: Report, run: OrganizationRun): Promise<Report> {
  const before = run.previous && (await readReport(bucket, comparedReportKey(run.previous, name)));
  const compared = run.mute(compareReports(report, before, restsOn));
  await bucket.write(comparedReportKey(run, name), renderJson(compared));
  return compared;
}

function failure(result: Answer): FailedAccount {
  const { account } = result;
  if ('key' in result)
    return {
      cloud: 'aws',
      account,
      why: {
        en: `Its report ${result.key} is not in the bucket; start the run again, or restore it`,
        ja: `このアカウントのレポート ${result.key} がバケットにありません。もう一度実行するか、復元してください`,
      },
    };
  return failedAudit(account, result.error, result.cause);
}
