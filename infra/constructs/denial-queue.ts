import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal, type Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { allow } from './allow.ts';

interface DenialQueueProps {
  stackName: string;
  /** How long the function may take for one batch. */
  timeout: Duration;
}

/** Receives of a message before it is laid aside. */
const mostReceives = 5;

/** Refused calls wait here to be counted; what cannot be understood or delivered is laid aside. */
export class DenialQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly #key: Key;

  constructor(scope: Construct, id: string, { stackName, timeout }: DenialQueueProps) {
    super(scope, id);
    this.#key = this.#makeKey(stackName);
    this.deadLetters = new Queue(this, 'DeadLetters', this.#common());
    acknowledge(this.deadLetters, 'SQS3', 'This is the dead-letter queue.');
    this.queue = new Queue(this, 'Refused', {
      ...this.#common(),
      // docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: six times the function's time, or more.
      visibilityTimeout: Duration.seconds(timeout.toSeconds() * 6),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: mostReceives },
    });
  }

  /** Lets these rules of EventBridge send. */
  admitRules(ruleArns: string[]): void {
    for (const queue of [this.queue, this.deadLetters]) {
      const from = {
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
        ArnEquals: { 'aws:SourceArn': ruleArns },
      };
      queue.addToResourcePolicy(fromEventBridge(['sqs:SendMessage'], queue.queueArn, from));
    }
  }

  grantConsume(role: Role): void {
    const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
    allow(role, { sid: 'TakeRefusedCalls', actions, resources: [this.queue.queueArn] });
    const resources = [this.#key.keyArn];
    allow(role, { sid: 'DecryptRefusedCalls', actions: ['kms:Decrypt'], resources });
  }

  #common(): QueueProps {
    return {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.#key,
      dataKeyReuse: Duration.hours(1),
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.DESTROY,
    };
  }

  /** The key that AWS manages for SQS does not admit EventBridge: events would be lost. */
  #makeKey(stackName: string): Key {
    const key = new Key(this, 'Key', {
      description: `Refused calls of ${stackName}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // EventBridge may not say to KMS for which rule it asks; SQS always says for which queue.
    const queues = Stack.of(this).formatArn({ service: 'sqs', resource: '*' });
    const forQueues = { StringLike: { 'kms:EncryptionContext:aws:sqs:arn': queues } };
    key.addToResourcePolicy(fromEventBridge(['kms:Decrypt', 'kms:GenerateDataKey'], '*', forQueues));
    return key;
  }
}

function fromEventBridge(
  actions: string[],
  resource: string,
  conditions: Record<string, Record<string, unknown>>,
): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    principals: [new ServicePrincipal('events.amazonaws.com')],
    actions,
    resources: [resource],
    conditions,
  });
}
