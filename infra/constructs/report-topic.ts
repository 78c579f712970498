import type { Role } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StackSettings } from '../settings.ts';
import { allow } from './allow.ts';

interface ReportTopicProps {
  settings: StackSettings;
  /** Takes what SNS could not deliver. */
  deadLetters: IQueue;
}

/** Where reports are published: mail by subscription, and whoever else subscribes. */
export class ReportTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { settings, deadLetters }: ReportTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      displayName: settings.stackName,
      // AWS's own key: it admits every publisher of this account that IAM admits, and nobody can disable it.
      masterKey: Alias.fromAliasName(this, 'Key', 'alias/aws/sns'),
      enforceSSL: true,
    });
    for (const address of settings.email) {
      this.topic.addSubscription(new EmailSubscription(address, { deadLetterQueue: deadLetters }));
    }
  }

  grantPublish(role: Role): void {
    allow(role, { sid: 'PublishReports', actions: ['sns:Publish'], resources: [this.topic.topicArn] });
  }
}
