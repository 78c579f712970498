import { podSessionRecord, serviceCallRecord } from '../cloud/service-call-record.ts';
import { eksIssuer, providerArn } from '../cloud/identifiers.ts';
import { trusts } from '../cloud/trust.ts';
import { world, type WorldBuilder } from '../cloud/world-builder.ts';
import { account, gapsOf, observe, reading, valueOf } from './observe.ts';
import { saying } from '../saying.ts';

const region = 'eu-west-1';
const issuer = eksIssuer(region, 'prod');
const provider = providerArn(account, issuer);
const subject = 'system:serviceaccount:shop:cart';
const bucket = 'arn:aws:s3:::files';
const pod = 'eks-prod-orders-7d9f8-2f6f4f0e-8f0a-4a3c-9a53-0d2a7f5b9c11';

const denied = {
  code: 'AccessDenied',
  message: `User: x is not authorized to perform: s3:ListBucket on resource: "${bucket}" because no identity-based policy allows the s3:ListBucket action`,
};

function prod(): WorldBuilder {
  return world()
    .account(account, { regions: [region] })
    .cluster({ name: 'prod', region })
    .provider({ issuer })
    .role({ name: 'cart', trust: trusts(provider, subject), policies: {} });
}

/** A session of cart's role, by name, so many minutes ago. */
function signedIn(builder: WorldBuilder, sessionName: string, minutes = 50): WorldBuilder {
  return builder.called({
    role: 'cart',
    subject,
    issuer,
    sessionName,
    minutesAgo: { from: minutes, to: minutes },
  });
}

function call(
  builder: WorldBuilder,
  sessionName: string,
  minutes: number,
  error: typeof denied | null = denied,
) {
  return serviceCallRecord({
    account,
    region,
    time: builder.minutesAgo(minutes),
    role: 'cart',
    sessionName,
    provider,
    eventSource: 's3.amazonaws.com',
    eventName: 'HeadBucket',
    ...(error && { error }),
  });
}

describe('refused calls of workloads', () => {
  it('are found by the sessions of their callers, and counted as one', async () => {
    const builder = signedIn(prod(), 'one');
    builder.recorded(
      region,
      call(builder, 'one', 40),
      call(builder, 'one', 30),
      call(builder, 'one', 20, null),
    );
    const observed = await observe(builder);
    const { denials, events } = valueOf(observed, 'serviceDenials');
    expect(events).toBe(3);
    expect(denials).toMatchObject([
      {
        roleArn: `arn:aws:iam::${account}:role/cart`,
        session: 'web-identity',
        namespace: 'shop',
        serviceAccount: 'cart',
        cluster: 'prod',
        action: 's3:ListBucket',
        resource: bucket,
        policyType: 'identity',
        explicit: false,
        events: 2,
      },
    ]);
    expect(reading(observed, 'serviceDenials').state).toBe('whole');
    const [check] = Object.values(valueOf(observed, 'permissionChecks'));
    expect(check).toMatchObject({
      decision: 'implicitDeny',
      allowedWithGrant: true,
      invalid: [],
      decoded: null,
    });
  });

  it('are joined to the pod whose session EKS Pod Identity made', async () => {
    const builder = prod()
      .role({ name: 'orders', trust: trusts(provider, subject) })
      .association({ cluster: 'prod', namespace: 'shop', serviceAccount: 'orders', role: 'orders' });
    const where = { account, region, role: 'orders', sessionName: pod };
    const tags = { cluster: 'prod', namespace: 'shop', serviceAccount: 'orders' };
    builder.recorded(
      region,
      podSessionRecord({ ...where, ...tags, time: builder.minutesAgo(50) }),
      serviceCallRecord({
        ...where,
        time: builder.minutesAgo(40),
        eventSource: 'sns.amazonaws.com',
        eventName: 'CreateTopic',
        error: { code: 'AuthorizationError', message: 'not said' },
      }),
    );
    const { denials } = valueOf(await observe(builder), 'serviceDenials');
    expect(denials).toMatchObject([
      {
        session: 'pod-identity',
        cluster: 'prod',
        namespace: 'shop',
        serviceAccount: 'orders',
        action: 'sns:CreateTopic',
        policyType: null,
      },
    ]);
  });

  it('are looked up once for each session, and not at all where nobody called', async () => {
    const lookUps = async (builder: WorldBuilder) =>
      (await observe(builder, { facts: ['serviceDenials'] })).calls.filter(
        ({ action }) => action === 'cloudtrail:LookupEvents',
      ).length;
    const none = await lookUps(prod());
    expect(await lookUps(signedIn(signedIn(prod(), 'one'), 'two', 20))).toBe(none + 2);
  });

  it('are counted once, and of nobody in particular, where workloads share a role and a name of sessions', async () => {
    const builder = prod();
    for (const name of ['cart', 'web'])
      builder.called({
        role: 'cart',
        subject: `system:serviceaccount:shop:${name}`,
        issuer,
        sessionName: 'same',
        minutesAgo: { from: 50, to: 50 },
      });
    builder.recorded(region, call(builder, 'same', 40));
    const { denials, events } = valueOf(await observe(builder), 'serviceDenials');
    expect(events).toBe(1);
    expect(denials).toMatchObject([{ namespace: null, serviceAccount: null, cluster: 'prod', events: 1 }]);
  });

  it('are told to be more than was looked at, where there are more sessions than may be looked up', async () => {
    const builder = prod();
    for (let n = 0; n < 45; n++)
      builder.called({
        role: 'cart',
        subject: `system:serviceaccount:shop:cart-${n}`,
        issuer,
        sessionName: `session-${n}`,
        minutesAgo: { from: 50, to: 50 },
      });
    const gaps = gapsOf(await observe(builder, { facts: ['serviceDenials'] }), 'serviceDenials');
    expect(gaps.map(({ why }) => why.en)).toEqual([
      expect.stringMatching(/^Only the newest 40 of 45 sessions of workloads were looked at/),
    ]);
  });

  it('leave a gap with the permission where IAM may not be asked', async () => {
    const builder = signedIn(prod(), 'one');
    builder
      .recorded(region, call(builder, 'one', 40))
      .refuse('iam:SimulatePrincipalPolicy')
      .refuse('access-analyzer:ValidatePolicy');
    const observed = await observe(builder);
    expect(gapsOf(observed, 'permissionChecks').map(({ missingPermission }) => missingPermission)).toEqual([
      'iam:SimulatePrincipalPolicy',
      'access-analyzer:ValidatePolicy',
    ]);
    const [check] = Object.values(valueOf(observed, 'permissionChecks'));
    expect(check).toMatchObject({
      decision: { unknown: /SimulatePrincipalPolicy was denied/ },
      invalid: null,
    });
  });

  it('do without a check where their role is gone', async () => {
    const builder = signedIn(prod(), 'one');
    builder.recorded(region, call(builder, 'one', 40));
    const observed = await observe(builder, {
      prepare: (cloud) => {
        cloud.account(account).roles = [];
      },
    });
    expect(reading(observed, 'permissionChecks').state).toBe('whole');
    expect(Object.values(valueOf(observed, 'permissionChecks'))).toMatchObject([
      { decision: { unknown: saying(/NoSuchEntity/) } },
    ]);
  });

  it('count a record that cannot be understood', async () => {
    const builder = signedIn(prod(), 'one');
    const odd = {
      ...call(builder, 'one', 40),
      userIdentity: { type: 'AssumedRole', principalId: 'AROA:one' },
    };
    builder.recorded(region, odd);
    expect(valueOf(await observe(builder), 'serviceDenials')).toMatchObject({ denials: [], events: 1 });
  });
});

