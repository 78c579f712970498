import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  DefinitionBody,
  Fail,
  JitterType,
  JsonPath,
  LogLevel,
  Map as MapState,
  Pass,
  StateMachine,
  TaskInput,
  Timeout,
  type IChainable,
  type RetryProps,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke, SnsPublish } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { finalErrors } from '../../shared/deployment.ts';
import { consoleAddress } from '../console-address.ts';
import type { StackSettings } from '../settings.ts';
import type { AlarmTopic } from './alarm-topic.ts';
import { allow } from './allow.ts';
import { OrganizationAudits } from './organization-audits.ts';
import type { ReportsBucket } from './reports-bucket.ts';

interface AuditWorkflowProps {
  settings: StackSettings;
  functions: { plan: IFunction; audit: IFunction; digest: IFunction };
  /** Where the accounts of an organization are planned, and what came of them is written. */
  reports: ReportsBucket;
  /** Operators, who are told when a run fails. */
  alarmTopic: AlarmTopic;
}

/** How one step is called, and what is tried when it fails. */
interface Step {
  timeout: Duration;
  payload?: Record<string, unknown>;
  retry: Omit<RetryProps, 'errors'>;
}

/** Accounts that are audited side by side. */
const accountsAtATime = 10;

/** Longer than all attempts at all steps together may take. */
const longestRun = Duration.hours(4);

/** plan → an audit of each account → digest; whatever fails is told to the operators, and fails the execution. */
export class AuditWorkflow extends Construct {
  readonly stateMachine: StateMachine;
  readonly logGroup: LogGroup;
  readonly #settings: StackSettings;

