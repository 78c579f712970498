/** The channels that the settings name. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { Report } from '../report.ts';
import type { MailSettings, Settings } from '../settings.ts';
import type { Channel } from './channel.ts';
import type { MailOptions } from './mail-options.ts';
import { pageUrl } from './report-key.ts';
import { s3ReportsChannel, type S3ReportsOptions } from './s3-reports.ts';
import { sesChannel } from './ses.ts';
import { smtpChannel } from './smtp.ts';
import { snsChannel } from './sns.ts';

export interface ChannelClients {
  s3: S3Client;
  sns: SNSClient;
  ses: SESv2Client;
  /** Password of the SMTP server, where it comes from a secret instead of the URL. */
  smtpPassword?: string | undefined;
}

/** What the report looked at, as the list of reports names it; without it the page shows no earlier ones. */
export type Series = Pick<S3ReportsOptions, 'series'>;

/** One channel for the bucket, one for the topic, and one for each recipient of the mail; none if none is set. */
export function channelsOf(settings: Settings, clients: ChannelClients, { series }: Series = {}): Channel[] {
  const { bucket, topicArn, mail, language } = settings;
  const page = (report: Report) => pageUrl(settings, report);
  return [
    ...(bucket === null ? [] : [s3ReportsChannel({ client: clients.s3, bucket, language, series })]),
    ...(topicArn === null ? [] : [snsChannel({ client: clients.sns, topicArn, language, pageUrl: page })]),
    ...(mail === null ? [] : mailChannels(mail, clients, { language, pageUrl: page })),
  ];
}

function mailChannels(
  { from, to: recipients, transport, unsubscribe }: MailSettings,
  { ses, smtpPassword }: ChannelClients,
  shown: Pick<MailOptions, 'language' | 'pageUrl'>,
): Channel[] {
  return recipients.map((to) => {
    const shared = { from, to, unsubscribe, ...shown };
    if (transport.kind === 'ses') return sesChannel({ ...shared, client: ses });
    const server = { ...transport, password: smtpPassword ?? transport.password };
    return smtpChannel({ ...shared, server });
  });
}
