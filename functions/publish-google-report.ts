/** What the digest does on AWS, for the Cloud Function that sends by itself: compares, mutes, records, and tells the news. */
import { compareReports, hasNews } from '../shared/compare.ts';
import type { Bucket } from '../shared/deliver/bucket.ts';
import { DeliveryError } from '../shared/deliver/deliver.ts';
import type { Scope } from '../shared/deliver/latest-report.ts';
import type { Report } from '../shared/report.ts';
import type { Settings } from '../shared/settings.ts';
import { keepLastReport, readLastReport } from './google-last-report.ts';
import { openRun } from './google-runs.ts';
import { isMessage, isSilentTooLong } from './publish-report.ts';
import { restsOn } from './rests-on.ts';
import { storedMutes } from './stored-mutes.ts';

/** Where the Cloud Function keeps what its next report is compared with, and finds the mutes. */
export interface GoogleState {
  bucket: Bucket;
  settings: Pick<Settings, 'mutes' | 'language'>;
}

export interface GooglePublishing {
  scope: Scope;
  /** Whether people are told in any case, or only of news, and after a week of silence. */
  deliver: true | 'news';
  now: Date;
  /** What people are told of a report that was compared. */
  shorten: (report: Report) => Report;
  /**
   * Sends it to people where `isDue`, and in any case to what is no person.
   * @throws {DeliveryError} where a channel failed
   */
  send: (report: Report, isDue: boolean) => Promise<void>;
}

/**
 * Record, send, remember, in this order, as `publishReport` on AWS; returns what was recorded of the run, by an earlier
 * attempt where there was one.
 * @throws {DeliveryError} where a channel failed; the next run then tells what people lack
 */
export async function publishGoogleReport(
  found: Report,
  { bucket, settings }: GoogleState,
  { scope, deliver, now, shorten, send }: GooglePublishing,
): Promise<Report> {
  const last = await readLastReport(bucket, scope);
  const earlier = last?.report.runId === found.runId ? last.report : null;
  const previous = last && !earlier ? last.report : null;
  const mute = await storedMutes(bucket, settings);
  const compared = earlier ?? mute(compareReports(found, previous, restsOn));
  const report = await openRun(bucket, found.runId).keepReport(shorten(compared));
  const isDue = deliver === true || hasNews(report) || isSilentTooLong(last, now);
  const failure = await failureOf(send(report, isDue));
  const isOwed = failure?.errors.some((error: Error) => isMessage(error.message)) ?? false;
  const isTold = failure?.delivered.some(({ channel }) => isMessage(channel)) ?? isDue;
  if (isTold || !isOwed) {
    const toldAt = isDue ? now.toISOString() : (last?.toldAt ?? null);
    await keepLastReport(bucket, scope, { toldAt, isOwed, report: compared });
  }
  if (failure) throw failure;
  return report;
}

async function failureOf(sending: Promise<void>): Promise<DeliveryError | null> {
  try {
    await sending;
    return null;
  } catch (error) {
    if (error instanceof DeliveryError) return error;
    throw error;
  }
}
