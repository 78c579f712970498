/** How the Cloud Function delivers: by SMTP, or through AWS with an identity token of Google. */
import { channelsOf } from '../shared/deliver/channels.ts';
import { openBucket, type Bucket } from '../shared/deliver/bucket.ts';
import type { Channel } from '../shared/deliver/channel.ts';
import { deliver } from '../shared/deliver/deliver.ts';
import { fileMarks } from '../shared/deliver/file-marks.ts';
import { googleMarks } from '../shared/deliver/google-marks.ts';
import { googleReportsChannel } from '../shared/deliver/google-reports.ts';
import { googleEnvironment } from '../shared/google-settings.ts';
import type { Report } from '../shared/report.ts';
import { environment, type Settings } from '../shared/settings.ts';
import { makeDeliveryClients } from './aws-clients.ts';
import { bucketHistory, type HistoryStore } from './cluster-history.ts';
import type { Deliver } from './gke-function.ts';
import type { GoogleState } from './publish-google-report.ts';
import { awsCredentialsFromGoogle } from './google-to-aws.ts';

export interface GkeDeliveryOptions {
  settings: Settings;
  /** Where runs, marks and history are kept while the settings name no bucket on AWS; nowhere where absent. */
  googleBucket?: Bucket | null;
  /** Makes an identity token of the service account that this runs as. */
  identityToken: (audience: string) => Promise<string>;
  /** Where marks are kept while there is no bucket at all: they last as long as this machine. */
  marksFolder: string;
  /** Of AWS; the SDK's where absent. */
  region?: string;
  endpoint?: string;
}

/**
 * Sends a report on every channel; null where the settings name none.
 * @throws {Error} where a channel is on AWS and nothing says how to come there
 */
export function gkeDelivery(options: GkeDeliveryOptions): Deliver | null {
  const { settings, marksFolder } = options;
  if (settings.bucket === null && !sendsMessages(settings)) return null;
  checkWay(settings);
  return async (report, kept = report, isDue = true) => {
    const aws = openAws(options);
    const bucket = aws.bucket ?? options.googleBucket ?? null;
    const marks = bucket ? googleMarks(bucket) : fileMarks(marksFolder);
    await deliver(report, channels(options, aws, { kept, isDue }), marks);
  };
}

/** Whether there is a channel besides the bucket. */
export function sendsMessages({ topicArn, mail }: Settings): boolean {
  return topicArn !== null || mail !== null;
}

/** The bucket in which runs leave what others need: on AWS where one is set; null where there is none. */
export function gkeBucket(options: GkeDeliveryOptions): Bucket | null {
  if (options.settings.bucket === null) return options.googleBucket ?? null;
  checkWay(options.settings);
  return openAws(options).bucket;
}

/** What runs saw of clusters; null where there is no bucket. */
export function gkeHistory(options: GkeDeliveryOptions): HistoryStore | null {
  const bucket = gkeBucket(options);
  return bucket && bucketHistory(bucket);
}

/**
 * What reports are compared with and muted by before people are told of them; null where there is no bucket to keep it in,
 * and where nobody is told by this function: the digest on AWS then does both.
 */
export function gkeState(options: GkeDeliveryOptions): GoogleState | null {
  const { settings } = options;
  const bucket = gkeBucket(options);
  if (bucket === null && settings.mutes !== null)
    throw new Error(
      `Cannot use ${environment.mutes}: there is no bucket that could hold the file; set ${googleEnvironment.bucket}`,
    );
  return bucket && sendsMessages(settings) ? { bucket, settings } : null;
}

function checkWay({ bucket, topicArn, mail, federation }: Settings): void {
  if (mail?.transport.kind === 'ses')
    throw new Error(
      `Cannot mail from Google Cloud through SES: set ${environment.smtpUrl}, or ${environment.bucket}, whose digest is mailed from AWS`,
    );
  if (mail?.transport.kind === 'smtp' && mail.transport.passwordSecret !== null)
    throw new Error(
      `Cannot read ${environment.smtpPasswordSecret} from Google Cloud: it is a secret of AWS; give ${environment.smtpPassword} from Secret Manager`,
    );
  if ((bucket !== null || topicArn !== null) && federation === null)
    throw new Error(
      `Cannot deliver to AWS from Google Cloud: set ${environment.awsRoleArn} to the role that trusts this service account`,
    );
}

interface Aws {
  clients: ReturnType<typeof makeDeliveryClients>;
  bucket: Bucket | null;
}

/** Clients that take on the role when they are first used. */
function openAws(options: GkeDeliveryOptions): Aws {
  const { settings, identityToken, region = regionOf(settings), endpoint } = options;
  const { bucket, federation } = settings;
  const place = { ...(region && { region }), ...(endpoint && { endpoint }) };
  const credentials = federation && awsCredentialsFromGoogle(federation, identityToken, place);
  const clients = makeDeliveryClients({ ...place, ...(credentials && { credentials }) });
  return { clients, bucket: bucket === null ? null : openBucket(clients.s3, bucket) };
}

/** The role may write its one report, not the pages that an address of reports leads to. */
function channels(
  { settings }: GkeDeliveryOptions,
  { clients, bucket }: Aws,
  { kept, isDue }: { kept: Report | null; isDue: boolean },
): Channel[] {
  const others = isDue ? channelsOf({ ...settings, bucket: null, reportUrl: null }, clients) : [];
  return bucket && kept ? [keeping(googleReportsChannel(bucket), kept), ...others] : others;
}

/** The channel with another report than the one that goes out on the others. */
function keeping(channel: Channel, kept: Report): Channel {
  return { id: channel.id, send: (_, options) => channel.send(kept, options) };
}

/** A topic is published to in its own region, which its ARN names; the bucket is in the same. */
function regionOf({ topicArn }: Settings): string | undefined {
  return topicArn?.split(':')[3];
}
