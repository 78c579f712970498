import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import {
  captureMetrics,
  finalErrors,
  metrics,
  metricsNamespace,
  stackOutputs,
} from '../../shared/deployment.ts';
import { environment, readSettings } from '../../shared/settings.ts';
import {
  at,
  captureContext,
  definitionOf,
  organizationContext,
  resourceOf,
  resourcesOf,
  richContext,
  smtpContext,
  synthesize,
  textOf,
  type CloudFormation,
  type Definition,
  type Resource,
  type State,
} from './synthesize.ts';

const plain = synthesize();
const rich = synthesize(richContext);
const smtp = synthesize(smtpContext);
const captured = synthesize(captureContext);
/** Runs that are further apart than anything looks back, kept strictly, and mailed by a server without a login. */
const { rare, warning } = withWarning({
  schedule: 'rate(200 days)',
  flexibleWindowMinutes: 0,
  objectLockDays: 7,
  objectLockMode: 'compliance',
  mailFrom: 'why@example.com',
  mailTo: 'team@example.com',
  smtpUrl: 'smtp://relay.example.com:25',
});

describe('the schedule', () => {
  it('runs daily at six, within a quarter of an hour, with events since the last run', () => {
    const [, { Properties }] = resourceOf(plain, 'AWS::Scheduler::Schedule');
    expect(Properties).toMatchObject({
      ScheduleExpression: 'cron(0 6 * * ? *)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
      Target: { RetryPolicy: { MaximumRetryAttempts: 10 } },
    });
    expect(JSON.parse(at(Properties, 'Target', 'Input') as string)).toEqual({ since: '26h' });
  });

  it('follows the settings', () => {
    const [, { Properties }] = resourceOf(rich, 'AWS::Scheduler::Schedule');
    expect(Properties).toMatchObject({ ScheduleExpressionTimezone: 'Europe/Stockholm' });
    // From Friday to Monday, an hour for the clocks, and two.
    expect(JSON.parse(at(Properties, 'Target', 'Input') as string)).toEqual({
      since: '75h',
      regions: ['eu-west-1', 'us-east-1'],
      clusters: ['prod'],
    });
  });

  it('never asks for more than CloudTrail keeps', () => {
    const [, { Properties }] = resourceOf(rare, 'AWS::Scheduler::Schedule');
    expect(JSON.parse(at(Properties, 'Target', 'Input') as string)).toEqual({ since: '2160h' });
    expect(Properties['FlexibleTimeWindow']).toEqual({ Mode: 'OFF' });
  });

  it('starts the state machine, and keeps what it could not start', () => {
    const [, { Properties }] = resourceOf(plain, 'AWS::Scheduler::Schedule');
    const [machine] = resourceOf(plain, 'AWS::StepFunctions::StateMachine');
    const [queue] = resourceOf(plain, 'AWS::SQS::Queue');
    expect(at(Properties, 'Target', 'Arn')).toEqual({ Ref: machine });
    expect(at(Properties, 'Target', 'DeadLetterConfig', 'Arn')).toEqual({ 'Fn::GetAtt': [queue, 'Arn'] });
  });
});

