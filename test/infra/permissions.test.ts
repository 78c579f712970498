import { awsPermissions } from '../../shared/collect/aws/account.ts';
import { awsReadPolicy } from '../../shared/collect/aws/read-policy.ts';
import {
  at,
  resourceOf,
  resourcesOf,
  richContext,
  smtpContext,
  statementsOf,
  synthesize,
  textOf,
  type CloudFormation,
  type Statement,
} from './synthesize.ts';

const template = synthesize(richContext);

/** What the audit function may do besides reading: write its log, and store its report. */
const ownActions = ['logs:CreateLogStream', 'logs:PutLogEvents', 's3:PutObject'];

function statementsFor(name: string, from: CloudFormation = template): Statement[] {
  const [, { Properties }] = resourceOf(from, 'AWS::Lambda::Function', name);
  return statementsOf(from, (Properties['Role'] as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0]);
}

function actionsOf(statements: Statement[]): string[] {
  return statements.flatMap(({ Action }) => Action).sort();
}

/** What is wrong with what the audit function may do; the readers are the measure. */
function complaints(granted: string[], declared: string[]): string[] {
  const expected = new Set([...declared, ...ownActions]);
  return [
    ...granted.filter((action) => /[*?]/.test(action)).map((action) => `${action} holds a wildcard`),
    ...granted
      .filter((action) => !expected.has(action))
      .map((action) => `${action} is declared by no reader`),
    ...[...expected].filter((action) => !granted.includes(action)).map((action) => `${action} is missing`),
  ];
}

describe('what the audit function may do', () => {
  const granted = actionsOf(statementsFor('Audit'));

  it('is exactly what the readers declare, its log and its report', () => {
    expect(complaints(granted, awsPermissions())).toEqual([]);
    expect(new Set(granted).size).toBe(granted.length);
  });

  it.each([
    ['a wildcard', [...granted, 'iam:*'], awsPermissions(), /iam:\* holds a wildcard/],
    [
      'more than is declared',
      granted,
      awsPermissions().slice(1),
      /access-analyzer:ValidatePolicy is declared by no reader/,
    ],
    [
      'less than is declared',
      granted,
      [...awsPermissions(), 'eks:ListFargateProfiles'],
      /ListFargateProfiles is missing/,
    ],
  ])('would not pass with %s', (_, given, declared, complaint) => {
    expect(complaints(given, declared).join()).toMatch(complaint);
  });

  it('is to look and never to change', () => {
    const others = awsPermissions().filter((action) => !/:(Get|List|Describe|Lookup)[A-Z]/.test(action));
    expect(others).toEqual([
      'access-analyzer:ValidatePolicy',
      'iam:SimulatePrincipalPolicy',
      'sts:DecodeAuthorizationMessage',
    ]);
  });

  it('is narrowed to clusters, roles and providers of its own account', () => {
    const wide = statementsFor('Audit').filter(({ Resource }) => Resource.includes('*'));
    expect(actionsOf(wide)).not.toContain('iam:GetRole');
    const role = statementsFor('Audit').find(({ Action }) => Action.includes('iam:GetRole'));
    expect(role?.Resource.map(textOf)).toEqual(['arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*']);
  });

  it('allows it to write nothing but the reports of accounts', () => {
    const [store] = statementsFor('Audit').filter(({ Action }) => Action.includes('s3:PutObject'));
    expect(store?.Resource.map(textOf)).toEqual([expect.stringMatching(/Arn\}\/reports\/\*\/accounts\/\*$/)]);
  });

  it('is the policy that "clusterwhy permissions" prints', () => {
    const printed = awsReadPolicy().Statement;
    const deployed = statementsFor('Audit').filter(({ Sid }) => Sid?.startsWith('ClusterwhyReads'));
    const plain = (resource: string) =>
      resource.replace('${AWS::Partition}', 'aws').replace('${AWS::AccountId}', '*');
    expect(
      deployed.map(({ Sid, Action, Resource }) => ({ Sid, Action, Resource: plain(textOf(Resource[0])) })),
    ).toEqual(printed.map(({ Sid, Action, Resource }) => ({ Sid, Action, Resource })));
    expect(new Set(printed.map(({ Sid }) => Sid)).size).toBe(printed.length);
  });
});

