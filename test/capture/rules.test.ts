/** What the deployed rules take from EventBridge, and what may touch it on its way. */
import { rmSync } from 'node:fs';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { forwardingStacks } from '../../infra/forwarding-stack.ts';
import { capturedRegions } from '../../infra/captured-regions.ts';
import { readStackSettings } from '../../infra/settings.ts';
import { faultsOf } from '../infra/structure.ts';
import {
  at,
  captureContext,
  makeApp,
  resourceOf,
  resourcesOf,
  statementsOf,
  synthesize,
  textOf,
  type CloudFormation,
} from '../infra/synthesize.ts';
import { asEvent, refusedRecord } from './capture-setup.ts';
import { matchesPattern } from './matches-pattern.ts';

const template = synthesize(captureContext);
const forwarding = synthesizeForwarding();

function synthesizeForwarding(): CloudFormation[] {
  const app = makeApp();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const stacks = forwardingStacks(app, readStackSettings(captureContext, 'eu-west-1'));
  try {
    const assembly = app.synth();
    return stacks.map(({ artifactId }) => assembly.getStackArtifact(artifactId).template as CloudFormation);
  } finally {
    rmSync(app.outdir, { recursive: true, force: true });
  }
}

/** Kinds whose rules take the event, by the last part of their names. */
function kindsThatTake(event: object): string[] {
  const rules = resourcesOf(template, 'AWS::Events::Rule').filter(([id]) => id.startsWith('CaptureRules'));
  expect(rules).toHaveLength(4);
  return rules
    .filter(([, { Properties }]) => matchesPattern(event, Properties['EventPattern']))
    .map(([id]) => id.replace(/^CaptureRules(\w+?)[0-9A-F]{8}$/, '$1'));
}

const refused = refusedRecord({ number: 1, time: new Date('2026-03-02T09:00:00Z') });
const session = (identity: object, more: object = {}) => ({
  eventTime: '2026-03-02T09:00:00Z',
  eventID: 'e',
  eventSource: 'sqs.amazonaws.com',
  eventName: 'CreateQueue',
  userIdentity: { type: 'AssumedRole', principalId: 'AROAEXAMPLE:session', ...identity },
  errorCode: 'AccessDenied',
  ...more,
});
const web = (provider: string) => ({
  sessionContext: { webIdFederationData: { federatedProvider: provider, attributes: {} } },
});
const irsa = web('arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC');
const podIdentity = { principalId: 'AROAEXAMPLE:eks-prod-cart-7f9c-0a1b' };

describe('the rules', () => {
  it.each<[name: string, record: object, kinds: string[]]>([
    ['a refused AssumeRoleWithWebIdentity', refused, ['WebIdentity']],
    ['one with an expired token', { ...refused, errorCode: 'ExpiredTokenException' }, ['WebIdentity']],
    [
      'a refused AssumeRoleForPodIdentity',
      {
        ...refused,
        eventSource: 'eks-auth.amazonaws.com',
        eventName: 'AssumeRoleForPodIdentity',
        userIdentity: { type: 'AssumedRole', principalId: 'AROAEXAMPLE:i-0123' },
      },
      ['PodIdentity'],
    ],
    ['a denied call of an IRSA session', session(irsa), ['WebIdentitySession']],
    [
      'one of EC2, which spells it its own way',
      session(irsa, { errorCode: 'Client.UnauthorizedOperation' }),
      ['WebIdentitySession'],
    ],
    ['a denied call of a Pod Identity session', session(podIdentity), ['PodIdentitySession']],
  ])('take %s', (_, record, kinds) => {
    expect(kindsThatTake(asEvent(record))).toEqual(kinds);
  });

  it.each<[name: string, record: object]>([
    ['a call that succeeded', { ...refused, errorCode: undefined, errorMessage: undefined }],
    ['an IRSA session that got an answer', session(irsa, { errorCode: undefined })],
    ['a call that failed for another reason', session(irsa, { errorCode: 'NoSuchEntity' })],
    ['a denied call of GitHub', session(web('arn:aws:iam::1:oidc-provider/token.actions.example.com'))],
    ['a denied call of a person', session({})],
    ["a denied call with a node's role", session({ principalId: 'AROAEXAMPLE:i-0123456789abcdef0' })],
  ])('leave %s', (_, record) => {
    expect(kindsThatTake(asEvent(record))).toEqual([]);
  });

  it.each([template, ...forwarding].flatMap((one) => resourcesOf(one, 'AWS::Events::Rule')))(
    '%s takes read-only events, and loses none in silence',
    (_, { Properties }) => {
      expect(Properties['State']).toBe('ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS');
      expect(at(Properties, 'Targets', 0, 'DeadLetterConfig', 'Arn')).toBeDefined();
    },
  );
});

