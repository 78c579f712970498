/** A simulated cloud with a topic, a bucket, a verified sender and a mail server, and the channels to them. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { SNSClient } from '@aws-sdk/client-sns';
import { makeDeliveryClients } from '../../functions/aws-clients.ts';
import type { Channel } from '../../shared/deliver/channel.ts';
import { channelsOf } from '../../shared/deliver/channels.ts';
import type { Report } from '../../shared/report.ts';
import { readSettings, type Settings } from '../../shared/settings.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { healthyWorld, shop } from '../cloud/worlds/healthy.ts';
import { sampleReport } from '../render/sample-report.ts';

export const topicArn = `arn:aws:sns:eu-west-1:${shop}:clusterwhy`;
export const sender = 'clusterwhy@shop.example';
export const account = shop;

export interface Delivery {
  cloud: RunningCloud;
  bucket: string;
  clients: { s3: S3Client; sns: SNSClient; ses: SESv2Client };
  settings(more?: Record<string, string>): Settings;
  channels(more?: Record<string, string>): Channel[];
  close(): Promise<void>;
}

export async function startDelivery(): Promise<Delivery> {
  const cloud = await startCloud(healthyWorld());
  const clients = makeDeliveryClients(cloud.clientOptions(shop));
  const bucket = [...cloud.s3.keys()][0] ?? '';
  const settings = (more: Record<string, string> = {}) =>
    readSettings({
      CLUSTERWHY_TOPIC_ARN: topicArn,
      CLUSTERWHY_MAIL_FROM: `clusterwhy <${sender}>`,
      CLUSTERWHY_MAIL_TO: 'ops@shop.example',
      ...more,
    });
  return {
    cloud,
    bucket,
    clients,
    settings,
    channels: (more) => channelsOf(settings(more), clients),
    async close() {
      for (const client of Object.values(clients)) client.destroy();
      await cloud.close();
    },
  };
}

/** Settings for the embedded mail server. */
export function smtpUrl({ smtp: { host, port } }: RunningCloud, login = ''): Record<string, string> {
  return { CLUSTERWHY_SMTP_URL: `smtp://${login}${host}:${port}` };
}

let runs = 0;

/** The sample report as another run's, so that tests do not share marks. */
export function freshReport(): Report {
  runs += 1;
  return { ...sampleReport, runId: `${sampleReport.runId}-${runs}` };
}
