import { makeAwsClients } from '../../functions/aws-clients.ts';
import { awsPermissions, awsReaders, collectAws, type Progress } from '../../shared/collect/aws/account.ts';
import { expiredCredentialsOf } from '../cloud/credentials.ts';
import { eksIssuer, providerArn } from '../cloud/identifiers.ts';
import { serviceCallRecord } from '../cloud/service-call-record.ts';
import { startCloud } from '../cloud/start.ts';
import { trusts } from '../cloud/trust.ts';
import { world, type WorldBuilder } from '../cloud/world-builder.ts';
import { account, clientsOf, elsewhere, gapsOf, observe, reading, valueOf } from './observe.ts';
import { saying } from '../saying.ts';

const regions = ['eu-west-1', 'us-east-1', { name: 'ap-east-1', status: 'DISABLED' as const }];
const issuer = eksIssuer('eu-west-1', 'prod');
const provider = providerArn(account, issuer);
const subject = 'system:serviceaccount:shop:cart';

/** An account with something of every kind, in lists of more than one page. */
function fullAccount(): WorldBuilder {
  const builder = world().account(account, { regions });
  for (const name of ['prod', 'blue', 'green', 'test']) builder.cluster({ name, region: 'eu-west-1' });
  builder.provider({ issuer, clientIds: ['sts.amazonaws.com', 'other'] });
  for (const name of ['a', 'b', 'c', 'd']) builder.role({ name, trust: trusts(provider, subject) });
  return builder
    .role({ name: 'cart', path: '/shop/', trust: trusts(provider, subject), maxSessionDuration: 7200 })
    .association({ cluster: 'prod', namespace: 'shop', serviceAccount: 'orders', role: 'orders' })
    .denied({ role: 'gone', subject, issuer, count: 3 })
    .called({ role: 'cart', subject, issuer, durationSeconds: 900, sessionName: 'cart-session' })
    .recorded('eu-west-1', refusedCall(builder.minutesAgo(15)));
}

/** A call of cart's session to EC2, which tells in code what it refused. */
function refusedCall(time: Date) {
  const context = { action: 'ec2:CreateTags', resource: `arn:aws:ec2:eu-west-1:${account}:instance/i-1` };
  const encoded = Buffer.from(JSON.stringify({ allowed: false, explicitDeny: false, context }));
  return serviceCallRecord({
    account,
    region: 'eu-west-1',
    time,
    role: 'shop/cart',
    sessionName: 'cart-session',
    provider,
    eventSource: 'ec2.amazonaws.com',
    eventName: 'CreateTags',
    error: {
      code: 'Client.UnauthorizedOperation',
      message: `Encoded authorization failure message: ${encoded.toString('base64')}`,
    },
  });
}

