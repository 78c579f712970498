/** What the digest does on AWS, for the Cloud Function that sends by itself: compares, mutes, records, and tells the news. */
import { compareReports, hasNews } from '../shared/compare.ts';
import type { Bucket } from '../shared/deliver/bucket.ts';
import { messageOf } from '../shared/deliver/channel.ts';
import { DeliveryError } from '../shared/deliver/deliver.ts';
import type { Scope } from '../shared/deliver/latest-report.ts';
import { saidBy } from '../shared/localized-error.ts';
import { coverageLine, type Report } from '../shared/report.ts';
import type { Settings } from '../shared/settings.ts';
import { en, ja, type Localized } from '../shared/words.ts';
import { keepLastReport, readLastReport, type LastReport } from './google-last-report.ts';
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
  /** Told of what the next run will lack. */
  log: (line: string) => void;
}

/**
 * Record, send, remember, in this order, as `publishReport` on AWS; returns what was recorded of the run, by an earlier
 * attempt where there was one. Where the last report cannot be read everything is told as new, and the report says why;
 * where this one cannot be kept, that is for the log: it is out.
 * @throws {DeliveryError} where a channel failed; the next run then tells what people lack
 */
export async function publishGoogleReport(
  found: Report,
  { bucket, settings }: GoogleState,
  { scope, deliver, now, shorten, send, log }: GooglePublishing,
): Promise<Report> {
  const { last, gaps } = await readLast(bucket, scope, found, settings);
  const earlier = last?.report.runId === found.runId ? last.report : null;
  const compared = earlier ?? (await compare(found, last?.report ?? null, { bucket, settings }));
  const told = shorten({ ...compared, coverage: [...gaps, ...compared.coverage] });
  const report = await openRun(bucket, found.runId).keepReport(told);
  const isDue = deliver === true || hasNews(report) || isSilentTooLong(last, now);
  const failure = await failureOf(send(report, isDue));
  const isOwed = failure?.errors.some((error: Error) => isMessage(error.message)) ?? false;
  const isTold = failure?.delivered.some(({ channel }) => isMessage(channel)) ?? isDue;
  if (isTold || !isOwed) {
    const toldAt = isDue ? now.toISOString() : (last?.toldAt ?? null);
    await keepLastReport(bucket, scope, { toldAt, isOwed, report: compared }).catch((error: unknown) =>
      log(`The next run will compare with an older report than this one: ${messageOf(error)}`),
    );
  }
  if (failure) throw failure;
  return report;
}

async function compare(
  found: Report,
  previous: Report | null,
  { bucket, settings }: GoogleState,
): Promise<Report> {
  const mute = await storedMutes(bucket, settings);
  return mute(compareReports(found, previous, restsOn));
}

/** A message is not kept back for want of what it could be compared with. */
async function readLast(
  bucket: Bucket,
  scope: Scope,
  { scope: places }: Report,
  { language }: Pick<Settings, 'language'>,
): Promise<{ last: LastReport | null; gaps: Report['coverage'] }> {
  try {
    return { last: await readLastReport(bucket, scope), gaps: [] };
  } catch (error) {
    const why = everythingIsNew(saidBy(error));
    const line = { location: null, fact: 'lastReport', complete: false, why };
    const gaps = places
      .slice(0, 1)
      .map(({ cloud, account }) => coverageLine({ cloud, account, ...line }, language));
    return { last: null, gaps };
  }
}

function everythingIsNew(why: Localized): Localized {
  return {
    en: en`Cannot tell what changed, so everything is told as new: ${why}`,
    ja: ja`変化を確認できないため、すべて新規として通知します: ${why}`,
  };
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
