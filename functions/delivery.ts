/** Sends reports by the channels that the settings name, each once. */
import { channelsOf, type Series } from '../shared/deliver/channels.ts';
import { deliver, type DeliveryResult } from '../shared/deliver/deliver.ts';
import { fileMarks } from '../shared/deliver/file-marks.ts';
import { s3Marks } from '../shared/deliver/s3-marks.ts';
import { LocalizedError } from '../shared/localized-error.ts';
import type { Report } from '../shared/report.ts';
import { environment, type Settings } from '../shared/settings.ts';
import { makeDeliveryClients, type AwsClientSettings } from './aws-clients.ts';
import { readSmtpPassword } from './smtp-password.ts';

export interface DeliveryOptions extends Series {
  aws: AwsClientSettings;
  /** Where marks are kept while the settings name no bucket; absent where only a bucket lasts. */
  marksFolder?: string;
  /** Milliseconds to wait for another process that delivers the same report. */
  longestWaitMs?: number;
}

/** Throws an Error that says what is missing where the settings name no channel, or no place for the marks. */
export function checkDelivery(
  { bucket, topicArn, mail }: Settings,
  { marksFolder }: Pick<DeliveryOptions, 'marksFolder'>,
): void {
  if (topicArn === null && mail === null && bucket === null)
    throw new LocalizedError({
      en: `There is nowhere to deliver to: set ${environment.topicArn}, or ${environment.mailFrom} and ${environment.mailTo}, or ${environment.bucket}`,
      ja: `送信先がありません: ${environment.topicArn}、または ${environment.mailFrom} と ${environment.mailTo}、または ${environment.bucket} を設定してください`,
    });
  if (bucket === null && marksFolder === undefined)
    throw new LocalizedError({
      en: `Deliveries cannot be remembered: set ${environment.bucket} to the bucket of the reports`,
      ja: `送信を記録できません: ${environment.bucket} にレポートのバケットを設定してください`,
    });
}

/** Delivers the report; throws an AggregateError that names each channel that failed, after all were tried. */
export async function sendReport(
  report: Report,
  settings: Settings,
  options: DeliveryOptions,
): Promise<DeliveryResult[]> {
  checkDelivery(settings, options);
  const { aws, marksFolder = '', longestWaitMs, series } = options;
  const { s3, ses } = makeDeliveryClients(aws);
  const { sns } = makeDeliveryClients({ ...aws, ...topicRegion(settings) });
  const clients = { s3, ses, sns, smtpPassword: await readSmtpPassword(settings, aws) };
  const marks =
    settings.bucket === null ? fileMarks(marksFolder) : s3Marks({ client: s3, bucket: settings.bucket });
  const waiting = longestWaitMs === undefined ? {} : { longestWaitMs };
  return deliver(report, channelsOf(settings, clients, { series }), marks, waiting);
}

/** A topic is published to in its own region, which its ARN names. */
function topicRegion({ topicArn }: Settings): { region?: string } {
  const region = topicArn?.split(':')[3];
  return region ? { region } : {};
}