describe('what the audit function may do with a trail', () => {
  const key = 'arn:aws:kms:eu-west-1:999900001111:key/0a1b2c3d';
  const own = new Set(actionsOf(statementsFor('Audit', synthesize())));
  const added = (trail: string, trailKey?: string) =>
    statementsFor('Audit', synthesize({ trail, ...(trailKey && { trailKey }) }))
      .filter(({ Action }) => Action.some((action) => !own.has(action)))
      .map(({ Action, Resource, Condition }) => ({
        may: Action.join(),
        on: Resource.map(textOf).join(),
        ...(Condition && { where: Condition }),
      }));

  it.each(['s3://org-trail/trails', 's3://org-trail/trails/'])('is to read what lies in %s', (trail) => {
    expect(added(trail)).toEqual([
      { may: 's3:GetObject', on: 'arn:${AWS::Partition}:s3:::org-trail/trails/*' },
      {
        may: 's3:ListBucket',
        on: 'arn:${AWS::Partition}:s3:::org-trail',
        where: { StringLike: { 's3:prefix': 'trails/*' } },
      },
    ]);
  });

  it('is to decrypt with the one key of its bucket', () => {
    expect(added('s3://org-trail', key)).toEqual([
      { may: 's3:GetObject', on: 'arn:${AWS::Partition}:s3:::org-trail/*' },
      { may: 's3:ListBucket', on: 'arn:${AWS::Partition}:s3:::org-trail' },
      { may: 'kms:Decrypt', on: key },
    ]);
  });

  it('is nothing for the other functions', () => {
    const others = synthesize({ trail: 's3://org-trail', trailKey: key });
    const theirs = ['Plan', 'Digest'].flatMap((name) => statementsFor(name, others));
    expect(JSON.stringify(theirs)).not.toMatch(/org-trail|kms:/);
  });

  it('is told it by its environment', () => {
    const [, { Properties }] = resourceOf(
      synthesize({ trail: 's3://t-1/x' }),
      'AWS::Lambda::Function',
      'Audit',
    );
    expect(at(Properties, 'Environment', 'Variables', 'CLUSTERWHY_TRAIL')).toBe('s3://t-1/x');
  });
});

describe('what the other functions may do', () => {
  it('lets the plan do nothing but write its log', () => {
    expect(actionsOf(statementsFor('Plan'))).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
  });

  it('lets the digest keep and send, and not look at what is audited', () => {
    expect([...new Set(actionsOf(statementsFor('Digest')))]).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
      'ses:SendEmail',
      'sns:Publish',
    ]);
  });

  it('lets the digest read the file of mutes, and not write it', () => {
    const [read, ...others] = statementsFor('Digest').filter(({ Resource }) =>
      Resource.some((one) => textOf(one).endsWith('/settings/mutes.yaml')),
    );
    expect([read?.Action, others]).toEqual([['s3:GetObject'], []]);
  });

  it('lets the digest send from one address, by its identities and in its configuration set', () => {
    const [send] = statementsFor('Digest').filter(({ Action }) => Action.includes('ses:SendEmail'));
    expect(send?.Condition).toEqual({ StringEquals: { 'ses:FromAddress': 'why@mail.example.com' } });
    const prefix = 'arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:';
    expect(send?.Resource.map((one) => textOf(one).replace(prefix, '')).sort()).toEqual([
      'configuration-set/reports',
      'identity/example.com',
      'identity/example.org',
      'identity/mail.example.com',
      'identity/team@example.org',
      'identity/why@mail.example.com',
    ]);
  });

  it('lets the digest read one secret, and not send by SES, where mail goes through a server', () => {
    const other = synthesize(smtpContext);
    const actions = actionsOf(statementsFor('Digest', other));
    expect(actions).toContain('secretsmanager:GetSecretValue');
    expect(actions).not.toContain('ses:SendEmail');
    const [secret] = resourceOf(other, 'AWS::SecretsManager::Secret');
    const [read] = statementsFor('Digest', other).filter(({ Sid }) => Sid === 'ReadMailPassword');
    expect(read?.Resource).toEqual([{ Ref: secret }]);
  });

  it('keeps the alarms out of reach of the functions', () => {
    const [alarmTopic] = resourceOf(template, 'AWS::SNS::Topic', 'AlarmTopic');
    const theirs = ['Plan', 'Audit', 'Digest'].flatMap((name) => statementsFor(name));
    expect(JSON.stringify(theirs)).not.toContain(alarmTopic);
  });

  it('gives no role an action with a wildcard, a managed policy, or another principal than its service', () => {
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::IAM::Role')) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
      expect(Properties).not.toHaveProperty('Policies');
      const trust = at(Properties, 'AssumeRolePolicyDocument', 'Statement') as { Principal: unknown }[];
      expect(trust.map(({ Principal }) => Principal)).toEqual([
        id.startsWith('GoogleAuditor')
          ? { Federated: 'accounts.google.com' }
          : { Service: expect.stringMatching(/^(lambda|states|scheduler)\.amazonaws\.com$/) as string },
      ]);
      expect(actionsOf(statementsOf(template, id)).filter((action) => action.includes('*'))).toEqual([]);
    }
  });
});
