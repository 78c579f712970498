/** Delivers to an SNS topic. */
import { PublishCommand, type PublishCommandInput, type SNSClient } from '@aws-sdk/client-sns';
import type { Report } from '../report.ts';
import { renderNotification, type Notification } from '../render/notification.ts';
import { environment } from '../settings.ts';
import type { Language } from '../words.ts';
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
      const once = sendOnce(`Publishing to ${topicArn}`, (name) => remedy(name, topicArn));
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

function remedy(name: string, topicArn: string): string {
  if (/NotFound/.test(name)) return `create the topic, or correct ${environment.topicArn}`;
  if (/Authorization|AccessDenied/.test(name))
    return `grant sns:Publish on ${topicArn} to the auditor, and let the topic's own policy allow it`;
  if (/^KMS/.test(name)) return "grant kms:GenerateDataKey and kms:Decrypt on the topic's key to the auditor";
  return `check ${environment.topicArn}, and that the client is for the topic's region`;
}
