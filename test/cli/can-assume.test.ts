/** `clusterwhy can-assume`, one question at a time. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { deniedWorld } from '../cloud/worlds/denied.ts';
import { healthyWorld } from '../cloud/worlds/healthy.ts';
import { expiredCredentialsOf } from '../cloud/credentials.ts';
import { buildCommandLine, type CommandLine } from './command-line.ts';
import { runHere } from './in-process.ts';

const account = '111122223333';
const issuer = 'https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const provider = `arn:aws:iam::${account}:oidc-provider/${issuer.slice(8)}`;
const arn = `arn:aws:iam::${account}:role/cart`;

function trust(sub: string, condition: object = {}) {
  const key = issuer.slice(8);
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Cart',
        Effect: 'Allow',
        Principal: { Federated: provider },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { [`${key}:sub`]: sub, [`${key}:aud`]: 'sts.amazonaws.com' },
          ...condition,
        },
      },
    ],
  };
}
const cart = trust('system:serviceaccount:shop:cart');

let cli: CommandLine;
let cloud: RunningCloud;
beforeAll(async () => {
  cli = await buildCommandLine();
  cloud = await startCloud(healthyWorld());
});
afterAll(async () => {
  await cloud.close();
  await cli.remove();
});

let files = 0;
async function policyFile(content: unknown): Promise<string> {
  const path = join(cli.folder, `policy-${++files}.json`);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** Asks whether shop/cart, or another service account, may assume the role whose policy is in the file. */
async function ask(content: unknown, more: string[] = [], serviceAccount = 'shop/cart') {
  const file = await policyFile(content);
  const caller = ['--issuer', issuer, '--service-account', serviceAccount];
  return runHere(['can-assume', '--trust-policy', file, ...caller, ...more]);
}

describe('a service account that may assume the role', () => {
  it.each<[string, unknown]>([
    ['a bare policy document', cart],
    [
      'the output of aws iam get-role',
      { Role: { RoleName: 'cart', Arn: arn, AssumeRolePolicyDocument: cart } },
    ],
    [
      'a role whose document is URL-encoded',
      { Arn: arn, AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(cart)) },
    ],
    [
      'a role whose document is JSON text',
      { Role: { Arn: arn, AssumeRolePolicyDocument: JSON.stringify(cart) } },
    ],
    ['a file with a byte order mark', `\ufeff${JSON.stringify(cart)}`],
  ])('is told so for %s', async (_, content) => {
    const { code, stdout, stderr } = await ask(content);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ALLOWED .*system:serviceaccount:shop:cart/);
    expect(stdout).not.toMatch(/Fix|✗|unnamed/);
  });

  it('is told so for a policy on standard input', async () => {
    const args = ['--trust-policy', '-', '--issuer', issuer, '--service-account', 'shop/cart'];
    expect((await runHere(['can-assume', ...args], { input: JSON.stringify(cart) })).code).toBe(0);
  });

  it('may be named by its subject, and its issuer without https', async () => {
    const file = await policyFile(cart);
    const caller = ['--issuer', issuer.slice(8), '--subject', 'system:serviceaccount:shop:cart'];
    expect((await runHere(['can-assume', '--trust-policy', file, ...caller])).code).toBe(0);
  });
});