describe('collectAws()', () => {
  it('reads every fact of an account', async () => {
    const builder = fullAccount();
    const observed = await observe(builder, { kubernetes: true });
    const { observation } = observed;
    expect(observation.place).toEqual({ cloud: 'aws', account, partition: 'aws' });
    expect(observation.time).toBe(builder.now.toISOString());
    expect(observation.regions).toEqual(['eu-west-1', 'us-east-1']);
    expect(Object.keys(observation.readings).sort()).toEqual(Object.keys(awsReaders).sort());
    for (const name of Object.keys(awsReaders))
      expect([name, reading(observed, name as 'roles').state]).toEqual([name, 'whole']);
    expect(valueOf(observed, 'clusters')).toMatchObject({
      regionsRead: ['eu-west-1', 'us-east-1'],
      otherAccountsIssuers: [],
      allAccountsRead: false,
    });
    const clusters = valueOf(observed, 'clusters').clusters;
    expect(clusters.map(({ name }) => name)).toEqual(['prod', 'blue', 'green', 'test']);
    expect(clusters[0]).toMatchObject({
      issuer,
      account,
      region: 'eu-west-1',
      status: 'ACTIVE',
      version: '1.34',
    });
    expect(valueOf(observed, 'oidcProviders')).toMatchObject([
      { arn: provider, url: issuer.slice('https://'.length), clientIds: ['sts.amazonaws.com', 'other'] },
    ]);
    expect(valueOf(observed, 'roles').map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'cart']);
    expect(valueOf(observed, 'roles')[4]).toMatchObject({
      arn: `arn:aws:iam::${account}:role/shop/cart`,
      path: '/shop/',
      maxSessionDuration: 7200,
      trustPolicy: trusts(provider, subject),
    });
    expect(valueOf(observed, 'denials')).toMatchObject({
      denials: [
        {
          roleArn: `arn:aws:iam::${account}:role/gone`,
          subject,
          provider,
          events: 3,
          errorCode: 'AccessDenied',
        },
      ],
      callers: [
        { roleArn: `arn:aws:iam::${account}:role/shop/cart`, events: 1, longestDurationSeconds: 900 },
      ],
      events: 4,
      unparsed: 0,
    });
    expect(valueOf(observed, 'namedRoles')).toEqual({
      [`arn:aws:iam::${account}:role/gone`]: { state: 'missing' },
    });
    expect(valueOf(observed, 'issuerDiscovery')).toMatchObject({ [issuer]: { state: 'answers' } });
  });

  it('calls exactly the actions that its readers declare', async () => {
    const { calls } = await observe(fullAccount());
    expect([...new Set(calls.map(({ action }) => action))].sort()).toEqual(awsPermissions());
  });

  it('lists the roles and gets none of those in the list', async () => {
    const { calls } = await observe(fullAccount());
    const count = (action: string) => calls.filter((call) => call.action === action).length;
    expect(count('iam:GetRole')).toBe(1);
    expect(count('iam:ListRoles')).toBe(2);
  });

  it('leaves an observation that is plain JSON', async () => {
    const { observation } = await observe(fullAccount());
    expect(JSON.parse(JSON.stringify(observation))).toEqual(observation);
  });

  it('keeps a trust policy that is no JSON as its text', async () => {
    const trust = 'not a policy: 100 % <&>"';
    const observed = await observe(world().account(account, { regions }).role({ name: 'odd', trust }));
    expect(valueOf(observed, 'roles')).toMatchObject([{ name: 'odd', trustPolicy: trust }]);
  });

  it('tells how far it has come', async () => {
    const told: Progress[] = [];
    const deadline = new Date(Date.now() + 3600_000);
    await observe(fullAccount(), { onProgress: (progress) => told.push(progress), deadline });
    const of = (kind: Progress['kind']) => told.filter((progress) => progress.kind === kind);
    expect(of('region')).toHaveLength(4);
    expect(of('clusters')).toContainEqual({ kind: 'clusters', region: 'eu-west-1', clusters: 4 });
    const last = of('events').findLast(({ region }) => region === 'eu-west-1');
    expect(last).toMatchObject({ events: 4, covered: 1, slices: { done: expect.any(Number) as unknown } });
    expect(last).toMatchObject({ budget: { totalMs: expect.any(Number) as unknown } });
  });

  it.each([
    ['a window that ends before it begins', { window: { from: new Date(2), to: new Date(1) } }],
    ['a window that is no time', { window: { from: new Date(NaN), to: new Date(1) } }],
    ['a deadline that is no time', { deadline: new Date(NaN) }],
    ['a rate of nothing', { lookupRate: 0 }],
  ])('refuses %s', async (_name, options) => {
    await expect(observe(fullAccount(), options)).rejects.toThrow(/^Cannot read events/);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = () => controller.abort(reason);
    await expect(observe(fullAccount(), { signal: controller.signal, onProgress })).rejects.toBe(reason);
  });
});

