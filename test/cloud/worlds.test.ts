import type { ClusterNetwork } from '../../shared/domain/cluster-network.ts';
import { diagnoseTrust } from '../../shared/domain/trust-causes.ts';
import type { CloudTrailRecord } from './cloudtrail-record.ts';
import { issuerOfProvider } from './trust.ts';
import type { Account, World } from './world.ts';
import { auditActions, deniedWorld } from './worlds/denied.ts';
import { faultyScenarios, faultyWorld } from './worlds/faulty.ts';
import { hostile } from './worlds/faulty/hostile-callers.ts';
import { healthyWorld, shop } from './worlds/healthy.ts';
import { largeWorld } from './worlds/large.ts';
import { slowWorld } from './worlds/slow.ts';

const now = new Date('2026-06-01T12:00:00Z');

/** The newest record of every series of AssumeRoleWithWebIdentity. */
function newestRecords(account: Account): CloudTrailRecord[] {
  return account.history
    .map(({ series }) => series.recordAt(series.length - 1))
    .filter(({ eventName }) => eventName === 'AssumeRoleWithWebIdentity');
}

function accountOf({ accounts }: World, id = shop): Account {
  const account = accounts.find((candidate) => candidate.id === id);
  if (!account) throw new Error(`Cannot find account ${id}`);
  return account;
}

/** Ids of what lies in a network. */
function idsIn({ vpcId, endpoints, subnets, natGateways }: ClusterNetwork): string[] {
  const parts = [...endpoints, ...subnets, ...natGateways].map(({ id }) => id);
  return [vpcId, ...parts, ...subnets.flatMap(({ routeTableId }) => routeTableId ?? [])];
}

/** What the product's own trust-policy evaluator says of a recorded call. */
function diagnose(account: Account, record: CloudTrailRecord) {
  const { userIdentity, requestParameters, sourceIPAddress } = record;
  const { roleArn, roleSessionName } = requestParameters as { roleArn: string; roleSessionName: string };
  const policy: unknown = JSON.parse(account.roles.find(({ arn }) => arn === roleArn)?.trustPolicy ?? 'null');
  return diagnoseTrust(policy, {
    issuer: `https://${issuerOfProvider(String(userIdentity?.['identityProvider']))}`,
    roleArn,
    claims: { sub: userIdentity?.['userName'], aud: 'sts.amazonaws.com' },
    context: { 'aws:SourceIp': String(sourceIPAddress), 'sts:RoleSessionName': roleSessionName },
  });
}

