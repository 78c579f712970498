import { repairPodIdentity } from '../../shared/domain/pod-identity-repair.ts';
import { judgePodIdentity, type PodIdentityRequest } from '../../shared/domain/pod-identity-trust.ts';

const request: PodIdentityRequest = {
  clusterArn: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
  clusterName: 'prod',
  account: '111122223333',
  namespace: 'shop',
  serviceAccount: 'orders',
  sessionTags: true,
};
const both = ['sts:AssumeRole', 'sts:TagSession'];
const service = { Service: 'pods.eks.amazonaws.com' };

type Json = Record<string, unknown>;

function policy(...statements: Json[]): Json {
  return { Version: '2012-10-17', Statement: statements };
}

function allow(changes: Json = {}): Json {
  return { Effect: 'Allow', Principal: service, Action: both, ...changes };
}

function withCondition(Condition: Json): Json {
  return policy(allow({ Condition }));
}

describe('judgePodIdentity()', () => {
  it.each<[string, unknown]>([
    ['the policy of the documentation', policy(allow())],
    ['a policy that is text', JSON.stringify(policy(allow()))],
    ['one action in each of two statements', policy(allow({ Action: both[0] }), allow({ Action: both[1] }))],
    ['all actions of STS', policy(allow({ Action: 'sts:*' }))],
    ['several services', policy(allow({ Principal: { Service: ['ec2.amazonaws.com', service.Service] } }))],
    ['its namespace', withCondition({ StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'shop' } })],
    [
      'its service account, by a pattern and in another case of the key',
      withCondition({ StringLike: { 'AWS:requesttag/Kubernetes-Service-Account': 'ord*' } }),
    ],
    [
      'its cluster and account',
      withCondition({
        ArnLike: { 'aws:SourceArn': 'arn:aws:eks:*:111122223333:cluster/prod' },
        StringEquals: { 'aws:SourceAccount': '111122223333' },
      }),
    ],
    [
      'a Deny for another namespace',
      policy(
        allow(),
        allow({
          Effect: 'Deny',
          Condition: { StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'other' } },
        }),
      ),
    ],
  ])('lets in by %s', (_, trust) => {
    expect(judgePodIdentity(trust, request)).toEqual({ verdict: 'allowed' });
  });

  it.each<[string, unknown, Json]>([
    ['only AssumeRole', policy(allow({ Action: both[0] })), { fault: 'action', refused: ['sts:TagSession'] }],
    ['only TagSession', policy(allow({ Action: both[1] })), { fault: 'action', refused: ['sts:AssumeRole'] }],
    [
      'another service',
      policy(allow({ Principal: { Service: 'ec2.amazonaws.com' } })),
      { fault: 'principal' },
    ],
    [
      'everybody of AWS, which is no service',
      policy(allow({ Principal: { AWS: '*' } })),
      { fault: 'principal' },
    ],
    [
      'web identity only',
      policy({
        Effect: 'Allow',
        Principal: {
          Federated: 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A',
        },
        Action: 'sts:AssumeRoleWithWebIdentity',
      }),
      { fault: 'principal', statement: null },
    ],
    [
      'another namespace',
      withCondition({ StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'web' } }),
      { fault: 'condition', unmet: [expect.objectContaining({ values: ['web'], request: ['shop'] })] },
    ],
    [
      'another cluster',
      withCondition({ ArnEquals: { 'aws:SourceArn': request.clusterArn.replace('prod', 'blue') } }),
      { fault: 'condition' },
    ],
    [
      'a tag that EKS does not send',
      withCondition({ StringEquals: { 'aws:RequestTag/team': 'shop' } }),
      { fault: 'condition', unmet: [expect.objectContaining({ request: null })] },
    ],
    ['an external id', withCondition({ StringEquals: { 'sts:ExternalId': 'x' } }), { fault: 'condition' }],
    ['a Deny', policy(allow(), allow({ Effect: 'Deny', Action: 'sts:*' })), { fault: 'deny', statement: 1 }],
    [
      'AssumeRole under a condition that is not met, and TagSession without one',
      policy(
        allow({
          Action: both[0],
          Condition: { StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'web' } },
        }),
        allow({ Action: both[1] }),
      ),
      { fault: 'condition', statement: 0 },
    ],
  ])('is refused by %s', (_, trust, explanation) => {
    expect(judgePodIdentity(trust, request)).toMatchObject({ verdict: 'denied', ...explanation });
  });

  it.each<[string, unknown, unknown]>([
    [
      'the pod has a certain name',
      withCondition({ StringLike: { 'aws:RequestTag/kubernetes-pod-name': 'orders-*' } }),
      ['aws:RequestTag/kubernetes-pod-name'],
    ],
    [
      'the organization is a certain one',
      withCondition({ StringEquals: { 'aws:SourceOrgID': 'o-1' } }),
      ['aws:SourceOrgID'],
    ],
    [
      'a Deny depends on what nobody recorded',
      policy(allow(), allow({ Effect: 'Deny', Condition: { StringEquals: { 'aws:SourceOrgID': 'o-1' } } })),
      ['aws:SourceOrgID'],
    ],
  ])('does not guess where %s', (_, trust, keys) => {
    expect(judgePodIdentity(trust, request)).toEqual({ verdict: 'unknown', keys });
  });

  it('needs no TagSession where the association turns the tags off, and then has no tags', () => {
    const untagged = { ...request, sessionTags: false };
    expect(judgePodIdentity(policy(allow({ Action: both[0] })), untagged).verdict).toBe('allowed');
    const tagged = withCondition({ StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'shop' } });
    expect(judgePodIdentity(tagged, untagged)).toMatchObject({ verdict: 'denied', fault: 'condition' });
  });

  it.each([null, 7, 'no policy', [], {}, policy(), { Statement: [null] }])('calls %j malformed', (trust) => {
    expect(judgePodIdentity(trust, request).verdict).toBe('malformed');
  });
});

