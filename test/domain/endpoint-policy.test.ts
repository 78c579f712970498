import { endpointPolicyAnswer } from '../../shared/domain/endpoint-policy.ts';

const anyone = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' };
const policy = (...Statement: unknown[]) => ({ Version: '2012-10-17', Statement });

describe('endpointPolicyAnswer()', () => {
  it.each([
    ['no policy', null, 'allows'],
    ['the default policy', policy(anyone), 'allows'],
    ['a single statement', { Statement: anyone }, 'allows'],
    ['a principal in the other form', policy({ ...anyone, Principal: { AWS: '*' } }), 'allows'],
    ['a pattern', policy({ ...anyone, Action: ['sts:Assume*'] }), 'allows'],
    ['no statement', policy(), 'denies'],
    ['another action', policy({ ...anyone, Action: 'sts:GetCallerIdentity' }), 'denies'],
    [
      'a NotAction that leaves it out',
      policy({ ...anyone, Action: undefined, NotAction: 'sts:AssumeRole*' }),
      'denies',
    ],
    ['a NotAction that has it', policy({ ...anyone, Action: undefined, NotAction: 's3:*' }), 'allows'],
    ['a Deny', policy(anyone, { ...anyone, Effect: 'Deny', Action: 'sts:*' }), 'denies'],
    ['a Deny of others', policy(anyone, { ...anyone, Effect: 'Deny', Action: 's3:*' }), 'allows'],
    [
      'a Deny with a condition',
      policy(anyone, { ...anyone, Effect: 'Deny', Condition: { Bool: {} } }),
      'depends',
    ],
    ['an Allow with a condition', policy({ ...anyone, Condition: { Bool: {} } }), 'depends'],
    ['an Allow of one account', policy({ ...anyone, Principal: { AWS: '111122223333' } }), 'depends'],
    [
      'an Allow on one role',
      policy({ ...anyone, Resource: 'arn:aws:iam::111122223333:role/app' }),
      'depends',
    ],
    ['a text', 'what is this', 'depends'],
    ['statements that are none', policy(null, 7, 'x'), 'denies'],
  ])('of %s', (_, given, answer) => {
    expect(endpointPolicyAnswer(given, 'sts:AssumeRoleWithWebIdentity')).toBe(answer);
  });

  it.each([
    ['some action of the service', policy({ ...anyone, Action: 'ec2:DescribeSubnets' }), 'allows'],
    ['another service', policy({ ...anyone, Action: 's3:*' }), 'denies'],
    ['everything', policy(anyone), 'allows'],
    [
      'one action that is denied',
      policy(anyone, { ...anyone, Effect: 'Deny', Action: 'ec2:RunInstances' }),
      'depends',
    ],
  ])('asked for the whole service, of %s', (_, given, answer) => {
    expect(endpointPolicyAnswer(given, 'ec2:*')).toBe(answer);
  });
});
