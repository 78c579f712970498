/** Tells people of denials that were captured as they happened: beside the daily reports, and not compared with them. */
import { openBucket } from '../shared/deliver/bucket.ts';
import { DeliveryError } from '../shared/deliver/deliver.ts';
import { recordReport } from '../shared/deliver/stored-report.ts';
import {
  coverageLine,
  isStanding,
  standingCounts,
  type CoverageNote,
  type Report,
} from '../shared/report.ts';
import type { Settings } from '../shared/settings.ts';
import { makeDeliveryClients } from './aws-clients.ts';
import { sendReport } from './delivery.ts';
import type { RunRequest } from './event.ts';
import type { Published, PublishOptions } from './publish-report.ts';
import { storedMutes } from './stored-mutes.ts';

/**
 * Records and sends what the request names of a report; what is muted is recorded only. The daily report still tells all
 * of it as new, for it is compared with the daily report before.
 */
export async function publishDenials(
  found: Report,
  request: Pick<RunRequest, 'causes' | 'heldBack'>,
  { settings, aws, longestWaitMs }: Omit<PublishOptions, 'scope'>,
): Promise<Published> {
  const bucket = openBucket(makeDeliveryClients(aws).s3, settings.bucket);
  const mute = await storedMutes(bucket, settings);
  const report = await recordReport(bucket, mute(chosen(found, request, settings)));
  const isNews = report.findings.some(isStanding);
  const channels = isNews ? settings : { ...settings, topicArn: null, mail: null };
  try {
    return { ...published(report), delivered: await sendReport(report, channels, { aws, longestWaitMs }) };
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return { ...published(report), delivered: error.delivered, failure: error };
  }
}

function published(report: Report): Published {
  return { report, delivered: [], newGaps: [], failure: null };
}

function chosen(
  report: Report,
  { causes, heldBack }: Pick<RunRequest, 'causes' | 'heldBack'>,
  { language }: Pick<Settings, 'language'>,
): Report {
  const findings = report.findings.filter(({ id }) => !causes || causes.includes(id));
  return {
    ...report,
    findings,
    summary: { ...report.summary, bySeverity: standingCounts(findings) },
    coverage: [
      ...heldBackGap(report, heldBack).map((gap) => coverageLine(gap, language)),
      ...report.coverage,
    ],
  };
}

function heldBackGap({ scope }: Report, heldBack: RunRequest['heldBack']): CoverageNote[] {
  const [place] = scope;
  if (!place || !heldBack || heldBack.denials === 0) return [];
  const { denials, since } = heldBack;
  const time = since === null ? null : `${since.slice(0, 16).replace('T', ' ')} UTC`;
  const why = {
    en: `${denials} further new denials were held back${time === null ? '' : ` since ${time}`} by the limit of messages an hour; the daily report tells them`,
    ja: `1 時間あたりのメッセージ数の上限により、${time === null ? '' : `${time} 以降、`}ほかの新しい拒否 ${denials} 件を送信していません。毎日のレポートに含まれます`,
  };
  return [
    { cloud: place.cloud, account: place.account, location: null, fact: 'denials', complete: false, why },
  ];
}
