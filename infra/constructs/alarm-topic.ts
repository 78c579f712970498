import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal, type Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { StackSettings } from '../settings.ts';
import { allow } from './allow.ts';

/** Where operators are told that the auditor itself is in trouble; the auditor's own functions cannot write to it. */
export class AlarmTopic extends Construct {
  readonly topic: Topic;
  readonly #key: Key;

  constructor(scope: Construct, id: string, { stackName, email, alarmEmail }: StackSettings) {
    super(scope, id);
    this.#key = this.#makeKey(stackName);
    this.topic = new Topic(this, 'Topic', {
      displayName: `${stackName} alarms`,
      masterKey: this.#key,
      enforceSSL: true,
    });
    // A policy of one's own takes the place of the usual one, through which alarms of the account could publish.
    this.topic.addToResourcePolicy(this.#fromAlarms(['sns:Publish'], this.topic.topicArn));
    for (const address of alarmEmail.length > 0 ? alarmEmail : email) {
      this.topic.addSubscription(new EmailSubscription(address));
    }
  }

  grantPublish(role: Role): void {
    allow(role, { sid: 'TellOperators', actions: ['sns:Publish'], resources: [this.topic.topicArn] });
    const actions = ['kms:Decrypt', 'kms:GenerateDataKey'];
    allow(role, { sid: 'EncryptForOperators', actions, resources: [this.#key.keyArn] });
  }

  /** The key that AWS manages for SNS does not admit CloudWatch: its alarms would be lost without a word. */
  #makeKey(stackName: string): Key {
    const key = new Key(this, 'Key', {
      description: `Alarms of ${stackName}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    key.addToResourcePolicy(this.#fromAlarms(['kms:Decrypt', 'kms:GenerateDataKey*'], '*'));
    return key;
  }

  #fromAlarms(actions: string[], resource: string): PolicyStatement {
    const { account } = Stack.of(this);
    const alarms = Stack.of(this).formatArn({ service: 'cloudwatch', resource: 'alarm:*' });
    return new PolicyStatement({
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions,
      resources: [resource],
      conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': alarms } },
    });
  }
}
