import { parseAccessDenied } from '../../shared/domain/access-denied-text.ts';

const user = 'arn:aws:sts::111122223333:assumed-role/app/session';
const said = (rest: string) => `User: ${user} is not authorized to perform: ${rest}`;
const table = 'arn:aws:dynamodb:eu-west-1:111122223333:table/t';

describe('parseAccessDenied()', () => {
  it.each([
    ['identity', 'because no identity-based policy allows the dynamodb:GetItem action', false],
    ['boundary', 'because no permissions boundary allows the dynamodb:GetItem action', false],
    ['session', 'because no session policy allows the dynamodb:GetItem action', false],
    ['scp', 'because no service control policy allows the dynamodb:GetItem action', false],
    ['rcp', 'because no resource control policy allows the dynamodb:GetItem action', false],
    ['resource', 'because no resource-based policy allows the dynamodb:GetItem action', false],
    ['vpc-endpoint', 'because no VPC endpoint policy allows the dynamodb:GetItem action', false],
    ['identity', 'with an explicit deny in an identity-based policy', true],
    ['boundary', 'with an explicit deny in a permissions boundary', true],
    ['scp', 'with an explicit deny in a service control policy', true],
    ['rcp', 'with an explicit deny in a resource control policy', true],
    ['resource', 'with an explicit deny in a resource-based policy', true],
    ['vpc-endpoint', 'with an explicit deny in a VPC endpoint policy', true],
  ])('tells %s from "%s"', (policyType, reason, explicit) => {
    expect(parseAccessDenied(said(`dynamodb:GetItem on resource: ${table} ${reason}`))).toEqual({
      principal: user,
      action: 'dynamodb:GetItem',
      resource: table,
      policyType,
      explicit,
      policyArn: null,
      encoded: null,
    });
  });

  it.each([
    [
      `with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/service_control_policy/p-1`,
      'arn:aws:organizations::1:policy/o-1/service_control_policy/p-1',
    ],
    [
      `because no permissions boundary allows the dynamodb:GetItem action: arn:aws:iam::1:policy/b.`,
      'arn:aws:iam::1:policy/b',
    ],
  ])('reads the ARN of the policy in "%s"', (reason, policyArn) => {
    expect(parseAccessDenied(said(`dynamodb:GetItem on resource: ${table} ${reason}`))?.policyArn).toBe(
      policyArn,
    );
  });

  it.each([
    [
      'in quotation marks',
      said(
        's3:GetObject on resource: "arn:aws:s3:::b/a b.txt" because no identity-based policy allows the s3:GetObject action',
      ),
      'arn:aws:s3:::b/a b.txt',
    ],
    [
      'with nothing after it',
      said('sqs:SendMessage on resource: arn:aws:sqs:eu-west-1:1:q'),
      'arn:aws:sqs:eu-west-1:1:q',
    ],
    [
      'that is none',
      said('ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action'),
      null,
    ],
    [
      'that is everything',
      said(
        'ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action',
      ),
      '*',
    ],
  ])('reads a resource %s', (_, message, resource) => {
    expect(parseAccessDenied(message)?.resource).toBe(resource);
  });

  it('believes the end of the sentence, not the name of an object that holds its words', () => {
    const name = 'x because no permissions boundary allows the iam:CreateUser action';
    const message = said(
      `s3:PutObject on resource: "arn:aws:s3:::b/${name}" because no identity-based policy allows the s3:PutObject action`,
    );
    expect(parseAccessDenied(message)).toMatchObject({
      action: 's3:PutObject',
      resource: `arn:aws:s3:::b/${name}`,
      policyType: 'identity',
    });
  });

  it('writes the service in lower case', () => {
    expect(
      parseAccessDenied(
        said(
          `SNS:Publish on resource: ${table} because no identity-based policy allows the SNS:Publish action`,
        ),
      ),
    ).toMatchObject({ action: 'sns:Publish', policyType: 'identity' });
  });

  it('leaves open what KMS leaves open', () => {
    const message = said(
      'kms:Decrypt on resource: arn:aws:kms:eu-west-1:1:key/k because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access',
    );
    expect(parseAccessDenied(message)).toMatchObject({
      resource: 'arn:aws:kms:eu-west-1:1:key/k',
      policyType: null,
      explicit: null,
    });
  });

  it('finds what EC2 encodes, with and without the sentence', () => {
    const encoded = 'Encoded authorization failure message: dGhpcyBpcyBhIHNlY3JldCBtZXNzYWdl';
    expect(parseAccessDenied(`You are not authorized to perform this operation. ${encoded}`)).toMatchObject({
      action: null,
      encoded: 'dGhpcyBpcyBhIHNlY3JldCBtZXNzYWdl',
    });
    expect(parseAccessDenied(`${said('ec2:RunInstances')} ${encoded}`)).toMatchObject({
      action: 'ec2:RunInstances',
      encoded: 'dGhpcyBpcyBhIHNlY3JldCBtZXNzYWdl',
    });
  });

  it('is null for any other text', () => {
    for (const text of ['', 'Access Denied', 'An unknown error occurred', 'not authorized'])
      expect(parseAccessDenied(text)).toBeNull();
  });

  it('reads hostile texts of any length', () => {
    for (const piece of [' because no ', ' with an explicit deny in a', 'User: ', ' on resource: '])
      expect(parseAccessDenied(said(`s3:GetObject ${piece.repeat(200_000)}`))?.action).toBe('s3:GetObject');
  });
});