describe('the state machine', () => {
  const definition = definitionOf(plain);
  const state = (name: string, { States }: Omit<Definition, 'TimeoutSeconds'> = definition): State => {
    const found = States[name];
    if (!found) throw new Error(`There is no state ${name}, but ${Object.keys(States).join(', ')}`);
    return found;
  };
  const accounts = state('AuditAccounts');
  const steps = {
    Plan: state('Plan'),
    Audit: state('AuditAccount', accounts.ItemProcessor),
    Digest: state('Digest'),
  };

  it('plans, audits each account and makes the digest', () => {
    expect(definition.StartAt).toBe('Plan');
    expect(steps.Plan.Next).toBe('AuditAccounts');
    expect(accounts).toMatchObject({
      Type: 'Map',
      ItemsPath: '$.accounts',
      ItemSelector: {
        'runId.$': '$.runId',
        'account.$': '$$.Map.Item.Value.account',
        'request.$': '$.request',
      },
      ResultPath: '$.results',
      Next: 'Digest',
    });
    expect(steps.Digest).toMatchObject({
      End: true,
      Parameters: { 'runId.$': '$.runId', 'results.$': '$.results', 'request.$': '$.request' },
    });
  });

  it('starts the functions', () => {
    for (const [name, step] of Object.entries(steps)) {
      const [id] = resourceOf(plain, 'AWS::Lambda::Function', name);
      expect(step).toMatchObject({ Type: 'Task', Resource: `\${${id}.Arn}` });
    }
  });

  it('tells the digest which account failed and why, instead of failing', () => {
    expect(steps.Audit.Catch).toMatchObject([{ ErrorEquals: ['States.ALL'], Next: 'AccountFailed' }]);
    expect(state('AccountFailed', accounts.ItemProcessor)).toMatchObject({
      End: true,
      Parameters: { 'account.$': '$.account', 'error.$': '$.error.Error', 'cause.$': '$.error.Cause' },
    });
  });

  it.each(Object.entries(steps))('tries %s again with growing waits drawn by lot', (_, { Retry = [] }) => {
    const [final, ...others] = Retry;
    expect(final).toEqual({ MaxAttempts: 0, ErrorEquals: Object.values(finalErrors) });
    expect(others.map(({ ErrorEquals }) => ErrorEquals)).toContainEqual(['States.ALL']);
    for (const retry of others) {
      expect(retry).toMatchObject({ BackoffRate: 2, JitterStrategy: 'FULL' });
      expect(retry.MaxAttempts).toBeGreaterThan(1);
    }
  });

  it('gives each step longer than its function has, and the run longer than all attempts take', () => {
    const longest = Object.entries(steps).map(([name, { TimeoutSeconds = 0, Retry = [] }]) => {
      const [, { Properties }] = resourceOf(plain, 'AWS::Lambda::Function', name);
      expect(TimeoutSeconds).toBeGreaterThan(Properties['Timeout'] as number);
      const { MaxAttempts = 0, MaxDelaySeconds = 0 } = Retry.at(-1) ?? {};
      return TimeoutSeconds * (MaxAttempts + 1) + MaxDelaySeconds * MaxAttempts;
    });
    expect(definition.TimeoutSeconds).toBeGreaterThan(longest.reduce((sum, seconds) => sum + seconds));
  });

  it('tells the operators through SNS itself, and fails', () => {
    for (const step of [steps.Plan, accounts, steps.Digest])
      expect(step.Catch).toMatchObject([{ ErrorEquals: ['States.ALL'], Next: 'TellOperators' }]);
    const [topic] = resourceOf(plain, 'AWS::SNS::Topic', 'AlarmTopic');
    const tell = state('TellOperators');
    expect(tell).toMatchObject({
      Resource: 'arn:${AWS::Partition}:states:::sns:publish',
      Next: 'RunFailed',
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'RunFailed' }],
      Parameters: { TopicArn: `\${${topic}}`, Subject: 'clusterwhy: a run failed' },
    });
    expect(tell.Parameters?.['Message.$']).toMatch(
      /#run-failed', \$\.error\.Error, .*\$\$\.Execution\.Id\)$/,
    );
    expect(state('RunFailed').Type).toBe('Fail');
  });

  it('is logged with its data, and traced', () => {
    const [, { Properties }] = resourceOf(plain, 'AWS::StepFunctions::StateMachine');
    expect(Properties).toMatchObject({
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
      TracingConfiguration: { Enabled: true },
    });
  });

  it('audits no more accounts side by side than there is reserved concurrency', () => {
    expect(accounts.MaxConcurrency).toBe(10);
    expect(definitionOf(rich).States['AuditAccounts']?.MaxConcurrency).toBe(2);
    const reserved = (template: CloudFormation) =>
      resourceOf(template, 'AWS::Lambda::Function', 'Audit')[1].Properties['ReservedConcurrentExecutions'];
    expect([reserved(plain), reserved(rich)]).toEqual([undefined, 2]);
  });
});

