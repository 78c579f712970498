import { Fn, Stack, type CfnElement } from 'aws-cdk-lib';
import { Policy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import {
  DistributedMap,
  JsonPath,
  ResultWriterV2,
  S3JsonItemReader,
  StateMachineType,
  type IChainable,
  type StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { mapPrefix, prefixes } from '../../shared/deployment.ts';
import type { StackSettings } from '../settings.ts';
import { acknowledge } from './acknowledge.ts';
import { allow } from './allow.ts';
import type { ReportsBucket } from './reports-bucket.ts';

interface OrganizationAuditsProps {
  settings: StackSettings;
  reports: ReportsBucket;
  /** Of the state machine. */
  role: Role;
}

/**
 * The audits of an organization's accounts: their list is too long for a state, so it is read from the bucket, and what
 * came of them is written there.
 */
export class OrganizationAudits extends Construct {
  readonly #settings: StackSettings;
  readonly #bucket: IBucket;
  readonly #role: Role;

  constructor(scope: Construct, id: string, { settings, reports, role }: OrganizationAuditsProps) {
    super(scope, id);
    this.#settings = settings;
    this.#bucket = reports.bucket as IBucket;
    this.#role = role;
    allow(role, {
      sid: 'ReadPlannedAccounts',
      actions: ['s3:GetObject'],
      resources: [this.#bucket.arnForObjects(`${prefixes.reports}*/plan/accounts.json`)],
      widerBecause: 'The names hold the day and the run, which are not known before it runs.',
    });
    allow(role, {
      sid: 'WriteResultsOfAccounts',
      // docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
      actions: ['s3:PutObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
      resources: [this.#bucket.arnForObjects(`${mapPrefix}/*`)],
      widerBecause: 'Step Functions names the files.',
    });
  }

  /** One execution for each account; those that fail are told to the digest, however many they are. */
  audits(audit: IChainable): DistributedMap {
    const { accountsAtATime, reservedConcurrency } = this.#settings;
    const accounts = DistributedMap.jsonPath(this, 'AuditAccounts', {
      stateName: 'AuditAccounts',
      comment: 'One audit for each account of the organization',
      itemReader: new S3JsonItemReader({ bucket: this.#bucket, key: JsonPath.stringAt('$.accountsKey') }),
      itemSelector: {
        runId: JsonPath.stringAt('$.runId'),
        account: JsonPath.stringAt('$$.Map.Item.Value.account'),
        issuersKey: JsonPath.stringAt('$.issuersKey'),
        request: JsonPath.objectAt('$.request'),
      },
      resultWriterV2: new ResultWriterV2({ bucket: this.#bucket, prefix: mapPrefix }),
      maxConcurrency: Math.min(accountsAtATime, reservedConcurrency ?? accountsAtATime),
      toleratedFailurePercentage: 100,
      mapExecutionType: StateMachineType.STANDARD,
      resultPath: '$.results',
    });
    return accounts.itemProcessor(audit);
  }

  /** What the digest is given besides. */
  get forDigest(): Record<string, string> {
    return {
      organization: JsonPath.stringAt('$.organization'),
      accountsKey: JsonPath.stringAt('$.accountsKey'),
    };
  }

  /**
   * The Map starts, follows and stops executions of its own state machine. A policy of its own, for the machine needs
   * its role first; the one that the CDK makes for it is not attached to a role that it may not change.
   */
  letRun(stateMachine: StateMachine): void {
    const stack = Stack.of(this);
    const { stateMachineArn } = stateMachine;
    const name = Fn.select(6, Fn.split(':', stateMachineArn));
    const executions = `arn:${stack.partition}:states:${stack.region}:${stack.account}:execution:${name}`;
    const policy = new Policy(this, 'FanOut', {
      roles: [this.#role],
      statements: [
        new PolicyStatement({
          sid: 'StartAudits',
          actions: ['states:StartExecution'],
          resources: [stateMachineArn],
        }),
        new PolicyStatement({
          sid: 'FollowAudits',
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: [`${executions}:*`, `${executions}/*:*`],
        }),
      ],
    });
    const id = stack.getLogicalId(stateMachine.node.defaultChild as CfnElement);
    const shown = `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:{"Fn::Select":[6,{"Fn::Split":[":",{"Ref":"${id}"}]}]}`;
    for (const one of [policy, stateMachine.node.findChild('DistributedMapPolicy')]) {
      const ids = [`IAM5[Resource::${shown}:*]`, `IAM5[Resource::${shown}/*:*]`];
      acknowledge(one, ids, 'The Map names its executions, each with an id that nobody knows before.');
    }
  }
}