describe('the faulty world', () => {
  const account = accountOf(faultyWorld({ now }));
  const records = newestRecords(account);
  const denials = records.filter(({ errorCode }) => errorCode);
  const denialOf = (arn: string) =>
    denials.find(({ requestParameters }) => requestParameters?.['roleArn'] === arn);

  it.each(
    faultyScenarios().filter(
      ({ rule }) => rule.startsWith('eks/irsa-trust-') && rule !== 'eks/irsa-trust-dead-issuer',
    ),
  )('holds $rule at $about', ({ rule, about }) => {
    const denial = denialOf(about);
    const broad = ['eks/irsa-trust-too-broad', 'eks/irsa-trust-no-audience'].includes(rule);
    if (!denial) expect(broad).toBe(true);
    else
      expect(diagnose(account, denial)).toMatchObject({
        verdict: expect.stringContaining('Denied') as string,
        causes: expect.arrayContaining([rule]) as string[],
      });
  });

  it('has no cause besides the intended one but where two faults are intended', () => {
    const several = denials.filter((denial) => diagnose(account, denial).causes.length > 1);
    expect(several.map(({ requestParameters }) => requestParameters?.['roleArn'])).toEqual([
      `arn:aws:iam::${shop}:role/invoicing`,
    ]);
  });

  it('lets in every caller that it shows to get in', () => {
    const granted = records.filter(({ errorCode }) => !errorCode);
    expect(granted.length).toBeGreaterThan(4);
    for (const record of granted) expect(diagnose(account, record).verdict).toBe('Allowed');
  });

  it('denies one workload although its trust policy allows it', () => {
    const allowed = denials.filter((denial) => diagnose(account, denial).verdict === 'Allowed');
    expect(allowed.map(({ requestParameters }) => requestParameters?.['roleArn'])).toEqual([
      `arn:aws:iam::${shop}:role/mail-sender`,
    ]);
  });

  it('has names only for what it holds, but for programs, associations and what is missing on purpose', () => {
    const arns = [...account.roles, ...account.providers, ...account.clusters].map(({ arn }) => arn);
    const accounts = [...account.contents].flatMap(([arn, { serviceAccounts }]) =>
      serviceAccounts.map(({ namespace, name }) => `${arn} ${namespace}/${name}`),
    );
    const networks = [...account.eksParts.values()].flatMap(({ network }) => idsIn(network));
    const held = [...arns, ...accounts, ...networks];
    const missing = faultyScenarios().filter(
      ({ about }) => !held.includes(about.replace(/ (boundary|scp deny)$/, '')),
    );
    expect(missing.map(({ rule }) => rule)).toEqual([
      'eks/irsa-role-arn-malformed',
      'eks/irsa-role-missing',
      'eks/irsa-provider-missing',
      'eks/sdk-too-old',
      'eks/pod-identity-association',
    ]);
  });

  it('storms with as many denials as were asked for, all within a day', () => {
    const storm = (events?: number) =>
      accountOf(faultyWorld({ now, ...(events && { stormEvents: events }) })).history.find(
        ({ series }) =>
          series.recordAt(0).requestParameters?.['roleArn'] === `arn:aws:iam::${shop}:role/stock-importer`,
      )?.series;
    expect(storm()?.length).toBe(100_000);
    expect(storm(500)?.length).toBe(500);
    expect(storm()?.timeAt(0)).toBeGreaterThan(now.getTime() - 24 * 3600 * 1000);
    expect(storm()?.timeAt(99_999)).toBeLessThan(now.getTime());
  });

  it('carries hostile texts in every field that a caller writes', () => {
    for (const text of Object.values(hostile)) {
      const record = denials.find(({ userAgent }) => userAgent === text);
      expect(record?.requestParameters).toEqual({
        roleArn: `arn:aws:iam::${shop}:role/${text}`,
        roleSessionName: text,
      });
    }
  });

  it('is the same whenever it is built for the same time', () => {
    const again = accountOf(faultyWorld({ now }));
    expect(newestRecords(again)).toEqual(records);
    expect(again.roles).toEqual(account.roles);
  });
});

describe('the healthy world', () => {
  it('lets in every caller, in every account', () => {
    const { accounts } = healthyWorld({ now });
    const verdicts = accounts.flatMap((account) =>
      newestRecords(account).map((record) => [record.errorCode, diagnose(account, record).verdict]),
    );
    expect(verdicts).toEqual([
      [undefined, 'Allowed'],
      [undefined, 'Allowed'],
      [undefined, 'Allowed'],
    ]);
  });
});

describe('the other worlds', () => {
  it('refuse what they are told to refuse', () => {
    expect(accountOf(deniedWorld()).refusals.map(({ action }) => action)).toEqual(auditActions);
    expect(accountOf(deniedWorld({ refused: ['iam:ListRoles'] })).refusals).toEqual([
      { action: 'iam:ListRoles' },
    ]);
  });

  it('are as slow, and as large, as they are told to be', () => {
    expect(slowWorld().behaviour).toMatchObject({ lookupLatencyMs: 3900, lookupsPerSecond: 2 });
    const large = accountOf(largeWorld({ now, events: 1000, deniedWorkloads: 4, healthyWorkloads: 6 }));
    const [history] = large.history;
    const records = Array.from({ length: history?.series.length ?? 0 }, (_, index) =>
      history?.series.recordAt(index),
    );
    const denied = records.filter((record) => record?.errorCode);
    expect([records.length, denied.length]).toEqual([1000, 400]);
    expect(new Set(denied.map((record) => record?.requestParameters?.['roleArn'])).size).toBe(4);
    for (const record of records.slice(0, 10))
      if (record)
        expect(diagnose(large, record).verdict).toBe(record.errorCode ? 'ImplicitlyDenied' : 'Allowed');
  });
});
