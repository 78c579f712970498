/** The token is the one that AWS's own command line makes, and clusters take it for themselves alone. */
import { spawnSync } from 'node:child_process';
import { jest } from '@jest/globals';
import { makeStsClient } from '../../../functions/aws-clients.ts';
import { makeEksToken } from '../../../shared/collect/kubernetes/eks-token.ts';
import { callerOfToken } from '../../cloud/kubernetes/check-token.ts';
import { credentialsOf, expiredCredentialsOf } from '../../cloud/credentials.ts';
import { startCloud, type RunningCloud } from '../../cloud/start.ts';
import { world } from '../../cloud/world-builder.ts';
import { account } from '../observe.ts';

const credentials = credentialsOf(account);
const cluster = { name: 'prod', region: 'eu-west-1' };
const sts = () => makeStsClient({ region: 'us-east-1', credentials, endpoint: 'http://127.0.0.1:1' });

function addressOf(token: string): URL {
  return new URL(Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString());
}

/** Null where there is no AWS command line, or where it does not know the command. */
function tokenOfCommandLine(): string | null {
  const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = credentials;
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY,
  };
  const args = ['eks', 'get-token', '--cluster-name', cluster.name, '--region', cluster.region];
  const { status, stdout } = spawnSync('aws', args, { encoding: 'utf8', env });
  return status === 0 ? (JSON.parse(stdout) as { status: { token: string } }).status.token : null;
}

describe('makeEksToken()', () => {
  const byCommandLine = tokenOfCommandLine();
  const named = byCommandLine === null ? it.skip : it;

  named('makes the token of "aws eks get-token" (skipped where there is no aws command line)', async () => {
    const expected = addressOf(byCommandLine ?? '');
    const [, day, time] = /^(\d{8})T(\d{6})Z$/.exec(expected.searchParams.get('X-Amz-Date') ?? '') ?? [];
    const now = `${day}T${time}Z`.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z');
    jest.useFakeTimers({ now: new Date(now), advanceTimers: true });
    try {
      const made = addressOf(await makeEksToken(sts(), cluster));
      expect([made.host, made.pathname]).toEqual([expected.host, expected.pathname]);
      expect(Object.fromEntries(made.searchParams)).toEqual(Object.fromEntries(expected.searchParams));
    } finally {
      jest.useRealTimers();
    }
  });

  it.each([
    ['eu-west-1', 'sts.eu-west-1.amazonaws.com'],
    ['us-east-1', 'sts.us-east-1.amazonaws.com'],
    ['cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
    ['us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'],
  ])('asks STS of the region %s, whatever endpoint the client has', async (region, host) => {
    expect(addressOf(await makeEksToken(sts(), { name: 'prod', region })).host).toBe(host);
  });
});

describe('a simulated cluster', () => {
  let cloud: RunningCloud;
  beforeAll(async () => {
    cloud = await startCloud(
      world()
        .account(account, { regions: ['eu-west-1'] })
        .build(),
    );
  });
  afterAll(() => cloud.close());

  const callerOf = (token: string, name = 'prod') => callerOfToken(cloud.state, cloud.endpoint, name, token);

  it('knows the caller by the token', async () => {
    expect(await callerOf(await makeEksToken(sts(), cluster))).toBe(`arn:aws:iam::${account}:user/auditor`);
  });

  it.each<[string, (token: string) => string | Promise<string>]>([
    ['for another cluster', () => makeEksToken(sts(), { ...cluster, name: 'staging' })],
    ['with another signature', (token) => tokenOf(addressOf(token), { 'X-Amz-Signature': '0'.repeat(64) })],
    ['of another hour', (token) => tokenOf(addressOf(token), { 'X-Amz-Date': '20200101T000000Z' })],
    ['that signs no cluster', (token) => tokenOf(addressOf(token), { 'X-Amz-SignedHeaders': 'host' })],
    ['for another action', (token) => tokenOf(addressOf(token), { Action: 'AssumeRole' })],
    [
      'of expired credentials',
      () =>
        makeEksToken(
          makeStsClient({ region: 'eu-west-1', credentials: expiredCredentialsOf(account) }),
          cluster,
        ),
    ],
    ['without its prefix', (token) => token.replace('k8s-aws-v1.', '')],
    ['that is none', () => 'k8s-aws-v1.not-an-address'],
  ])('does not take a token %s', async (_, spoil) => {
    const token = await makeEksToken(sts(), cluster);
    expect(await callerOf(await spoil(token))).toBeNull();
  });
});

function tokenOf(url: URL, changes: Record<string, string>): string {
  for (const [key, value] of Object.entries(changes)) url.searchParams.set(key, value);
  return `k8s-aws-v1.${Buffer.from(url.href).toString('base64url')}`;
}
