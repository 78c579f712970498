/** Delivers to an SNS topic. */
import { PublishCommand, type PublishCommandInput, type SNSClient } from '@aws-sdk/client-sns';
import type { Report } from '../report.ts';
import { renderNotification, type Notification } from '../render/notification.ts';
import { environment } from '../settings.ts';
import type { Language, Localized } from '../words.ts';
import type { Channel } from './channel.ts';
import { attemptStep, sendOnce } from './send-once.ts';

export interface SnsOptions {
  /** In the region of the topic. */
  client: SNSClient;
  topicArn: string;
  /** Of the message; English where absent, as the subject always is. */
  language?: Language | undefined;
  /** Where people find the whole report. */
  pageUrl?: ((report: Report) => string | undefined) | undefined;
}

/** A channel for one topic; needs sns:Publish on it. */
export function snsChannel({ client, topicArn, language, pageUrl }: SnsOptions): Channel {
  return {
    id: `sns:${topicArn}`,
    async send(report, { possiblySentBefore, signal }) {
      const notification = renderNotification(report, {
        pageUrl: pageUrl?.(report),
        possiblySentBefore,
        language,
      });
      const command = new PublishCommand(publishInput(topicArn, notification));
      const once = sendOnce(publishing(topicArn), (name) => remedy(name, topicArn));
      command.middlewareStack.add((next) => (given) => once.attempt(() => next(given)), attemptStep);
      await once.send(() => client.send(command, { ...(signal && { abortSignal: signal }) }));
    },
  };
}

function publishInput(topicArn: string, { subject, message, attributes }: Notification): PublishCommandInput {
  return {
    TopicArn: topicArn,
    Subject: subject,
    Message: message,
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, { type, value }]) => [
        name,
        { DataType: type, StringValue: value },
      ]),
    ),
  };
}

function publishing(topicArn: string): Localized {
  return { en: `Publishing to ${topicArn}`, ja: `${topicArn} への発行` };
}

function remedy(name: string, topicArn: string): Localized {
  if (/NotFound/.test(name)) return remedies.topic;
  if (/Authorization|AccessDenied/.test(name)) return grant(topicArn);
  return /^KMS/.test(name) ? remedies.key : remedies.region;
}

function grant(topicArn: string): Localized {
  return {
    en: `grant sns:Publish on ${topicArn} to the auditor, and let the topic's own policy allow it`,
    ja: `監査者に ${topicArn} に対する sns:Publish を許可し、トピック自体のポリシーでも許可してください`,
  };
}

const remedies = {
  topic: {
    en: `create the topic, or correct ${environment.topicArn}`,
    ja: `トピックを作成するか、${environment.topicArn} を修正してください`,
  },
  key: {
    en: "grant kms:GenerateDataKey and kms:Decrypt on the topic's key to the auditor",
    ja: '監査者に、トピックの鍵に対する kms:GenerateDataKey と kms:Decrypt を許可してください',
  },
  region: {
    en: `check ${environment.topicArn}, and that the client is for the topic's region`,
    ja: `${environment.topicArn} と、クライアントのリージョンがトピックと同じであることを確認してください`,
  },
} satisfies Record<string, Localized>;