describe('a service account that may not', () => {
  it('sees each element compared, the cause, and what would let it in, if that is meant', async () => {
    const { code, stdout } = await ask(
      { Role: { Arn: arn, AssumeRolePolicyDocument: cart } },
      [],
      'shop/card',
    );
    expect(code).toBe(3);
    expect(stdout).toMatch(/^DENIED/);
    expect(stdout).toContain('Statement 1 "Cart" (Allow) does not apply');
    expect(stdout).toMatch(
      /✗ Condition StringEquals .*:sub\n +policy +system:serviceaccount:shop:cart\n +request +system:serviceaccount:shop:card/,
    );
    expect(stdout).toMatch(/✓ Condition StringEquals .*:aud/);
    expect(stdout).toMatch(/eks\/irsa-trust-subject {2}\S/);
    expect(stdout).toMatch(/Fix \(proven\)/);
    expect(stdout).toMatch(/if it should not have the role, nothing is broken/);
    expect(stdout).toContain('"system:serviceaccount:shop:card"');
    expect(stdout).not.toContain('aws iam');
  });

  it('gets a command to paste where the policy names it, misspelt', async () => {
    const policy = trust('system:serviceaccount:shop/card');
    const { stdout } = await ask({ Role: { Arn: arn, AssumeRolePolicyDocument: policy } }, [], 'shop/card');
    expect(stdout).toMatch(/Fix \(proven\)/);
    expect(stdout).toMatch(/^aws iam update-assume-role-policy --role-name cart .*<<'JSON'\n\{\n[^]*^JSON$/m);
  });

  it('gets the repaired policy and no command where the role has no name', async () => {
    const { code, stdout } = await ask(cart, ['--output', 'json'], 'shop/card');
    const { fix } = JSON.parse(stdout) as { fix: { commands: string[]; policy: unknown; verified: boolean } };
    expect(code).toBe(3);
    expect(fix).toMatchObject({ commands: [], verified: true });
    expect(await ask(fix.policy, [], 'shop/card')).toMatchObject({ code: 0 });
    expect((await ask(cart, [], 'shop/card')).stdout).not.toContain('aws iam');
  });

  it('gets advice where a condition is a decision of its author', async () => {
    const policy = trust('system:serviceaccount:shop:cart', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } });
    const outside = await ask(policy, ['--context', 'aws:SourceIp=192.0.2.1']);
    expect(outside).toMatchObject({ code: 3 });
    expect(outside.stdout).toMatch(/Fix\n +Advice: /);
    expect(await ask(policy, ['--context', 'aws:SourceIp=10.1.2.3'])).toMatchObject({ code: 0 });
  });

  it('is told of another audience, and of a key with several values', async () => {
    expect((await ask(cart, ['--audience', 'vault'])).stdout).toContain('eks/irsa-trust-audience');
    const tagged = trust('system:serviceaccount:shop:cart', {
      'ForAnyValue:StringEquals': { 'aws:TagKeys': 'b' },
    });
    expect(await ask(tagged, ['--context', 'aws:TagKeys=a'])).toMatchObject({ code: 3 });
    expect(await ask(tagged, ['--context', 'aws:TagKeys=a', '--context', 'aws:TagKeys=b'])).toMatchObject({
      code: 0,
    });
  });

  it('is told what IAM would refuse in the policy', async () => {
    const { code, stdout } = await ask({ Version: '2012-10-17', Statement: { Effect: 'allow' } });
    expect(code).toBe(3);
    expect(stdout).toMatch(/^MALFORMED[^]*✗ .*"allow"/);
  });

  it("sees a stranger's texts without what steers a terminal", async () => {
    const { stdout } = await ask(
      trust('system:serviceaccount:\u001b[2J\u202eshop:cart\nStatement 9 (Allow) applies'),
    );
    expect(stdout).not.toMatch(/[\u0007\u001b\u202e]/);
    expect(stdout).toContain('\\u001b[2J\\u202eshop:cart\\nStatement 9');
    expect(stdout).not.toMatch(/^Statement 9/m);
  });
});

