/** What is read of refused calls to services: records, actions, sessions, decoded messages, narrowest grants. */
import { actionOfEvent } from '../../shared/domain/action-of-event.ts';
import { parseDecodedMessage } from '../../shared/domain/decoded-message.ts';
import { isEscalating, narrowestPolicy, narrowestResource } from '../../shared/domain/narrowest-statement.ts';
import { parsePodSession } from '../../shared/domain/pod-session.ts';
import { parseRefusedServiceCall } from '../../shared/domain/service-call-record.ts';
import { podSessionRecord, serviceCallRecord } from '../cloud/service-call-record.ts';

describe('actionOfEvent()', () => {
  it.each([
    ['s3.amazonaws.com', 'HeadBucket', 's3:ListBucket'],
    ['s3.amazonaws.com', 'ListBuckets', 's3:ListAllMyBuckets'],
    ['s3.amazonaws.com', 'PutObject', 's3:PutObject'],
    ['monitoring.amazonaws.com', 'PutMetricData', 'cloudwatch:PutMetricData'],
    ['email.amazonaws.com', 'SendEmail', 'ses:SendEmail'],
    ['tagging.amazonaws.com', 'GetResources', 'tag:GetResources'],
    ['lambda.amazonaws.com', 'ListFunctions20150331', 'lambda:ListFunctions'],
    ['lambda.amazonaws.com', 'GetFunction20150331v2', 'lambda:GetFunction'],
    ['lambda.amazonaws.com', 'Invoke', 'lambda:InvokeFunction'],
    ['ec2.amazonaws.com', 'RunInstances', 'ec2:RunInstances'],
    ['sqs.amazonaws.com.cn', 'SendMessage', 'sqs:SendMessage'],
    ['kinesisanalytics.amazonaws.com', 'DescribeApplication', 'kinesisanalytics:DescribeApplication'],
  ])('of %s and %s is %s', (source, name, action) => {
    expect(actionOfEvent(source, name)).toBe(action);
  });

  it.each([
    ['', ''],
    ['evil.example', 'GetObject'],
    ['s3.amazonaws.com', 'get object'],
    ['constructor.amazonaws.com', ''],
  ])('is null for %j and %j', (source, name) => {
    expect(actionOfEvent(source, name)).toBeNull();
  });
});

describe('narrowestResource()', () => {
  it.each([
    ['s3:GetObject', 'arn:aws:s3:::b/a*b?c$d', 'arn:aws:s3:::b/a${*}b${?}c${$}d'],
    ['ecr:GetAuthorizationToken', '*', '*'],
    ['ec2:DescribeSubnets', null, '*'],
    ['ec2:RunInstances', null, null],
    ['s3:GetObject', 'bucket/key', null],
    ['s3:GetObject', 'arn:aws:s3', null],
  ])('of %s on %s is %s', (action, resource, narrowest) => {
    expect(narrowestResource({ action, resource })).toBe(narrowest);
  });

  it('shares a statement among resources with the same actions, in an order of its own', () => {
    const calls = [
      { action: 'sqs:SendMessage', resource: 'arn:aws:sqs:r:1:b' },
      { action: 'sns:Publish', resource: 'arn:aws:sns:r:1:t' },
      { action: 'sqs:SendMessage', resource: 'arn:aws:sqs:r:1:a' },
      { action: 'sqs:SendMessage', resource: 'arn:aws:sqs:r:1:a' },
    ];
    const statement = (action: string, ...Resource: string[]) => ({
      Effect: 'Allow',
      Action: [action],
      Resource,
    });
    expect(narrowestPolicy(calls)?.Statement).toEqual([
      statement('sns:Publish', 'arn:aws:sns:r:1:t'),
      statement('sqs:SendMessage', 'arn:aws:sqs:r:1:a', 'arn:aws:sqs:r:1:b'),
    ]);
    expect(narrowestPolicy([...calls].reverse())).toEqual(narrowestPolicy(calls));
    expect(narrowestPolicy([...calls, { action: 'ec2:RunInstances', resource: null }])).toBeNull();
  });
});

describe('isEscalating()', () => {
  it.each([
    'iam:CreateAccessKey',
    'iam:PassRole',
    'sts:AssumeRole',
    's3:PutBucketPolicy',
    's3:PutObjectAcl',
    'lambda:AddPermission',
    'lambda:UpdateFunctionCode',
    'kms:CreateGrant',
    'secretsmanager:PutResourcePolicy',
    'organizations:LeaveOrganization',
    'ssm:SendCommand',
    's3:*',
  ])('is true of %s', (action) => expect(isEscalating(action)).toBe(true));

  it.each([
    's3:GetObject',
    'sns:Publish',
    'iam:GetRole',
    'ec2:CreateSnapshot',
    'kms:Decrypt',
    'sqs:SendMessage',
  ])('is false of %s', (action) => expect(isEscalating(action)).toBe(false));
});

