/** Compares a run's report with the last one, records it, and tells people where there is something to tell. */
import { compareReports, hasNews, newGaps } from '../shared/compare.ts';
import { openBucket, type Bucket } from '../shared/deliver/bucket.ts';
import { DeliveryError, type DeliveryResult } from '../shared/deliver/deliver.ts';
import {
  moveLatest,
  readLatest,
  scopeKey,
  type LatestReport,
  type Scope,
} from '../shared/deliver/latest-report.ts';
import { addToIndex } from '../shared/deliver/report-index.ts';
import { reportKey } from '../shared/deliver/report-key.ts';
import { readReport, recordReport } from '../shared/deliver/stored-report.ts';
import type { Report } from '../shared/report.ts';
import type { Settings } from '../shared/settings.ts';
import { makeDeliveryClients, type AwsClientSettings } from './aws-clients.ts';
import { sendReport } from './delivery.ts';
import { restsOn } from './rests-on.ts';
import { storedMutes } from './stored-mutes.ts';

export interface PublishOptions {
  settings: Settings & { bucket: string };
  aws: AwsClientSettings;
  scope: Scope;
  /** Whether a message is sent: always, or never; where absent, when there is news or a week has passed. */
  deliver?: boolean | undefined;
  now: Date;
  /** Milliseconds to wait for another process that delivers the same report. */
  longestWaitMs: number;
}

export interface Published {
  /** As it is recorded: an earlier attempt at the same run may have made it. */
  report: Report;
  delivered: DeliveryResult[];
  /** What was not looked at and was looked at in the report before. */
  newGaps: Report['coverage'];
  /** The channels that failed, each with its reason; null where none did. */
  failure: DeliveryError | null;
}

/** Silence for longer than this would mean nothing; half a day less than a week, for runs are never quite on time. */
const longestSilenceMs = 6.5 * 86_400_000;

/**
 * Record, send, remember, in this order: a run that is repeated after it died anywhere sends what is missing, with the
 * same words. The next report is compared with this one as soon as anybody has been told of it, or nothing was to tell.
 * @throws {Error} where the bucket cannot be read or written; failures of channels are in the answer.
 */
export async function publishReport(found: Report, options: PublishOptions): Promise<Published> {
  return publishCompared(found.runId, options, async (previous, bucket) => {
    const mute = await storedMutes(bucket, options.settings);
    return mute(compareReports(found, previous, restsOn));
  });
}

/**
 * The same for a report that is compared with the last one while it is made.
 * @param make is given the last report; null before the first
 */
export async function publishCompared(
  runId: string,
  options: PublishOptions,
  make: (previous: Report | null, bucket: Bucket) => Promise<Report>,
): Promise<Published> {
  const { settings, aws, scope, deliver, now } = options;
  const bucket = openBucket(makeDeliveryClients(aws).s3, settings.bucket);
  const { latest, previous } = await readPrevious(bucket, scope, runId);
  const report = await recordReport(bucket, await make(previous, bucket));
  const isDue = deliver ?? (hasNews(report) || isSilentTooLong(latest, now));
  const { delivered, failure } = await tell(report, isDue, options);
  await addToIndex(bucket, report, scopeKey(scope), settings.language);
  const isTold = delivered.some(({ channel }) => isMessage(channel));
  const failed = failure?.errors.some((error: Error) => isMessage(error.message)) ?? false;
  if (deliver !== false && (isTold || !failed))
    await moveLatest(bucket, scope, {
      runId: report.runId,
      key: reportKey(report, 'report.json'),
      startedAt: report.startedAt,
      toldAt: isDue ? now.toISOString() : (latest?.toldAt ?? null),
      isOwed: failed,
    });
  return { report, delivered, newGaps: newGaps(report, previous), failure };
}

/** Compares with the last report of the scope, and changes nothing in the bucket. */
export async function compareWithLatest(
  report: Report,
  { bucket: name, aws, scope }: { bucket: string; aws: AwsClientSettings; scope: Scope },
): Promise<Report> {
  const bucket = openBucket(makeDeliveryClients(aws).s3, name);
  const { previous } = await readPrevious(bucket, scope, report.runId);
  return compareReports(report, previous, restsOn);
}

/** The report before that of this run; one that has expired is as none. */
async function readPrevious(
  bucket: Bucket,
  scope: Scope,
  runId: string,
): Promise<{ latest: LatestReport | null; previous: Report | null }> {
  const latest = await readLatest(bucket, scope);
  const isOther = latest !== null && latest.runId !== runId;
  return { latest, previous: isOther ? await readReport(bucket, latest.key) : null };
}

/** Whether nobody was told for a week, or somebody is owed a message. */
export function isSilentTooLong(latest: Pick<LatestReport, 'toldAt' | 'isOwed'> | null, now: Date): boolean {
  if (!latest?.toldAt || latest.isOwed) return true;
  return now.getTime() - Date.parse(latest.toldAt) >= longestSilenceMs;
}

/** Without news the report is stored, and nobody is disturbed. */
async function tell(
  report: Report,
  isDue: boolean,
  { settings, aws, longestWaitMs, scope }: PublishOptions,
): Promise<Pick<Published, 'delivered' | 'failure'>> {
  const chosen = isDue ? settings : { ...settings, topicArn: null, mail: null };
  const how = { aws, longestWaitMs, series: scopeKey(scope) };
  try {
    return { delivered: await sendReport(report, chosen, how), failure: null };
  } catch (error) {
    if (error instanceof DeliveryError) return { delivered: error.delivered, failure: error };
    throw error;
  }
}

/** Ids of channels, and the messages of their failures, begin with the kind. */
export function isMessage(text: string): boolean {
  return !text.startsWith('s3:');
}