describe('a question that is not clear is one line and exit code 1', () => {
  it.each<[string, string[], RegExp]>([
    ['no policy', ['--issuer', issuer, '--subject', 's'], /No policy was named: give --trust-policy/],
    ['two policies', ['--trust-policy', 'a', '--role', arn], /Both --trust-policy and --role/],
    ['no issuer', ['--trust-policy', 'a', '--subject', 's'], /No --issuer was given/],
    [
      'an issuer that is none',
      ['--trust-policy', 'a', '--issuer', 'http://x', '--subject', 's'],
      /"http:\/\/x" is no issuer/,
    ],
    ['no caller', ['--trust-policy', 'a', '--issuer', issuer], /who calls: give --service-account/],
    [
      'two callers',
      ['--trust-policy', 'a', '--issuer', issuer, '--subject', 's', '--service-account', 'a/b'],
      /Both --subject/,
    ],
    [
      'a service account that is none',
      ['--trust-policy', 'a', '--issuer', issuer, '--service-account', 'Shop:cart'],
      /"Shop:cart" is no service account.*shop\/cart/,
    ],
    [
      'a file that is not there',
      ['--trust-policy', 'gone.json', '--issuer', issuer, '--subject', 's'],
      /Cannot read gone\.json/,
    ],
    [
      'a role that is none',
      ['--role', 'cart', '--issuer', issuer, '--subject', 's'],
      /"cart" is no ARN of a role: it is a name/,
    ],
    [
      'a batch with a policy',
      ['--batch', '-', '--trust-policy', 'a'],
      /--batch cannot be used with --trust-policy/,
    ],
    ['a batch with a context', ['--batch', '-', '--context', 'a=b'], /--batch cannot be used with --context/],
    ['a batch that is not there', ['--batch', 'gone.jsonl'], /Cannot read gone\.jsonl/],
  ])('%s', async (_, args, line) => {
    const { code, stdout, stderr } = await runHere(['can-assume', ...args]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^clusterwhy: .+\n$/);
    expect(stderr).toMatch(line);
  });

  it.each<[string, unknown, string[], RegExp]>([
    ['a file that is no JSON', 'Statement:', [], /it is not JSON|Unexpected token/],
    ['a context without a value', cart, ['--context', 'aws:SourceIp'], /give KEY=VALUE/],
    ['an impossible role', cart, ['--role-arn', 'arn:aws:iam::1:role/x'], /account of 1 digits/],
    [
      'a policy that names two accounts',
      {
        Version: '2012-10-17',
        Statement: [
          cart.Statement[0],
          {
            ...cart.Statement[0],
            Sid: 'B',
            Principal: { Federated: provider.replace(account, '444455556666') },
          },
        ],
      },
      [],
      /names several accounts; give --role-arn/,
    ],
    [
      'a policy that names no account',
      {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
      },
      [],
      /no provider of an account; give --role-arn/,
    ],
  ])('%s', async (_, content, more, line) => {
    const { code, stdout, stderr } = await ask(content, more);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^clusterwhy: .+\n$/);
    expect(stderr).toMatch(line);
  });
});

describe('--role', () => {
  const caller = ['--issuer', issuer, '--subject', 'system:serviceaccount:shop:nobody'];

  it('reads the policy by one call of iam:GetRole', async () => {
    const role = [...cloud.account(account).roles.values()].find(({ trustPolicy }) =>
      trustPolicy.includes('system:serviceaccount:'),
    )!;
    const before = cloud.calls.length;
    const { code, stdout } = await cli.run(['can-assume', '--role', role.arn, ...caller], {
      env: cloud.environment(account),
    });
    expect(code).toBe(3);
    expect(stdout).toContain(role.arn);
    expect(cloud.calls.slice(before).map(({ action }) => action)).toEqual(['iam:GetRole']);
  });

  it.each<[string, string, Record<string, string>, RegExp]>([
    ['does not exist', `arn:aws:iam::${account}:role/gone`, {}, /does not exist in the account/],
    [
      'is read without credentials',
      arn,
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      /no credentials were found.*--profile/,
    ],
    [
      'is read with a profile that is not there',
      arn,
      { AWS_PROFILE: 'nobody', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      /no credentials were found.*--profile/,
    ],
    [
      'cannot be reached',
      arn,
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' },
      /did not answer/,
    ],
  ])('says what to do where the role %s', async (_, role, env, line) => {
    const { code, stdout, stderr } = await cli.run(['can-assume', '--role', role, ...caller], {
      env: { ...cloud.environment(account), ...env },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^clusterwhy: .+\n$/);
    expect(stderr).toMatch(line);
  });

  it('says what to do with expired credentials', async () => {
    const { accessKeyId, secretAccessKey, sessionToken = '' } = expiredCredentialsOf(account);
    const { code, stderr } = await cli.run(['can-assume', '--role', arn, ...caller], {
      env: {
        ...cloud.environment(account),
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
      },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^clusterwhy: .*credentials have expired.*sign in again.*\n$/);
  });

  it('names the permission that is missing, and shows the stack only to who asks for it', async () => {
    const denied = await startCloud(deniedWorld());
    const run = (more: string[]) =>
      cli.run(['can-assume', '--role', arn, ...caller, ...more], { env: denied.environment(account) });
    const { code, stderr } = await run([]);
    const debugged = await run(['--log-level', 'debug']);
    await denied.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^clusterwhy: .*iam:GetRole was denied.*\n$/);
    expect(debugged.stderr).toMatch(/\n +at /);
    expect(debugged.stderr.trimEnd().split('\n').at(-1)).toBe(stderr.trimEnd());
  });
});