describe('repairPodIdentity()', () => {
  it('adds the action that is missing to the statement that names the principal', () => {
    const repair = repairPodIdentity(policy(allow({ Action: both[0] })), [request]);
    expect(repair?.policy).toEqual(policy(allow()));
    expect(repair?.neighboursDenied).toBeGreaterThanOrEqual(20);
  });

  it('adds a statement for this service account and no other', () => {
    const ec2 = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const repair = repairPodIdentity(policy(ec2), [request]);
    const judge = (changes: Partial<PodIdentityRequest>) =>
      judgePodIdentity(repair?.policy, { ...request, ...changes }).verdict;
    expect((repair?.policy['Statement'] as unknown[])[0]).toEqual(ec2);
    expect(judge({})).toBe('allowed');
    expect(judge({ serviceAccount: 'cart' })).toBe('denied');
    expect(judge({ namespace: 'web' })).toBe('denied');
    expect(judge({ account: '444455556666' })).toBe('denied');
    expect(judge({ clusterArn: request.clusterArn.replace('prod', 'blue') })).toBe('denied');
  });

  it('lets in several associations by one policy', () => {
    const cart = { ...request, serviceAccount: 'cart' };
    const repair = repairPodIdentity(policy(allow({ Principal: { Service: 'ec2.amazonaws.com' } })), [
      request,
      cart,
    ]);
    for (const one of [request, cart])
      expect(judgePodIdentity(repair?.policy, one)).toEqual({ verdict: 'allowed' });
    expect(judgePodIdentity(repair?.policy, { ...request, serviceAccount: 'web' }).verdict).toBe('denied');
  });

  it.each<[string, unknown]>([
    [
      'removes no condition',
      withCondition({ StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'web' } }),
    ],
    ['removes no Deny', policy(allow(), allow({ Effect: 'Deny' }))],
    [
      'goes around no condition',
      policy(
        allow({ Action: both[0], Condition: { StringEquals: { 'aws:SourceAccount': '444455556666' } } }),
        allow({ Action: both[1] }),
      ),
    ],
    ['guesses nothing', withCondition({ StringEquals: { 'aws:SourceOrgID': 'o-1' } })],
    ['mends no malformed policy', 'no policy'],
    ['writes no NotAction', policy({ Effect: 'Allow', Principal: service, NotAction: 'sts:TagSession' })],
  ])('%s', (_, trust) => {
    expect(repairPodIdentity(trust, [request])).toBeNull();
  });
});
