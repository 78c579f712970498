import { isMisspeltRoleKey } from '../../shared/domain/annotation-key.ts';

const arn = 'arn:aws:iam::111122223333:role/app';

describe('isMisspeltRoleKey()', () => {
  it.each([
    ['eks.amazonaws.com/role_arn', arn],
    ['eks.amazonaws.com/rolearn', arn],
    ['eks.amazonaws.com/roleArn', 'anything'],
    ['eks.amazonaws.com/Role-ARN', arn],
    ['eks.amazonaws.com/role-arm', arn],
    ['eks.amazonaws.com/role-arn ', arn],
    ['eks.amazon.com/role-arn', arn],
    ['eks.aws.amazon.com/role-arn', arn],
    ['eks.amazonaws.com/iam-role-arn', arn],
    ['eks.amazonaws.com/role', arn],
    ['amazonaws.com/role-arn', arn],
    ['aws.eks/role-arn', arn],
  ])('takes %s for a slip', (key, value) => {
    expect(isMisspeltRoleKey(key, value)).toBe(true);
  });

  it.each([
    ['eks.amazonaws.com/role-arn', arn],
    ['eks.amazonaws.com/audience', 'sts.amazonaws.com'],
    ['eks.amazonaws.com/sts-regional-endpoints', 'true'],
    ['eks.amazonaws.com/token-expiration', '86400'],
    ['iam.amazonaws.com/role', arn],
    ['iam.amazonaws.com/permitted', arn],
    ['eks.amazonaws.com/role', 'admin'],
    ['eks.amazonaws.com/role-arn-before-migration', arn],
    ['meta.helm.sh/release-name', 'app'],
    ['role-arn', arn],
    ['', arn],
    ['x'.repeat(100_000), arn],
  ])('leaves %# alone', (key, value) => {
    expect(isMisspeltRoleKey(key, value)).toBe(false);
  });
});
