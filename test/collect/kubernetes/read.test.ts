/** What is read of EKS clusters' own API servers, over HTTPS, with a token, as the auditor reads it. */
import { collectAws, type CollectAwsOptions } from '../../../shared/collect/aws/account.ts';
import { kubernetesPermissions } from '../../../shared/collect/kubernetes/cluster-role.ts';
import type { FactName, Gap, Observation } from '../../../shared/observation.ts';
import { startCloud, type RunningCloud } from '../../cloud/start.ts';
import { world, type WorldBuilder } from '../../cloud/world-builder.ts';
import type { Behaviour } from '../../cloud/world.ts';
import { account, clientsOf } from '../observe.ts';
import { saying } from '../../saying.ts';

const facts = ['serviceAccounts', 'podGroups', 'kubernetesNodes', 'clusterDns', 'podWebhooks'] as const;
const arnOf = (name: string) => `arn:aws:eks:eu-west-1:${account}:cluster/${name}`;

let cloud: RunningCloud;
afterEach(() => cloud.close());

/** An account with the cluster prod. */
function prod(kubernetes: Parameters<WorldBuilder['cluster']>[0]['kubernetes'] = {}): WorldBuilder {
  return world()
    .account(account, { regions: ['eu-west-1'] })
    .cluster({ name: 'prod', region: 'eu-west-1', kubernetes });
}

async function start(builder: WorldBuilder, behaviour: Partial<Behaviour> = {}): Promise<void> {
  cloud = await startCloud(builder.build(), { lookupsPerSecond: Infinity, ...behaviour });
}

async function read(options: Partial<CollectAwsOptions> = {}): Promise<Observation['readings']> {
  const now = new Date();
  const { readings } = await collectAws({
    clients: clientsOf(cloud),
    now,
    window: { from: new Date(now.getTime() - 60_000), to: now },
    lookupRate: 1_000,
    discoveryBaseUrl: cloud.discoveryBaseUrl,
    kubernetes: true,
    facts,
    kubernetesLimits: { timeoutMs: 5_000 },
    ...options,
  });
  return readings;
}

function statesOf(readings: Observation['readings']): Record<string, string> {
  return Object.fromEntries(facts.map((name) => [name, readings[name]?.state ?? 'not asked for']));
}

function gapsOf(readings: Observation['readings'], name: FactName): Gap[] {
  const reading = readings[name];
  return reading && 'gaps' in reading ? reading.gaps : [];
}

function valueOf<Name extends (typeof facts)[number]>(readings: Observation['readings'], name: Name) {
  const reading = readings[name];
  if (reading?.state !== 'whole' && reading?.state !== 'partial') throw new Error(`${name} was not read`);
  return reading.value;
}

const all = (state: string) => Object.fromEntries(facts.map((name) => [name, state]));