describe('the buckets', () => {
  it.each(resourcesOf(rich, 'AWS::S3::Bucket'))(
    '%s is private, encrypted, versioned and kept',
    (id, bucket) => {
      expect(bucket.Properties).toMatchObject({
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        VersioningConfiguration: { Status: 'Enabled' },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      });
      expect(JSON.stringify(bucket.Properties['BucketEncryption'])).toContain('AES256');
      expect(bucket.DeletionPolicy).toBe('Retain');
      const conditions = denialsOf(rich, 'AWS::S3::BucketPolicy', 'Bucket', id).map(
        ({ Condition }) => Condition,
      );
      expect(conditions).toContainEqual({ Bool: { 'aws:SecureTransport': 'false' } });
      expect(conditions).toContainEqual({ NumericLessThan: { 's3:TlsVersion': 1.2 } });
    },
  );

  it('let reports and marks expire, and state never', () => {
    const rules = at(reportsBucket(plain).Properties, 'LifecycleConfiguration', 'Rules') as Record<
      string,
      unknown
    >[];
    const expiring = rules.filter((rule) => 'ExpirationInDays' in rule);
    expect(expiring.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays])).toEqual([
      ['reports/', 400],
      ['deliveries/', 400],
    ]);
  });

  it('lock objects only where that is asked for', () => {
    expect(reportsBucket(plain).Properties).not.toHaveProperty('ObjectLockConfiguration');
    expect(reportsBucket(rich).Properties).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 30 } } },
    });
    expect(reportsBucket(rare).Properties).toMatchObject({
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 7 } } },
    });
  });

  it('log who reads the reports', () => {
    const [logs] = resourceOf(plain, 'AWS::S3::Bucket', 'ReportsBucketAccessLogs');
    expect(reportsBucket(plain).Properties['LoggingConfiguration']).toMatchObject({
      DestinationBucketName: { Ref: logs },
    });
  });
});

describe('the topics', () => {
  it.each(resourcesOf(rich, 'AWS::SNS::Topic'))(
    '%s is encrypted, and takes nothing without TLS',
    (id, topic) => {
      expect(topic.Properties['KmsMasterKeyId']).toBeDefined();
      const denials = denialsOf(rich, 'AWS::SNS::TopicPolicy', 'Topics', id);
      expect(denials).toMatchObject([
        { Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ]);
    },
  );

  it('admit the alarms of this account, by the policy of the topic and by that of its key', () => {
    const [, topic] = resourceOf(rich, 'AWS::SNS::TopicPolicy', 'AlarmTopic');
    const [, key] = resourceOf(rich, 'AWS::KMS::Key');
    for (const [policy, action] of [
      [topic.Properties['PolicyDocument'], 'sns:Publish'],
      [key.Properties['KeyPolicy'], 'kms:Decrypt'],
    ] as const) {
      const alarms = (at(policy, 'Statement') as unknown[]).filter(
        (one) => at(one, 'Principal', 'Service') === 'cloudwatch.amazonaws.com',
      );
      expect(alarms).toHaveLength(1);
      expect([at(alarms, 0, 'Action')].flat()).toContain(action);
      const account = { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } };
      expect(at(alarms, 0, 'Condition', 'StringEquals')).toEqual(account);
      expect(textOf(at(alarms, 0, 'Condition', 'ArnLike', 'aws:SourceArn'))).toMatch(/:alarm:\*$/);
    }
    expect(key.Properties['EnableKeyRotation']).toBe(true);
  });

  it('have the subscribers of the settings; reports that cannot be delivered are kept', () => {
    const subscriptions = resourcesOf(rich, 'AWS::SNS::Subscription').map(([, { Properties }]) => Properties);
    const [reports] = resourceOf(rich, 'AWS::SNS::Topic', 'ReportTopic');
    const ofReports = subscriptions.filter((one) => at(one, 'TopicArn', 'Ref') === reports);
    expect(ofReports.map(({ Endpoint }) => Endpoint)).toEqual(['ops@example.com', 'dev@example.com']);
    const [queue] = resourceOf(rich, 'AWS::SQS::Queue');
    for (const one of ofReports)
      expect(one['RedrivePolicy']).toEqual({ deadLetterTargetArn: { 'Fn::GetAtt': [queue, 'Arn'] } });
    const others = subscriptions.filter((one) => !ofReports.includes(one));
    expect(others.map(({ Endpoint }) => Endpoint)).toEqual(['oncall@example.com']);
  });

  it('send the alarms to the readers of the reports where nobody else is named', () => {
    expect(resourcesOf(plain, 'AWS::SNS::Subscription')).toHaveLength(2);
  });
});