describe('collectAws() without usable credentials', () => {
  it('says that they have expired, and what to do', async () => {
    const cloud = await startCloud(fullAccount().build());
    const credentials = expiredCredentialsOf(account);
    const clients = makeAwsClients({ endpoint: cloud.endpoint, region: 'eu-west-1', credentials });
    await expect(collect(clients)).rejects.toMatchObject({
      name: 'CredentialsError',
      message: expect.stringMatching(/the credentials have expired .*sign in again/) as unknown,
      cause: expect.any(Error) as unknown,
    });
    await cloud.close();
  });

  it('says that STS does not know them', async () => {
    const cloud = await startCloud(fullAccount().build());
    const credentials = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' };
    const clients = makeAwsClients({ endpoint: cloud.endpoint, region: 'eu-west-1', credentials });
    await expect(collect(clients)).rejects.toMatchObject({
      name: 'CredentialsError',
      message: expect.stringMatching(/STS does not accept the credentials/) as unknown,
    });
    await cloud.close();
  });

  it('says that there are none', async () => {
    const clients = makeAwsClients({
      endpoint: 'http://127.0.0.1:9',
      region: 'eu-west-1',
      credentials: () =>
        Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' })),
    });
    await expect(collect(clients)).rejects.toMatchObject({
      name: 'CredentialsError',
      message: expect.stringMatching(/no credentials were found \(none\).*--profile/) as unknown,
    });
  });

  it('says that STS cannot be reached', async () => {
    const cloud = await startCloud(fullAccount().build());
    await cloud.close();
    await expect(collect(clientsOf(cloud))).rejects.toThrow(
      /STS did not answer \(.*ECONNREFUSED.*check the network/,
    );
  });

  function collect(clients: ReturnType<typeof makeAwsClients>) {
    const now = new Date();
    return collectAws({ clients, now, window: { from: new Date(now.getTime() - 3600_000), to: now } });
  }
});

describe('collectAws() where AWS refuses', () => {
  it('leaves a gap with the missing permission for every fact, and throws nothing', async () => {
    const builder = fullAccount();
    for (const action of ['account:*', 'eks:*', 'iam:*', 'cloudtrail:*']) builder.refuse(action);
    const observed = await observe(builder);
    const refused = {
      clusters: 'eks:ListClusters',
      oidcProviders: 'iam:ListOpenIDConnectProviders',
      roles: 'iam:ListRoles',
      denials: 'cloudtrail:LookupEvents',
    } as const;
    for (const [fact, missingPermission] of Object.entries(refused)) {
      expect(reading(observed, fact as 'roles').state).toBe('unread');
      expect(gapsOf(observed, fact as 'roles')).toContainEqual(
        expect.objectContaining({ missingPermission }),
      );
    }
    expect(reading(observed, 'namedRoles').state).toBe('unread');
  });

  it('reads on in other regions where one is refused', async () => {
    const builder = fullAccount();
    for (const action of ['eks:ListClusters', 'cloudtrail:LookupEvents']) {
      const because = 'with an explicit deny in a service control policy';
      builder.refuse(action, { region: 'us-east-1', because });
    }
    const observed = await observe(builder);
    expect(valueOf(observed, 'clusters')).toMatchObject({ regionsRead: ['eu-west-1'] });
    expect(valueOf(observed, 'clusters').clusters).toHaveLength(4);
    expect(gapsOf(observed, 'clusters')).toMatchObject([
      {
        location: 'us-east-1',
        missingPermission: 'eks:ListClusters',
        why: saying(/service control policy/),
      },
    ]);
    expect(valueOf(observed, 'denials').events).toBe(4);
    expect(gapsOf(observed, 'denials')).toMatchObject([
      {
        location: 'us-east-1',
        missingPermission: 'cloudtrail:LookupEvents',
        from: observed.observation.window.from.replace(/\.\d+/, ''),
      },
    ]);
  });

  it('describes the other clusters where one cannot be', async () => {
    const error = { code: 'AccessDeniedException', status: 403 };
    const observed = await observe(fullAccount(), {
      prepare: (cloud) => cloud.fail('eks:DescribeCluster', { error }),
    });
    expect(valueOf(observed, 'clusters').clusters).toHaveLength(3);
    expect(valueOf(observed, 'clusters').regionsRead).toEqual(['us-east-1']);
    expect(gapsOf(observed, 'clusters')).toMatchObject([
      {
        location: 'eu-west-1',
        missingPermission: 'eks:DescribeCluster',
        why: saying(/describe the EKS cluster "prod" in eu-west-1/),
      },
    ]);
  });

  it('takes a cluster that is gone by now for none', async () => {
    const error = { code: 'ResourceNotFoundException', status: 404 };
    const observed = await observe(fullAccount(), {
      prepare: (cloud) => cloud.fail('eks:DescribeCluster', { error }),
    });
    expect(reading(observed, 'clusters').state).toBe('whole');
    expect(valueOf(observed, 'clusters').clusters).toHaveLength(3);
  });

  it('keeps what it has of a list whose next page fails', async () => {
    const observed = await observe(fullAccount(), {
      prepare: (cloud) => {
        cloud.fail('iam:ListRoles', { delayMs: 0 });
        cloud.fail('iam:ListRoles', { times: 99, error: { code: 'AccessDenied', status: 403 } });
      },
    });
    expect(reading(observed, 'roles').state).toBe('partial');
    expect(valueOf(observed, 'roles')).toHaveLength(3);
    expect(gapsOf(observed, 'roles')).toMatchObject([{ missingPermission: 'iam:ListRoles' }]);
  });

  it('leaves out a provider that it may not read', async () => {
    const builder = fullAccount().provider({ issuer: eksIssuer('eu-west-1', 'blue') });
    builder.refuse('iam:GetOpenIDConnectProvider');
    const observed = await observe(builder);
    expect(reading(observed, 'oidcProviders').state).toBe('partial');
    expect(valueOf(observed, 'oidcProviders')).toEqual([]);
    expect(gapsOf(observed, 'oidcProviders')).toMatchObject([
      { missingPermission: 'iam:GetOpenIDConnectProvider' },
    ]);
  });

  it('does not end for credentials that expire on the way', async () => {
    const observed = await observe(fullAccount(), {
      prepare: (cloud) =>
        cloud.fail('iam:ListRoles', { times: 99, error: { code: 'ExpiredToken', status: 403 } }),
    });
    expect(gapsOf(observed, 'roles')[0]?.why.en).toMatch(/credentials have expired/);
    expect(valueOf(observed, 'denials').events).toBe(4);
  });
});

describe('collectAws() and regions', () => {
  it('reads those asked for, and us-east-1 for calls to the global endpoint', async () => {
    const builder = fullAccount().denied({ role: 'cart', subject, issuer, endpoint: 'global' });
    const observed = await observe(builder, { regions: ['eu-west-1'] });
    expect(observed.observation.regions).toEqual(['eu-west-1']);
    expect(valueOf(observed, 'clusters').regionsRead).toEqual(['eu-west-1']);
    expect(
      valueOf(observed, 'denials')
        .denials.flatMap((denial) => denial.regions)
        .sort(),
    ).toEqual(['eu-west-1', 'us-east-1']);
  });

  it('names regions that do not exist or are not enabled, and reads the others', async () => {
    const observed = await observe(fullAccount(), { regions: ['eu-wset-1', 'ap-east-1', 'eu-west-1'] });
    expect(valueOf(observed, 'clusters').clusters).toHaveLength(4);
    for (const fact of ['clusters', 'denials'] as const) {
      expect(gapsOf(observed, fact)).toMatchObject([
        { location: 'ap-east-1', why: saying(/not enabled in the account/) },
        { location: 'eu-wset-1', why: saying(/no such region/) },
      ]);
    }
  });

  it('reads its own region and us-east-1 where it may not list the regions, and says so', async () => {
    const builder = fullAccount().refuse('account:ListRegions');
    const observed = await observe(builder);
    expect(observed.observation.regions).toEqual(['eu-west-1', 'us-east-1']);
    for (const fact of ['clusters', 'denials'] as const) {
      expect(gapsOf(observed, fact)).toMatchObject([
        {
          location: null,
          missingPermission: 'account:ListRegions',
          why: saying(/--region/),
        },
      ]);
    }
  });

  it('needs no list of the regions where some are asked for', async () => {
    const builder = fullAccount().refuse('account:ListRegions');
    const observed = await observe(builder, { regions: ['eu-west-1', 'us-east-1'] });
    expect(reading(observed, 'clusters').state).toBe('whole');
  });

  it('looks for no global endpoint’s calls in other partitions', async () => {
    const builder = world().account(account, { regions: ['cn-north-1'], partition: 'aws-cn' });
    const observed = await observe(builder, { from: 'cn-north-1' });
    expect(observed.observation.place).toMatchObject({ partition: 'aws-cn' });
    const looked = observed.calls.filter(({ action }) => action === 'cloudtrail:LookupEvents');
    expect(new Set(looked.map(({ region }) => region))).toEqual(new Set(['cn-north-1']));
  });
});

describe('collectAws() of clusters that were asked for', () => {
  it('finds them by name or ARN, and reads the others as well', async () => {
    const arn = `arn:aws:eks:eu-west-1:${account}:cluster/blue`;
    const observed = await observe(fullAccount(), { clusters: ['prod', arn] });
    expect(valueOf(observed, 'clusters').clusters.map(({ name }) => name)).toEqual([
      'prod',
      'blue',
      'green',
      'test',
    ]);
    expect(valueOf(observed, 'clusters').regionsRead).toEqual(['eu-west-1', 'us-east-1']);
    expect(reading(observed, 'clusters').state).toBe('whole');
  });

  it('names one that no region has', async () => {
    const observed = await observe(fullAccount(), { clusters: ['prod', 'absent'] });
    expect(gapsOf(observed, 'clusters')).toMatchObject([
      {
        location: null,
        why: saying(/Cannot find cluster "absent" in eu-west-1, us-east-1/),
      },
    ]);
  });
});

describe('namedRoles', () => {
  it('tells roles that exist elsewhere, are missing, are foreign or impossible', async () => {
    const builder = fullAccount()
      .account(elsewhere, { regions })
      .account(account)
      .denied({ role: `arn:aws:iam::${account}:role/cart`, subject, issuer })
      .denied({ role: `arn:aws:iam::${elsewhere}:role/cart`, subject, issuer })
      .denied({ role: `arn:aws-cn:iam::${account}:role/cart`, subject, issuer })
      .denied({ role: `arn:aws:iam::${account.slice(1)}:role/cart`, subject, issuer })
      .denied({ role: 'a', subject, issuer });
    const observed = await observe(builder);
    expect(valueOf(observed, 'namedRoles')).toEqual({
      [`arn:aws:iam::${account}:role/gone`]: { state: 'missing' },
      [`arn:aws:iam::${account}:role/cart`]: {
        state: 'exists',
        role: expect.objectContaining({
          arn: `arn:aws:iam::${account}:role/shop/cart`,
          path: '/shop/',
        }) as unknown,
      },
      [`arn:aws:iam::${elsewhere}:role/cart`]: {
        state: 'unread',
        why: saying(elsewhere),
      },
      [`arn:aws-cn:iam::${account}:role/cart`]: {
        state: 'unread',
        why: saying('aws-cn'),
      },
    });
  });

  it('gets every role that is named where the roles cannot be listed', async () => {
    const builder = fullAccount().denied({ role: 'a', subject, issuer }).refuse('iam:ListRoles');
    const observed = await observe(builder);
    expect(valueOf(observed, 'namedRoles')).toMatchObject({
      [`arn:aws:iam::${account}:role/gone`]: { state: 'missing' },
      [`arn:aws:iam::${account}:role/a`]: {
        state: 'exists',
        role: { trustPolicy: trusts(provider, subject) },
      },
    });
  });

  it('leaves a gap for those that it may not get', async () => {
    const observed = await observe(fullAccount().refuse('iam:GetRole'));
    expect(reading(observed, 'namedRoles').state).toBe('partial');
    expect(gapsOf(observed, 'namedRoles')).toMatchObject([{ missingPermission: 'iam:GetRole' }]);
    expect(valueOf(observed, 'namedRoles')).toEqual({
      [`arn:aws:iam::${account}:role/gone`]: {
        state: 'unread',
        why: saying(/iam:GetRole/),
      },
    });
  });

  it('looks up no more than 500, those with the most refused calls first', async () => {
    const builder = world().account(account, { regions });
    for (let n = 0; n < 503; n++)
      builder.denied({ role: `r${n}`, subject, issuer, region: 'us-east-1', count: n < 3 ? 1 : 2 });
    const observed = await observe(builder);
    const states = Object.values(valueOf(observed, 'namedRoles')).map(({ state }) => state);
    expect(states.filter((state) => state === 'missing')).toHaveLength(500);
    expect(valueOf(observed, 'namedRoles')[`arn:aws:iam::${account}:role/r0`]).toMatchObject({
      state: 'unread',
    });
    expect(gapsOf(observed, 'namedRoles')[0]?.why.en).toMatch(/more than 500 roles/);
  });

  it('is not slowed down by a hostile ARN', async () => {
    const hostile = `arn:aws:iam::${account}:role/${'a/'.repeat(900)} `;
    const observed = await observe(fullAccount().denied({ role: hostile, subject, issuer }));
    expect(Object.keys(valueOf(observed, 'namedRoles'))).toEqual([`arn:aws:iam::${account}:role/gone`]);
  });
});
