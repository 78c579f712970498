import { arnOwner, parseRoleArn, roleArnFault } from '../../shared/domain/arn.ts';

const account = '111122223333';

describe('parseRoleArn() takes apart', () => {
  it.each([
    ['a role', `arn:aws:iam::${account}:role/app`, { path: '/', name: 'app' }],
    ['a role with a path', `arn:aws:iam::${account}:role/a/b/app`, { path: '/a/b/', name: 'app' }],
    [
      'every character that a name may have',
      `arn:aws:iam::${account}:role/a_+=,.@-1`,
      { path: '/', name: 'a_+=,.@-1' },
    ],
    [
      'odd but possible characters of a path',
      `arn:aws:iam::${account}:role/!a:b~/app`,
      { path: '/!a:b~/', name: 'app' },
    ],
    [
      'a name of 64 characters',
      `arn:aws:iam::${account}:role/${'a'.repeat(64)}`,
      { path: '/', name: 'a'.repeat(64) },
    ],
  ])('%s', (_, arn, wanted) => {
    expect(parseRoleArn(arn)).toEqual({ partition: 'aws', account, ...wanted });
    expect(roleArnFault(arn)).toBeNull();
  });

  it.each(['aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f', 'aws-eusc'])(
    'a role of the partition %s',
    (partition) => {
      expect(parseRoleArn(`arn:${partition}:iam::${account}:role/app`)?.partition).toBe(partition);
    },
  );
});

describe('roleArnFault() says what makes an ARN impossible', () => {
  it.each([
    ['nothing at all', '', 'is a name, not an ARN'],
    ['a bare name', 'app', 'is a name, not an ARN'],
    ['a name behind "role/"', 'role/app', 'is a name, not an ARN'],
    ['white space around it', ` arn:aws:iam::${account}:role/app`, 'has white space around it'],
    ['a line feed at the end', `arn:aws:iam::${account}:role/app\n`, 'has white space around it'],
    ['no "arn:" in front', `aws:iam::${account}:role/app`, 'does not begin with "arn:"'],
    ['"arn:" in capitals', `ARN:aws:iam::${account}:role/app`, 'does not begin with "arn:"'],
    [
      'a partition that does not exist',
      `arn:amazon:iam::${account}:role/app`,
      'names the partition "amazon", which does not exist',
    ],
    ['no partition', `arn::iam::${account}:role/app`, 'names the partition "", which does not exist'],
    [
      'the session of a role',
      `arn:aws:sts::${account}:assumed-role/app/me`,
      'names the service "sts" instead of "iam" (it is the ARN of a session, not of a role)',
    ],
    ['another service', `arn:aws:s3::${account}:role/app`, 'names the service "s3" instead of "iam"'],
    [
      'a region',
      `arn:aws:iam:eu-west-1:${account}:role/app`,
      'names the region "eu-west-1"; IAM\'s ARNs have none',
    ],
    ['a colon too many', `arn:aws:iam:::${account}:role/app`, 'has one colon too many before the account'],
    [
      'a colon too few',
      `arn:aws:iam:${account}:role/app`,
      `names the region "${account}"; IAM's ARNs have none`,
    ],
    [
      'an account of eleven digits',
      'arn:aws:iam::11112222333:role/app',
      'has an account of 11 digits; an account has 12',
    ],
    [
      'an account of thirteen digits',
      'arn:aws:iam::1111222233334:role/app',
      'has an account of 13 digits; an account has 12',
    ],
    [
      'a placeholder for the account',
      'arn:aws:iam::<account>:role/app',
      'has the account "<account>", which is not a number',
    ],
    ['no account', 'arn:aws:iam::role/app', 'has the account "role/app", which is not a number'],
    [
      'digits of another script',
      'arn:aws:iam::١١١١٢٢٢٢٣٣٣٣:role/app',
      'has the account "١١١١٢٢٢٢٣٣٣٣", which is not a number',
    ],
    ['no slash after "role"', `arn:aws:iam::${account}:roleapp`, 'lacks the slash after "role"'],
    ['a user', `arn:aws:iam::${account}:user/app`, 'names "user" instead of a role'],
    [
      'an instance profile',
      `arn:aws:iam::${account}:instance-profile/app`,
      'names "instance-profile" instead of a role',
    ],
    ['nothing behind the account', `arn:aws:iam::${account}`, 'names "" instead of a role'],
    ['no name', `arn:aws:iam::${account}:role/`, 'ends without a role name'],
    ['a path and no name', `arn:aws:iam::${account}:role/a/`, 'ends without a role name'],
    [
      'a name with a space',
      `arn:aws:iam::${account}:role/my app`,
      'has the role name "my app", which IAM does not allow',
    ],
    [
      'a name with a wildcard',
      `arn:aws:iam::${account}:role/app*`,
      'has the role name "app*", which IAM does not allow',
    ],
    [
      'a name of 65 characters',
      `arn:aws:iam::${account}:role/${'a'.repeat(65)}`,
      `has the role name "${'a'.repeat(65)}", which IAM does not allow`,
    ],
    ['two slashes in a row', `arn:aws:iam::${account}:role//app`, 'has an impossible path'],
    ['a space in the path', `arn:aws:iam::${account}:role/a b/app`, 'has an impossible path'],
  ])('%s', (_, arn, fault) => {
    expect(roleArnFault(arn)?.en).toBe(fault);
    expect(parseRoleArn(arn)).toBeNull();
  });
});

describe('arnOwner() gives partition and account as far as they are there', () => {
  it.each([
    [`arn:aws-cn:eks:cn-north-1:${account}:cluster/prod`, 'aws-cn', account],
    ['arn:aws:s3:::bucket', 'aws', ''],
    ['bucket', '', ''],
  ])('%s', (arn, partition, owner) => {
    expect(arnOwner(arn)).toEqual({ partition, account: owner });
  });
});
