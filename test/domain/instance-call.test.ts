import { isNodesOwnCall, parseInstanceCall } from '../../shared/domain/instance-call.ts';

const identity = {
  type: 'AssumedRole',
  principalId: 'AROAEXAMPLE:i-00000000000000011',
  sessionContext: { sessionIssuer: { arn: 'arn:aws:iam::111122223333:role/eks-node' } },
};

function parse(record: object) {
  return parseInstanceCall(JSON.stringify(record));
}

describe('parseInstanceCall()', () => {
  it('reads who called what from which node', () => {
    const record = {
      eventID: 'e-1',
      eventTime: '2026-01-01T05:00:00Z',
      eventSource: 'eks-auth.amazonaws.com',
      eventName: 'AssumeRoleForPodIdentity',
      userIdentity: identity,
      userAgent: 'agent',
      errorCode: 'AccessDeniedException',
      errorMessage: 'no',
      requestParameters: { clusterName: 'prod', eksNodeName: 'node-1' },
    };
    expect(parse(record)).toEqual({
      ok: true,
      call: {
        eventId: 'e-1',
        time: '2026-01-01T05:00:00Z',
        eventSource: 'eks-auth.amazonaws.com',
        eventName: 'AssumeRoleForPodIdentity',
        roleArn: 'arn:aws:iam::111122223333:role/eks-node',
        instanceId: 'i-00000000000000011',
        userAgent: 'agent',
        errorCode: 'AccessDenied',
        errorMessage: 'no',
        clusterName: 'prod',
        nodeName: 'node-1',
      },
    });
  });

  it.each([
    ['no identity', null],
    ['an identity of another kind', 'root'],
    ['a session that is named otherwise', { ...identity, principalId: 'AROAEXAMPLE:alice' }],
    ['a principal that is no text', { ...identity, principalId: 7 }],
  ])('knows no instance for %s', (_, userIdentity) => {
    const record = { eventSource: 's3.amazonaws.com', eventName: 'ListBuckets', userIdentity };
    expect(parse(record)).toMatchObject({ ok: true, call: { instanceId: null, errorCode: null } });
  });

  it.each(['', 'null', '[]', '7', '{"eventName":"x"}', '{"eventName":1,"eventSource":2}', '{'])(
    'refuses %j',
    (text) => {
      expect(parseInstanceCall(text)).toMatchObject({ ok: false });
    },
  );
});

describe('isNodesOwnCall()', () => {
  it.each([
    ['ssm.amazonaws.com', 'UpdateInstanceInformation', null],
    ['ec2.amazonaws.com', 'AssignPrivateIpAddresses', 'aws-sdk-go/1.55.5'],
    ['ec2.amazonaws.com', 'DescribeVolumes', 'amazon-vpc-cni-k8s/v1.19'],
    ['ecr.amazonaws.com.cn', 'GetAuthorizationToken', 'aws-sdk-go-v2/1.36.3'],
    ['logs.amazonaws.com', 'CreateLogStream', 'aws-fluent-bit-plugin'],
    ['eks-auth.amazonaws.com', 'AssumeRoleForPodIdentity', null],
  ])('is so for %s %s', (eventSource, eventName, userAgent) => {
    expect(isNodesOwnCall({ eventSource, eventName, userAgent })).toBe(true);
  });

  it.each([
    ['ec2.amazonaws.com', 'DescribeVolumes', 'aws-sdk-go/1.55.5'],
    ['ecr.amazonaws.com', 'CreateRepository', 'Boto3/1.40.0'],
    ['s3.amazonaws.com', 'ListBuckets', null],
    ['constructor', 'toString', 'x'],
  ])('is not so for %s %s', (eventSource, eventName, userAgent) => {
    expect(isNodesOwnCall({ eventSource, eventName, userAgent })).toBe(false);
  });
});
