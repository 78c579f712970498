/** The role that the stack gives the auditor of Google Cloud: who takes it on, and what it may do. */
import { readStackSettings } from '../../../infra/settings.ts';
import { stackOutputs } from '../../../shared/deployment.ts';
import { googleTrustPolicy } from '../../../shared/domain/google-federation.ts';
import { evaluateTrust } from '../../../shared/domain/trust-policy.ts';
import { findingsOf } from '../../rules/eks/test-eks-rule.ts';
import { account, observe, role as roleOf } from '../../rules/eks/world.ts';
import { at, resourceOf, resourcesOf, statementsOf, synthesize, textOf } from '../synthesize.ts';

const googleServiceAccountId = '112233445566778899001';
const template = synthesize({ googleServiceAccountId });
const [roleId, { Properties }] = resourceOf(template, 'AWS::IAM::Role', 'GoogleAuditor');
const trustPolicy = Properties['AssumeRolePolicyDocument'];

/** Of a token as the metadata server gives it. */
function verdict(sub: string, aud: string): string {
  const roleArn = `arn:aws:iam::${account}:role/google`;
  const request = { issuer: 'https://accounts.google.com', roleArn, claims: { sub, aud, azp: sub } };
  return evaluateTrust(trustPolicy, { ...request, context: {} }).verdict;
}

it('lets in the one service account, with a token that was made for it, and nobody else', () => {
  expect(verdict(googleServiceAccountId, 'clusterwhy')).toBe('Allowed');
  expect(verdict('998877665544332211009', 'clusterwhy')).toBe('ImplicitlyDenied');
  expect(verdict(googleServiceAccountId, 'somebody-else')).toBe('ImplicitlyDenied');
});

it('has the trust policy of which the program knows that it is right, and no fault that our own rules find', () => {
  const known = googleTrustPolicy({ serviceAccountId: googleServiceAccountId, audience: 'clusterwhy' });
  const deployed = at(trustPolicy, 'Statement', 0) as object;
  expect({
    Version: at(trustPolicy, 'Version'),
    Statement: [{ Sid: known.Statement[0].Sid, ...deployed }],
  }).toEqual(known);
  expect(at(trustPolicy, 'Statement', 1)).toBeUndefined();
  const google = roleOf('google', trustPolicy);
  expect(
    findingsOf(observe({ roles: [google] })).filter(({ problem }) => problem.subject.id === google.arn),
  ).toEqual([]);
});

it('may keep what it writes below its prefix, and publish reports', () => {
  const statements = statementsOf(template, roleId).map(({ Action, Resource }) => [
    [...Action].sort(),
    Resource.map((one) => textOf(one).replaceAll(/\$\{([A-Z][a-z]+)\w+?(\.Arn)?\}/g, '<$1>')),
  ]);
  expect(statements).toEqual([
    [['s3:GetObject', 's3:PutObject'], ['<Reports>/reports/google/*']],
    [['sns:Publish'], ['<Report>']],
  ]);
  expect(Properties).not.toHaveProperty('ManagedPolicyArns');
});

it('may read the file of mutes, where there is one, for what it publishes itself', () => {
  const other = synthesize({ googleServiceAccountId, mutes: 'settings/mutes.yaml' });
  const [id] = resourceOf(other, 'AWS::IAM::Role', 'GoogleAuditor');
  const reading = statementsOf(other, id).filter(({ Resource }) =>
    Resource.some((one) => textOf(one).endsWith('/settings/mutes.yaml')),
  );
  expect(reading.map(({ Action }) => Action)).toEqual([['s3:GetObject']]);
});

it('is told by its ARN, and is not there where no service account is set', () => {
  expect(template.Outputs[stackOutputs.googleRoleArn]?.Value).toEqual({ 'Fn::GetAtt': [roleId, 'Arn'] });
  const plain = synthesize();
  expect(JSON.stringify(plain)).not.toContain('accounts.google.com');
  expect(plain.Outputs).not.toHaveProperty(stackOutputs.googleRoleArn);
  expect(resourcesOf(plain, 'AWS::IAM::Role').length).toBe(
    resourcesOf(template, 'AWS::IAM::Role').length - 1,
  );
});

it('takes tokens that were made for another audience, where the settings say so', () => {
  const other = synthesize({ googleServiceAccountId, googleAudience: 'https://reports.example.com' });
  const [, { Properties: changed }] = resourceOf(other, 'AWS::IAM::Role', 'GoogleAuditor');
  const conditions = at(changed, 'AssumeRolePolicyDocument', 'Statement', 0, 'Condition', 'StringEquals');
  expect(conditions).toMatchObject({ 'accounts.google.com:oaud': 'https://reports.example.com' });
});

it.each<[string, Record<string, unknown>, RegExp]>([
  ['an email', { googleServiceAccountId: 'auditor@ops.iam.gserviceaccount.com' }, /15 to 25 digits/],
  ['a wildcard', { googleServiceAccountId: '*' }, /unique id/],
  [
    'a number, which has lost its last digits',
    { googleServiceAccountId: 112233445566778899001 },
    /in quotes/,
  ],
  [
    'an audience for nobody',
    { googleAudience: 'https://reports.example.com' },
    /googleServiceAccountId be given/,
  ],
  [
    'an audience with a wildcard',
    { googleServiceAccountId, googleAudience: 'clusterwhy*' },
    /letters, digits/,
  ],
])('is not made for %s', (_, context, message) => {
  expect(() => readStackSettings(context)).toThrow(message);
});