describe('what is read of clusters', () => {
  it.each([
    ['addons', 'eks:ListAddons'],
    ['nodegroups', 'eks:ListNodegroups'],
    ['insights', 'eks:ListInsights'],
    ['networks', 'ec2:DescribeRouteTables'],
  ] as const)('leaves a gap of %s with the permission that was refused', async (fact, permission) => {
    const observed = await observe(prod().refuse(permission), { facts: [fact] });
    expect(reading(observed, fact).state).toBe('unread');
    expect(gapsOf(observed, fact)).toMatchObject([{ location: region, missingPermission: permission }]);
  });

  it('tells all that EC2 refused', async () => {
    const gaps = gapsOf(await observe(prod().refuse('ec2:*'), { facts: ['networks'] }), 'networks');
    expect(gaps.map(({ missingPermission }) => missingPermission)).toEqual(
      expect.arrayContaining(['ec2:DescribeSubnets', 'ec2:DescribeVpcAttribute', 'ec2:DescribeNatGateways']),
    );
  });

  it('keeps the node groups where only their launch templates may not be read', async () => {
    const observed = await observe(prod().refuse('ec2:DescribeLaunchTemplateVersions'), {
      facts: ['nodegroups'],
    });
    expect(reading(observed, 'nodegroups').state).toBe('partial');
    expect(Object.values(valueOf(observed, 'nodegroups'))[0]).toMatchObject([
      { name: 'workers', hopLimit: null, securityGroupIds: null },
    ]);
  });

  it('keeps the clusters of one region where another is refused', async () => {
    const builder = world()
      .account(account, { regions: [region, 'us-east-1'] })
      .cluster({ name: 'prod', region })
      .cluster({ name: 'other', region: 'us-east-1' })
      .refuse('eks:ListAddons', { region: 'us-east-1' });
    const observed = await observe(builder, { facts: ['addons'] });
    expect(reading(observed, 'addons').state).toBe('partial');
    expect(Object.keys(valueOf(observed, 'addons'))).toEqual([
      `arn:aws:eks:${region}:${account}:cluster/prod`,
    ]);
  });

  it('asks EC2 nothing where there is no cluster', async () => {
    const { calls } = await observe(world().account(account, { regions: [region] }));
    expect(calls.filter(({ action }) => action.startsWith('ec2:'))).toEqual([]);
  });
});