describe('the regions', () => {
  it.each([
    [['eu-west-1'], 'eu-west-1', { home: true, others: ['us-east-1'] }],
    [['eu-west-1'], 'us-east-1', { home: true, others: ['eu-west-1'] }],
    [['eu-west-1', 'us-east-1'], 'eu-north-1', { home: false, others: ['eu-west-1', 'us-east-1'] }],
    [['cn-north-1'], 'cn-north-1', { home: true, others: [] }],
    [['us-gov-west-1'], 'us-gov-west-1', { home: true, others: [] }],
  ])('%j of a stack in %s', (asked, home, regions) => {
    expect(capturedRegions(asked, home)).toEqual(regions);
  });

  it('are captured only where they are asked for', () => {
    expect(resourcesOf(synthesize(), 'AWS::Events::Rule')).toEqual([]);
    expect(forwardingStacks(makeApp(), readStackSettings({}, 'eu-west-1'))).toEqual([]);
    expect(() => readStackSettings(captureContext)).toThrow(/set AWS_REGION, or choose a profile/);
  });

  it('forward to the bus of the stack, and may do nothing else', () => {
    expect(forwarding).toHaveLength(2);
    const [, { Properties: bus }] = resourceOf(template, 'AWS::Events::EventBus');
    for (const one of forwarding) {
      expect(faultsOf(one)).toEqual([]);
      const [role] = resourceOf(one, 'AWS::IAM::Role');
      const [statement, ...others] = statementsOf(one, role);
      expect([statement?.Action, others]).toEqual([['events:PutEvents'], []]);
      const target = `arn:aws:events:eu-west-1:\${AWS::AccountId}:event-bus/${bus['Name'] as string}`;
      expect(statement?.Resource.map(textOf)).toEqual([target]);
      for (const [, { Properties }] of resourcesOf(one, 'AWS::Events::Rule'))
        expect(textOf(at(Properties, 'Targets', 0, 'Arn'))).toBe(target);
    }
  });
});

describe('the way of a refused call', () => {
  const [mappingId, { Properties: mapping }] = resourceOf(template, 'AWS::Lambda::EventSourceMapping');
  const [, { Properties: capture }] = resourceOf(template, 'AWS::Lambda::Function', 'Capture');
  const [queueId, { Properties: queue }] = resourceOf(template, 'AWS::SQS::Queue', 'CaptureQueueRefused');

  it('goes through a queue that keeps it for 14 days, encrypted, and lays aside what fails', () => {
    for (const [, { Properties }] of resourcesOf(template, 'AWS::SQS::Queue').filter(([id]) =>
      id.startsWith('Capture'),
    )) {
      expect(Properties['MessageRetentionPeriod']).toBe(14 * 86_400);
      expect(Properties['KmsMasterKeyId']).toBeDefined();
    }
    expect(queue['VisibilityTimeout']).toBeGreaterThanOrEqual(6 * (capture['Timeout'] as number));
    expect(at(queue, 'RedrivePolicy', 'maxReceiveCount')).toBe(5);
  });

  it('reaches the function in batches of which single messages can fail, with room for each', () => {
    expect(mapping).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': [queueId, 'Arn'] },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BatchSize: 1000,
    });
    const most = at(mapping, 'ScalingConfig', 'MaximumConcurrency') as number;
    expect(capture['ReservedConcurrentExecutions']).toBeGreaterThanOrEqual(most);
    const unreserved = synthesize({ ...captureContext, captureConcurrency: 0 });
    const [, { Properties }] = resourceOf(unreserved, 'AWS::Lambda::Function', 'Capture');
    expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  it('is not taken before the role allows it', () => {
    const { DependsOn = [] } = template.Resources[mappingId] ?? {};
    expect(DependsOn.some((id) => template.Resources[id]?.Type === 'AWS::IAM::Policy')).toBe(true);
  });

  it('is remembered in a table that forgets', () => {
    const [, { Properties }] = resourceOf(template, 'AWS::DynamoDB::Table');
    expect(Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });
});

describe('what the functions may do', () => {
  const allowed = (name: string) => {
    const [, { Properties }] = resourceOf(template, 'AWS::Lambda::Function', name);
    return statementsOf(template, (Properties['Role'] as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0]);
  };
  const actions = (name: string) => allowed(name).flatMap(({ Action }) => Action);

  it('lets the capture count and start the others, and neither read what is audited nor send', () => {
    expect(actions('Capture').sort()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'kms:Decrypt',
      'lambda:InvokeFunction',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
    ]);
    expect(JSON.stringify(allowed('Capture').map(({ Resource }) => Resource))).not.toContain('"*"');
  });

  it('lets audit and digest at the counts only, and the audit change none', () => {
    const table = (name: string) =>
      allowed(name).filter(({ Action }) => Action.some((action) => action.startsWith('dynamodb:')));
    const keys = { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['denial', 'messages'] } };
    expect(table('Audit')).toMatchObject([
      { Action: ['dynamodb:GetItem', 'dynamodb:Query'], Condition: keys },
    ]);
    expect(actions('Digest')).toContain('dynamodb:PutItem');
    expect(table('Plan')).toEqual([]);
  });

  it('lets EventBridge send for the rules of the stack only', () => {
    const [, { Properties }] = resourceOf(template, 'AWS::SQS::QueuePolicy', 'CaptureQueueRefused');
    const statements = at(Properties, 'PolicyDocument', 'Statement') as Record<string, unknown>[];
    const [admitted] = statements.filter(({ Effect }) => Effect === 'Allow');
    expect(admitted).toMatchObject({
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
    expect(at(admitted, 'Condition', 'ArnEquals', 'aws:SourceArn')).toHaveLength(8);
  });
});