  constructor(
    scope: Construct,
    id: string,
    { settings, functions, reports, alarmTopic }: AuditWorkflowProps,
  ) {
    super(scope, id);
    this.#settings = settings;
    this.logGroup = new LogGroup(this, 'Log', {
      // Other names make the policy by which services write logs grow with every state machine of the account.
      logGroupName: `/aws/vendedlogs/states/${settings.stackName}`,
      retention: settings.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = this.#role(Object.values(functions), alarmTopic);
    const organization =
      settings.organization === 'YES'
        ? new OrganizationAudits(this, 'Organization', { settings, reports, role })
        : null;
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      definitionBody: DefinitionBody.fromChainable(this.#states(functions, alarmTopic, organization)),
      role: role.withoutPolicyUpdates(),
      timeout: organization ? longestOrganizationRun : longestRun,
      logs: { destination: this.logGroup, level: LogLevel.ALL, includeExecutionData: true },
      tracingEnabled: true,
    });
    this.stateMachine.node.addDependency(role);
    organization?.letRun(this.stateMachine);
  }

  #states(
    { plan, audit, digest }: AuditWorkflowProps['functions'],
    alarms: AlarmTopic,
    organization: OrganizationAudits | null,
  ): IChainable {
    const steps = [
      this.#step('Plan', plan, { timeout: Duration.minutes(organization ? 16 : 2), retry: often }),
      organization ? organization.audits(this.#auditAccount(audit)) : this.#auditAccounts(audit),
      this.#step('Digest', digest, {
        timeout: Duration.minutes(16),
        payload: {
          runId: JsonPath.stringAt('$.runId'),
          results: JsonPath.objectAt('$.results'),
          request: JsonPath.objectAt('$.request'),
          ...organization?.forDigest,
        },
        // What was sent is marked: another attempt sends only what is missing.
        retry: { ...often, maxAttempts: 4 },
      }),
    ] as const;
    const failed = this.#tellOperators(alarms);
    for (const step of steps) step.addCatch(failed, { resultPath: '$.error' });
    return steps[0].next(steps[1]).next(steps[2]);
  }

  /** An account that cannot be audited is told to the digest, and does not keep the others from their report. */
  #auditAccounts(audit: IFunction): MapState {
    const accounts = MapState.jsonPath(this, 'AuditAccounts', {
      comment: 'One audit for each account',
      itemsPath: '$.accounts',
      itemSelector: {
        runId: JsonPath.stringAt('$.runId'),
        account: JsonPath.stringAt('$$.Map.Item.Value.account'),
        request: JsonPath.objectAt('$.request'),
      },
      maxConcurrency: Math.min(accountsAtATime, this.#settings.reservedConcurrency ?? accountsAtATime),
      resultPath: '$.results',
    });
    return accounts.itemProcessor(this.#auditAccount(audit));
  }

  #auditAccount(audit: IFunction): LambdaInvoke {
    const one = this.#step('AuditAccount', audit, { timeout: Duration.minutes(16), retry: often });
    one.addCatch(
      Pass.jsonPath(this, 'AccountFailed', {
        parameters: {
          runId: JsonPath.stringAt('$.runId'),
          account: JsonPath.stringAt('$.account'),
          error: JsonPath.stringAt('$.error.Error'),
          cause: JsonPath.stringAt('$.error.Cause'),
        },
      }),
      { resultPath: '$.error' },
    );
    return one;
  }

  #step(id: string, lambdaFunction: IFunction, { timeout, payload, retry }: Step): LambdaInvoke {
    const step = LambdaInvoke.jsonPath(this, id, {
      lambdaFunction,
      ...(payload && { payload: TaskInput.fromObject(payload) }),
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
      taskTimeout: Timeout.duration(timeout),
    });
    step.addRetry({ errors: Object.values(finalErrors), maxAttempts: 0 });
    step.addRetry({ ...serviceTrouble, errors: lambdaTrouble });
    step.addRetry({ ...retry, errors: ['States.ALL'] });
    return step;
  }

  /** By SNS itself: the functions, which may be what is broken, have no part in it. */
  #tellOperators({ topic }: AlarmTopic): IChainable {
    const { stackName } = this.#settings;
    const execution = JsonPath.stringAt('$$.Execution.Id');
    const link = `${consoleAddress(this)}/states/home?region=${Aws.REGION}#/v2/executions/details/{}`;
    const text = `A run of ${stackName} failed.\n\nError: {}\nCause: {}\n\nExecution: ${link}\nWhat to do: ${this.#settings.runbookUrl}#run-failed`;
    const tell = SnsPublish.jsonPath(this, 'TellOperators', {
      topic,
      subject: `${stackName}: a run failed`,
      message: TaskInput.fromText(
        JsonPath.format(
          text,
          JsonPath.stringAt('$.error.Error'),
          JsonPath.stringAt('$.error.Cause'),
          execution,
        ),
      ),
      resultPath: JsonPath.DISCARD,
    });
    const fail = Fail.jsonPath(this, 'RunFailed', { errorPath: '$.error.Error', causePath: '$.error.Cause' });
    tell.addRetry({ ...often, errors: ['States.ALL'] });
    tell.addCatch(fail, { resultPath: JsonPath.DISCARD });
    return tell.next(fail);
  }

  #role(functions: IFunction[], alarms: AlarmTopic): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: `${this.#settings.stackName}: starts the functions, and tells operators what failed`,
    });
    const resources = functions.map(({ functionArn }) => functionArn);
    allow(role, { sid: 'StartFunctions', actions: ['lambda:InvokeFunction'], resources });
    alarms.grantPublish(role);
    for (const [sid, actions] of Object.entries(deliveries)) {
      allow(role, { sid, actions, resources: ['*'], widerBecause: 'These actions take no resource.' });
    }
    return role;
  }
}

/** Some thousand accounts, a few side by side. */
const longestOrganizationRun = Duration.hours(12);

/** Waits of about 30 s, 1, 2 and 4 minutes, drawn by lot so that many do not come back at once. */
const often = {
  interval: Duration.seconds(30),
  maxAttempts: 2,
  backoffRate: 2,
  maxDelay: Duration.minutes(5),
  jitterStrategy: JitterType.FULL,
};

/** Lambda itself was in trouble, or had no room: nothing is wrong with the function. */
const lambdaTrouble = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.TooManyRequestsException',
];
const serviceTrouble = { ...often, interval: Duration.seconds(2), maxAttempts: 8 };

/** docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html and …/xray-iam.html */
const deliveries = {
  DeliverLogs: [
    'logs:CreateLogDelivery',
    'logs:GetLogDelivery',
    'logs:UpdateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:DescribeResourcePolicies',
    'logs:DescribeLogGroups',
  ],
  Trace: [
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
  ],
};