describe('the alarms', () => {
  const runbook = readFileSync('infra/runbook.md', 'utf8');
  const headings = runbook
    .split('\n')
    .flatMap((line) => /^## (.+)$/.exec(line)?.[1] ?? [])
    .map((heading) => heading.toLowerCase().replaceAll(' ', '-'));
  const alarms = resourcesOf(captured, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);

  it.each(alarms.map((alarm) => [alarm['AlarmName'] as string, alarm] as const))(
    '%s tells the operators, and where the runbook says what to do',
    (_, alarm) => {
      const [topic] = resourceOf(plain, 'AWS::SNS::Topic', 'AlarmTopic');
      expect(alarm['AlarmActions']).toEqual([{ Ref: topic }]);
      const anchor = /^.+\. What to do: infra\/runbook\.md#([a-z-]+)$/.exec(
        alarm['AlarmDescription'] as string,
      )?.[1];
      expect(headings).toContain(anchor);
      expect(alarm['AlarmName']).toBe(`clusterwhy-${anchor}`);
    },
  );

  it('are those that the runbook has a heading for, no more and no fewer', () => {
    const names = alarms.map(({ AlarmName }) => (AlarmName as string).replace('clusterwhy-', ''));
    expect(names.sort()).toEqual([...headings].sort());
    expect(names).toHaveLength(9);
    expect(resourcesOf(plain, 'AWS::CloudWatch::Alarm')).toHaveLength(6);
  });

  it('are answered by commands that a shell understands', () => {
    const commands = [...runbook.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block).join('\n');
    expect(commands).toContain('aws stepfunctions list-executions');
    const { status, stderr } = spawnSync('bash', ['-n'], { input: commands, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('are followed by a word on each error that no other attempt mends', () => {
    expect(Object.values(finalErrors).filter((name) => !runbook.includes(`| \`${name}\` `))).toEqual([]);
  });

  it('take the lack of data for the lack of a run', () => {
    const [, { Properties }] = resourceOf(plain, 'AWS::CloudWatch::Alarm', 'AlarmsNosuccessfulrun');
    expect(Properties).toMatchObject({
      Namespace: 'AWS/States',
      MetricName: 'ExecutionsSucceeded',
      Statistic: 'Sum',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
      Period: 3600,
      EvaluationPeriods: 26,
    });
    expect(Properties).not.toHaveProperty('DatapointsToAlarm');
  });

  it('never look back beyond the seven days that CloudWatch knows', () => {
    const [, { Properties }] = resourceOf(rare, 'AWS::CloudWatch::Alarm', 'AlarmsNosuccessfulrun');
    expect(Properties).toMatchObject({ Period: 3600, EvaluationPeriods: 168 });
  });

  it('watch metrics that the digest sends, under the name of the stack', () => {
    const own = findAll(alarms, (value) => value['Namespace'] === metricsNamespace);
    expect(own.map(({ MetricName }) => MetricName as string).sort()).toEqual(
      [metrics.coverageWorse, metrics.deliveryFailures, captureMetrics.heldBack].sort(),
    );
    for (const { Dimensions } of own) expect(Dimensions).toEqual([{ Name: 'service', Value: 'clusterwhy' }]);
    for (const [, { Properties }] of resourcesOf(plain, 'AWS::Lambda::Function')) {
      expect(at(Properties, 'Environment', 'Variables')).toMatchObject({
        [environment.serviceName]: 'clusterwhy',
        [environment.metricsNamespace]: metricsNamespace,
      });
    }
  });
});

describe('the dashboard', () => {
  it('shows every metric that the digest sends, and all alarms', () => {
    const [, { Properties }] = resourceOf(plain, 'AWS::CloudWatch::Dashboard');
    const body = textOf(Properties['DashboardBody']);
    const { findings, ...others } = metrics;
    for (const name of [...Object.values(findings), ...Object.values(others)])
      expect(body).toContain(`["${metricsNamespace}","${name}","service","clusterwhy"`);
    for (const [id] of resourcesOf(plain, 'AWS::CloudWatch::Alarm')) expect(body).toContain(`\${${id}.Arn}`);
    expect(() => JSON.parse(body) as unknown).not.toThrow();
  });
});

describe('the environment of the functions', () => {
  const variables = (template: CloudFormation, name: string) =>
    at(
      resourceOf(template, 'AWS::Lambda::Function', name)[1].Properties,
      'Environment',
      'Variables',
    ) as Record<string, unknown>;

  it('has only names that the settings know, and all of them', () => {
    const set = [
      ...[rich, smtp].flatMap((template) =>
        ['Plan', 'Audit', 'Digest'].flatMap((name) => Object.keys(variables(template, name))),
      ),
      ...['Audit', 'Capture'].flatMap((name) => Object.keys(variables(captured, name))),
      ...Object.keys(variables(synthesize(organizationContext), 'Plan')),
      ...Object.keys(variables(synthesize({ trail: 's3://org-trail' }), 'Audit')),
    ];
    // The Cloud Function comes to AWS by a role, and gets a password from Google's Secret Manager.
    const ofGoogleCloud = /^CLUSTERWHY_(AWS_(ROLE_ARN|AUDIENCE)|SMTP_PASSWORD)$/;
    const known = Object.values(environment).filter((name) => !ofGoogleCloud.test(name));
    expect([...new Set(set)].sort()).toEqual(known.sort());
  });

  it('is one that the settings accept', () => {
    const [bucket] = resourceOf(rich, 'AWS::S3::Bucket', 'ReportsBucketReports');
    const deployed = (template: CloudFormation) =>
      readSettings(
        Object.fromEntries(
          Object.entries(variables(template, 'Digest')).map(([name, value]) => [
            name,
            asDeployed(textOf(value)),
          ]),
        ),
      );
    expect(deployed(rich)).toMatchObject({
      bucket: bucket.toLowerCase(),
      mutes: 'settings/mutes.yaml',
      mail: {
        from: { address: 'why@mail.example.com' },
        to: [{ address: 'team@example.org' }],
        transport: { kind: 'ses' },
        unsubscribe: 'mailto:ops@example.com',
      },
      reportUrl: expect.stringMatching(
        /^https:\/\/eu-west-1\.console\.aws\.amazon\.com\/s3\/object\/.+\?region=eu-west-1&prefix=$/,
      ) as string,
    });
    expect(deployed(smtp).mail?.transport).toMatchObject({
      kind: 'smtp',
      host: 'mail.example.com',
      user: 'why',
      password: null,
      passwordSecret: expect.stringContaining('SmtpPassword') as string,
    });
  });

  it('tells the audit nothing of topics and mail', () => {
    expect(Object.keys(variables(rich, 'Audit')).sort()).toEqual(
      [
        environment.bucket,
        environment.language,
        environment.oidcDiscoveryUrl,
        environment.lookupRate,
        environment.kubernetes,
        environment.serviceName,
        environment.metricsNamespace,
        environment.logLevel,
      ].sort(),
    );
  });
});

describe('mail', () => {
  it('makes the identity of SES that is asked for, and says which records verify it', () => {
    const [, { Properties }] = resourceOf(rich, 'AWS::SES::EmailIdentity');
    expect(Properties).toMatchObject({ EmailIdentity: 'example.com' });
    expect(Object.keys(rich.Outputs).filter((key) => key.startsWith('DkimRecord'))).toHaveLength(3);
    expect(resourcesOf(plain, 'AWS::SES::EmailIdentity')).toEqual([]);
  });

  it('keeps the password of a server in a secret, and asks for none where nobody logs in', () => {
    expect(resourcesOf(smtp, 'AWS::SecretsManager::Secret')).toHaveLength(1);
    expect(smtp.Outputs).toHaveProperty('SmtpPasswordSecret');
    expect(resourcesOf(rare, 'AWS::SecretsManager::Secret')).toEqual([]);
  });
});

describe('a schedule that nobody can watch', () => {
  it('is warned of, with a better one', () => {
    expect(warning).toMatch(/up to 4800 hours apart, .* with -c "schedule=cron\(0 6 \? \* MON,THU \*\)"/);
  });
});

describe('the costs that the README tells', () => {
  it('count the metrics of the alarms, and those that the digest sends', () => {
    const alarms = resourcesOf(plain, 'AWS::CloudWatch::Alarm').map(
      ([, { Properties }]) => findAll(Properties, (value) => 'MetricName' in value).length,
    );
    const { findings, ...others } = metrics;
    const sent = Object.keys(findings).length + Object.keys(others).length;
    const total = alarms.reduce((sum, count) => sum + count);
    const readme = readFileSync('README.md', 'utf8');
    expect(readme).toContain(`${total} metrics (${alarms.join(' + ')}) × 0.10`);
    expect(readme).toContain(`${sent} × 0.30, for 30.4 of 730 hours`);
    expect(resourcesOf(plain, 'AWS::KMS::Key')).toHaveLength(1);
    expect(resourcesOf(plain, 'AWS::CloudWatch::Dashboard')).toHaveLength(1);
  });
});

describe('the outputs', () => {
  it('are those by which the program finds the deployment', () => {
    const [machine] = resourceOf(plain, 'AWS::StepFunctions::StateMachine');
    const [bucket] = resourceOf(plain, 'AWS::S3::Bucket', 'ReportsBucketReports');
    expect(plain.Outputs[stackOutputs.stateMachineArn]?.Value).toEqual({ Ref: machine });
    expect(plain.Outputs[stackOutputs.bucket]?.Value).toEqual({ Ref: bucket });
  });
});

/** The CDK writes its warnings to the console. */
function withWarning(context: Record<string, unknown>): { rare: CloudFormation; warning: string } {
  const console = jest.spyOn(globalThis.console, 'error').mockImplementation(() => undefined);
  try {
    return { rare: synthesize(context), warning: console.mock.calls.flat().join('\n') };
  } finally {
    console.mockRestore();
  }
}

function reportsBucket(template: CloudFormation): Resource {
  return resourceOf(template, 'AWS::S3::Bucket', 'ReportsBucketReports')[1];
}

/** The Deny statements of the policy of a resource. */
function denialsOf(
  template: CloudFormation,
  type: string,
  property: string,
  id: string,
): Record<string, unknown>[] {
  const policies = resourcesOf(template, type).filter(([, { Properties }]) =>
    JSON.stringify(Properties[property]).includes(`{"Ref":"${id}"}`),
  );
  return policies
    .flatMap(
      ([, { Properties }]) => at(Properties, 'PolicyDocument', 'Statement') as Record<string, unknown>[],
    )
    .filter(({ Effect }) => Effect === 'Deny');
}

/** What references become in eu-west-1, near enough for whoever reads the value. */
function asDeployed(value: string): string {
  return value
    .replaceAll('${AWS::Region}', 'eu-west-1')
    .replaceAll('${map}', 'console.aws.amazon.com')
    .replace(/^\$\{(ReportTopic\w+)\}$/, 'arn:aws:sns:eu-west-1:111122223333:$1')
    .replace(/\$\{(ReportsBucket\w+)\}/, (_, id: string) => id.toLowerCase())
    .replace(/^\$\{(Mail\w+)\}$/, 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:$1');
}

function findAll(
  value: unknown,
  matches: (value: Record<string, unknown>) => boolean,
): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = matches(value as Record<string, unknown>) ? [value as Record<string, unknown>] : [];
  return [...own, ...Object.values(value).flatMap((one) => findAll(one, matches))];
}