describe('a cluster that answers', () => {
  it('is read in pages: service accounts, pods in groups, nodes, CoreDNS, webhooks', async () => {
    const builder = prod().role({ name: 'cart', path: '/shop/', trust: '{}' });
    builder
      .workload({
        cluster: 'prod',
        namespace: 'shop',
        serviceAccount: 'cart',
        role: 'cart',
        annotations: { 'eks.amazonaws.com/audience': 'cart.example', 'deploy.example/checksum': 'abc' },
        pods: [
          { count: 7 },
          { owner: { kind: 'CronJob', name: 'cart-cleanup' }, count: 1, injected: 'nothing' },
          { owner: null, count: 2, hostNetwork: true, env: { AWS_ACCESS_KEY_ID: 'AKIA' } },
          { phase: 'Succeeded', count: 40 },
        ],
      })
      .workload({
        cluster: 'prod',
        namespace: 'web',
        serviceAccount: 'default',
        pods: [{ injected: 'pod identity' }],
      });
    await start(builder);
    const readings = await read();
    expect(statesOf(readings)).toEqual(all('whole'));
    expect(valueOf(readings, 'serviceAccounts')[arnOf('prod')]).toMatchObject([
      {
        namespace: 'shop',
        name: 'cart',
        annotations: {
          'eks.amazonaws.com/role-arn': `arn:aws:iam::${account}:role/shop/cart`,
          'eks.amazonaws.com/audience': 'cart.example',
        },
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      },
      { namespace: 'web', name: 'default', annotations: {} },
    ]);
    const groups = valueOf(readings, 'podGroups')[arnOf('prod')] ?? [];
    expect(groups.map(({ owner, pods, roleArn }) => [owner?.kind, owner?.name, pods, roleArn])).toEqual([
      ['Deployment', 'cart', 7, `arn:aws:iam::${account}:role/shop/cart`],
      ['CronJob', 'cart-cleanup', 1, null],
      [undefined, undefined, 2, `arn:aws:iam::${account}:role/shop/cart`],
      ['Deployment', 'default', 2, null],
      ['Deployment', 'coredns', 2, null],
    ]);
    expect(groups[0]).toMatchObject({
      namespace: 'shop',
      serviceAccount: 'cart',
      webIdentity: true,
      tokenAudience: 'cart.example',
      containerCredentials: false,
      staticKeys: false,
      nodes: ['ip-10-0-1-11.internal'],
    });
    expect(groups[0]?.names).toHaveLength(5);
    expect(groups[2]).toMatchObject({ hostNetwork: true, staticKeys: true });
    expect(groups[3]).toMatchObject({ webIdentity: false, containerCredentials: true });
    expect(valueOf(readings, 'kubernetesNodes')[arnOf('prod')]).toMatchObject([
      { name: 'ip-10-0-1-11.internal', ready: true, reason: null, kind: 'ec2', nodegroup: 'workers' },
      { name: 'ip-10-0-1-12.internal', instanceId: 'i-00000000000000012' },
    ]);
    expect(valueOf(readings, 'clusterDns')[arnOf('prod')]).toEqual({
      deployment: { desired: 2, ready: 2 },
      readyAddresses: 2,
      troubles: [],
    });
    expect(valueOf(readings, 'podWebhooks')[arnOf('prod')]).toMatchObject([
      { configuration: 'pod-identity-webhook', failurePolicy: 'Ignore', hasCaBundle: true },
    ]);
  });

  it('is asked for exactly what the readers declare, and never for Secrets', async () => {
    await start(prod());
    await read();
    const asked = new Set(cloud.cluster('prod').calls.map(({ verb, resource }) => `${verb} ${resource}`));
    const declared = kubernetesPermissions().map(
      ({ verb, resource, apiGroup }) => `${verb} ${resource}${apiGroup ? `.${apiGroup}` : ''}`,
    );
    expect([...asked].sort()).toEqual([...new Set(['get /version', ...declared])].sort());
    expect([...asked].join()).not.toMatch(/secret/i);
  });

  it('shows why CoreDNS and nodes are not ready', async () => {
    const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image' };
    const builder = prod({ dns: { desired: 2, ready: 0, waiting } });
    const node = [...(builder.current.contents.values().next().value?.nodes ?? [])][0];
    if (node)
      Object.assign(node, { ready: false, reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting' });
    await start(builder);
    const readings = await read();
    expect(valueOf(readings, 'clusterDns')[arnOf('prod')]).toEqual({
      deployment: { desired: 2, ready: 0 },
      readyAddresses: 0,
      troubles: ['ImagePullBackOff: Back-off pulling image'],
    });
    expect(valueOf(readings, 'kubernetesNodes')[arnOf('prod')]?.[0]).toMatchObject({
      ready: false,
      reason: 'NodeStatusUnknown: Kubelet stopped posting',
    });
  });

  it('may have no CoreDNS, no nodes and no webhooks at all', async () => {
    await start(prod({ dns: null, nodes: [], webhooks: [] }));
    const readings = await read();
    expect(valueOf(readings, 'clusterDns')[arnOf('prod')]).toEqual({
      deployment: null,
      readyAddresses: 0,
      troubles: [],
    });
    expect(valueOf(readings, 'kubernetesNodes')[arnOf('prod')]).toEqual([]);
    expect(valueOf(readings, 'podWebhooks')[arnOf('prod')]).toEqual([]);
  });
});

describe('a list that changes while it is read', () => {
  const many = () =>
    prod().workload({
      cluster: 'prod',
      namespace: 'shop',
      serviceAccount: 'cart',
      role: 'cart',
      pods: [{ count: 9 }],
    });

  it('is read once more from its beginning when its continue token expired', async () => {
    await start(many());
    cloud.cluster('prod').faults.push({ path: /pods.*continue=/, status: 410 });
    const readings = await read();
    expect(valueOf(readings, 'podGroups')[arnOf('prod')]?.[0]?.pods).toBe(9);
    expect(readings.podGroups?.state).toBe('whole');
  });

  it('is left out when it expired twice: what it lacks would prove nothing', async () => {
    await start(many());
    const expired = { path: /v1\/pods.*continue=/, status: 410 };
    cloud.cluster('prod').faults.push(expired, expired);
    const readings = await read();
    expect(statesOf(readings)).toEqual({ ...all('whole'), podGroups: 'unread' });
    expect(gapsOf(readings, 'podGroups')).toMatchObject([
      {
        location: 'eu-west-1',
        why: saying(/pods of cluster "prod": its list expired twice/),
      },
    ]);
  });

  it('is asked for again where the server is busy', async () => {
    await start(many());
    cloud.cluster('prod').faults.push({ path: /v1\/nodes/, status: 429 }, { path: /v1\/pods/, status: 503 });
    expect(statesOf(await read())).toEqual(all('whole'));
  });

  it('ends with the time that was given, and says so', async () => {
    await start(many());
    cloud.cluster('prod').faults.push({ path: /v1\/pods.*continue=/, status: 0 });
    const readings = await read({ kubernetesLimits: { timeoutMs: 60_000, budgetMs: 700 } });
    expect(gapsOf(readings, 'podGroups')[0]?.why.en).toMatch(/the time that was given ended/);
  });

  it('is asked for in smaller pages where its objects are large', async () => {
    const pods = [{ count: 500, padding: 70_000 }];
    await start(prod().workload({ cluster: 'prod', namespace: 'shop', serviceAccount: 'cart', pods }), {
      pageSize: 500,
    });
    const readings = await read({ facts: ['podGroups'], kubernetesLimits: { timeoutMs: 60_000 } });
    expect(valueOf(readings, 'podGroups')[arnOf('prod')]?.[0]?.pods).toBe(500);
    const limits = cloud.cluster('prod').calls.map(({ path }) => /limit=(\d+)/.exec(path)?.[1]);
    expect(limits).toContain('100');
  });
});

describe('a cluster that does not let the auditor in', () => {
  it('by no access entry is a gap with the commands that grant exactly what is read', async () => {
    await start(prod({ access: 'no entry' }));
    const readings = await read();
    expect(statesOf(readings)).toEqual(all('unread'));
    const [gap] = gapsOf(readings, 'serviceAccounts');
    const principal = `--cluster-name prod --region eu-west-1 --principal-arn arn:aws:iam::${account}:user/auditor`;
    expect(gap?.missingPermission).toBe('list serviceaccounts');
    expect(gap?.why.en).toContain('does not know the auditor (401 Unauthorized)');
    for (const command of [
      `aws eks create-access-entry ${principal} --kubernetes-groups clusterwhy`,
      `aws eks associate-access-policy ${principal} --access-scope type=cluster --policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy`,
      'clusterwhy permissions kubernetes | kubectl apply -f -',
    ])
      expect(gap?.why.en).toContain(command);
    expect(gapsOf(readings, 'podGroups')[0]?.why.en).toMatch(/401 Unauthorized\)$/);
  });

  it('names the role of a session with its path, and first turns access entries on where they are off', async () => {
    const builder = prod({ access: 'no entry', authenticationMode: 'CONFIG_MAP' });
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow' as const, Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
    };
    await start(builder.role({ name: 'Auditor', path: '/ops/', trust }));
    const { AssumeRoleCommand } = await import('@aws-sdk/client-sts');
    const { Credentials } = await clientsOf(cloud).sts.send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${account}:role/ops/Auditor`,
        RoleSessionName: 'audit',
      }),
    );
    const { makeAwsClients } = await import('../../../functions/aws-clients.ts');
    const credentials = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
    const clients = makeAwsClients({ endpoint: cloud.endpoint, region: 'eu-west-1', credentials });
    const [gap] = gapsOf(await read({ clients }), 'serviceAccounts');
    expect(gap?.why.en).toContain(`--principal-arn arn:aws:iam::${account}:role/ops/Auditor`);
    expect(gap?.why.en).toMatch(/update-cluster-config .*authenticationMode=API_AND_CONFIG_MAP/);
    cloud.cluster('prod').contents.access = 'view and group';
    expect(statesOf(await read({ clients }))).toEqual(all('whole'));
  });

  it('by its group leaves nodes and webhooks unread, and the rest goes on', async () => {
    await start(prod({ access: 'view' }));
    const readings = await read();
    expect(statesOf(readings)).toEqual({ ...all('whole'), kubernetesNodes: 'unread', podWebhooks: 'unread' });
    expect(gapsOf(readings, 'kubernetesNodes')).toMatchObject([
      {
        missingPermission: 'list nodes',
        why: saying(
          /update-access-entry .*--kubernetes-groups clusterwhy .*permissions kubernetes \| kubectl apply/,
        ),
      },
    ]);
  });

  it('by any right leaves all of it unread', async () => {
    await start(prod({ access: 'no rights' }));
    const readings = await read();
    expect(statesOf(readings)).toEqual(all('unread'));
    expect(gapsOf(readings, 'serviceAccounts')[0]?.why.en).toContain('403 Forbidden');
  });
});

describe('a cluster that does not answer', () => {
  const three = () =>
    prod()
      .cluster({
        name: 'closed',
        region: 'eu-west-1',
        kubernetes: { endpoint: 'hangs', publicEndpoint: false },
      })
      .cluster({ name: 'down', region: 'eu-west-1', kubernetes: { endpoint: 'refuses' } });

  it('is a gap that says what to do, and the others are read', async () => {
    await start(three());
    const readings = await read({ kubernetesLimits: { timeoutMs: 1_000 } });
    expect(statesOf(readings)).toEqual(all('partial'));
    expect(Object.keys(valueOf(readings, 'podGroups'))).toEqual([arnOf('prod')]);
    const whys = gapsOf(readings, 'serviceAccounts').map(({ why }) => why.en);
    expect(whys).toEqual([
      expect.stringMatching(
        /"closed": its API server did not answer \(ETIMEDOUT\); its endpoint is private, so run the auditor inside/,
      ),
      expect.stringMatching(
        /"down": its API server did not answer \(ECONNRESET\); let the auditor's address in/,
      ),
    ]);
    expect(whys.join()).toMatch(/--kubernetes never/);
    expect(
      gapsOf(readings, 'podGroups')
        .map(({ why }) => why.en)
        .join(),
    ).not.toMatch(/--kubernetes never/);
  });

  it('is not asked for where others were asked for', async () => {
    await start(three());
    const readings = await read({ clusters: ['prod'], kubernetesLimits: { timeoutMs: 1_000 } });
    expect(statesOf(readings)).toEqual(all('whole'));
    expect(cloud.cluster('closed').calls).toEqual([]);
  });

  it('or shows a certificate of another CA never sees the token', async () => {
    await start(three());
    const [own, other] = ['prod', 'down'].map((name) =>
      cloud.account(account).clusters.find((one) => one.name === name),
    );
    if (own?.access && other?.access) own.access.certificateAuthority = other.access.certificateAuthority;
    const readings = await read({ clusters: ['prod'] });
    expect(gapsOf(readings, 'serviceAccounts')[0]?.why.en).toMatch(
      /a certificate that is not of the cluster's CA/,
    );
    expect(cloud.cluster('prod').calls).toEqual([]);
  });
});

describe('Kubernetes', () => {
  it('is a gap where the credentials end before a token could be made', async () => {
    await start(prod());
    const credentials = () => {
      const isKnown = cloud.calls.some(({ action }) => action === 'sts:GetCallerIdentity');
      if (isKnown) throw new Error('the session has ended');
      return Promise.resolve({ ...cloud.credentials(account), expiration: new Date(Date.now() + 1_000) });
    };
    const { makeStsClient } = await import('../../../functions/aws-clients.ts');
    const sts = makeStsClient({ endpoint: cloud.endpoint, region: 'eu-west-1', credentials });
    const readings = await read({ clients: { ...clientsOf(cloud), sts } });
    expect(statesOf(readings)).toEqual(all('unread'));
    expect(gapsOf(readings, 'serviceAccounts')[0]?.why.en).toMatch(
      /no token could be made \(the session has ended\)/,
    );
  });

  it('is not asked where nobody wants it', async () => {
    await start(prod());
    expect(statesOf(await read({ kubernetes: false }))).toEqual(all('not asked for'));
    expect(cloud.cluster('prod').calls).toEqual([]);
  });

  it('is asked only for what is needed', async () => {
    await start(prod());
    expect(statesOf(await read({ facts: ['kubernetesNodes'] }))).toEqual({
      ...all('not asked for'),
      kubernetesNodes: 'whole',
    });
  });

  it('is unread where the clusters are', async () => {
    await start(prod().refuse('eks:DescribeCluster'));
    const readings = await read();
    expect(statesOf(readings)).toEqual(all('unread'));
    expect(gapsOf(readings, 'clusters')).toMatchObject([{ missingPermission: 'eks:DescribeCluster' }]);
  });

  it('of clusters that are being made or deleted is nobody’s business', async () => {
    const builder = world().account(account, { regions: ['eu-west-1'] });
    for (const status of ['CREATING', 'DELETING', 'FAILED'])
      builder.cluster({ name: status.toLowerCase(), region: 'eu-west-1', status });
    await start(builder);
    expect(statesOf(await read())).toEqual(all('whole'));
  });

  it('of an account without clusters is read to its end', async () => {
    await start(world().account(account, { regions: ['eu-west-1'] }));
    expect(statesOf(await read())).toEqual(all('whole'));
  });
});