const withoutProvider = {
  account: '111122223333',
  region: 'eu-west-1',
  time: new Date('2026-01-01T05:00:00Z'),
  role: 'eks/app',
  sessionName: 'botocore-session-1',
  eventSource: 's3.amazonaws.com',
  eventName: 'HeadBucket',
  error: { code: 'AccessDenied', message: 'Access Denied' },
};
const provider = 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC';
const usual = { ...withoutProvider, provider };
const pod = 'eks-prod-cart-7d9f8-2f6f4f0e-8f0a-4a3c-9a53-0d2a7f5b9c11';

describe('parseRefusedServiceCall()', () => {
  it('reads a call of IRSA', () => {
    const resource = { type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::files' };
    expect(parseRefusedServiceCall(serviceCallRecord({ ...usual, resource }))).toMatchObject({
      roleArn: 'arn:aws:iam::111122223333:role/eks/app',
      session: 'web-identity',
      cluster: 'oidc.eks.eu-west-1.amazonaws.com/id/ABC',
      sessionName: 'botocore-session-1',
      action: 's3:ListBucket',
      resource: 'arn:aws:s3:::files',
      policyType: null,
      errorCode: 'AccessDenied',
      time: '2026-01-01T05:00:00Z',
      region: 'eu-west-1',
    });
  });

  it.each([
    [pod, 'pod-identity'],
    ['i-0123456789abcdef0', 'node'],
  ])('tells the session %s from others', (sessionName, session) => {
    expect(parseRefusedServiceCall(serviceCallRecord({ ...withoutProvider, sessionName }))?.session).toBe(
      session,
    );
  });

  it('prefers what the message says', () => {
    const message =
      'User: a is not authorized to perform: s3:ListAllMyBuckets on resource: "arn:aws:s3:::*" with an explicit deny in a service control policy';
    const call = parseRefusedServiceCall(
      serviceCallRecord({ ...usual, error: { code: 'AccessDenied', message } }),
    );
    expect(call).toMatchObject({ action: 's3:ListAllMyBuckets', policyType: 'scp', explicit: true });
  });

  it.each([
    ['a call that succeeded', { ...serviceCallRecord(usual), errorCode: undefined }],
    ['a fault of another kind', { ...serviceCallRecord(usual), errorCode: 'NoSuchBucket' }],
    ['a session of people', serviceCallRecord({ ...withoutProvider, sessionName: 'alice@example.com' })],
    ['a call for credentials', { ...serviceCallRecord(usual), eventName: 'AssumeRoleWithWebIdentity' }],
    ['an event of no service', { ...serviceCallRecord(usual), eventSource: 'x' }],
    ['nothing at all', {}],
    ['fields of other types', { errorCode: 'AccessDenied', userIdentity: [], eventName: 7 }],
  ])('is null for %s', (_, record) => {
    expect(parseRefusedServiceCall(record)).toBeNull();
  });

  it('names no resource where the record has several', () => {
    const record = serviceCallRecord(usual);
    record.resources = ['a', 'b'].map((ARN) => ({ type: 'T', ARN }));
    expect(parseRefusedServiceCall(record)?.resource).toBeNull();
  });
});

describe('parsePodSession()', () => {
  const record = podSessionRecord({
    account: usual.account,
    region: usual.region,
    time: usual.time,
    role: 'app',
    sessionName: pod,
    cluster: 'prod',
    namespace: 'shop',
    serviceAccount: 'cart',
  });

  it('reads the session and its tags', () => {
    expect(parsePodSession(JSON.stringify(record))).toEqual({
      name: pod,
      time: '2026-01-01T05:00:00Z',
      cluster: 'prod',
      namespace: 'shop',
      serviceAccount: 'cart',
    });
  });

  it('does without tags', () => {
    const parameters = { ...record.requestParameters, tags: undefined };
    expect(parsePodSession(JSON.stringify({ ...record, requestParameters: parameters }))).toMatchObject({
      name: pod,
      namespace: null,
    });
  });

  it.each([
    ['no JSON', 'x'],
    ['another caller', JSON.stringify({ ...record, userIdentity: { invokedBy: 'ec2.amazonaws.com' } })],
    ['a refusal', JSON.stringify({ ...record, errorCode: 'AccessDenied' })],
    ['null', 'null'],
  ])('is null for %s', (_, json) => expect(parsePodSession(json)).toBeNull());
});

describe('parseDecodedMessage()', () => {
  it('reads action, resource and whether a statement denied', () => {
    const context = { action: 'ec2:RunInstances', resource: 'arn:aws:ec2:r:1:instance/*' };
    expect(parseDecodedMessage(JSON.stringify({ allowed: false, explicitDeny: true, context }))).toEqual({
      ...context,
      explicit: true,
    });
  });

  it.each(['', 'null', '[]', '{}', '{"allowed":"no"}'])('is null for %j', (json) => {
    expect(parseDecodedMessage(json)).toBeNull();
  });
});
