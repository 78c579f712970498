import type { ConnectionAttempt } from '../../../shared/domain/google-connection.ts';
import { makeAuthority } from '../../cloud/kubernetes/certificate.ts';
import { kubernetesWorld, type KubernetesOptions } from '../../cloud/google/kubernetes-world.ts';
import { startGoogleCloud, type GoogleCloud } from '../../cloud/google/start-google-cloud.ts';
import { GoogleWorld } from '../../cloud/google/world.ts';
import { observeOne } from './observe-world.ts';

const now = new Date();

let cloud: GoogleCloud;
afterEach(() => cloud.close());

async function start(options: KubernetesOptions, change: (world: GoogleWorld) => void = () => {}) {
  const world = new GoogleWorld(now);
  const project = world.project('shop-prod', { number: '510000000001' });
  project.cluster('shop', 'europe-west1', { kubernetes: kubernetesWorld(now, options) });
  change(world);
  cloud = await startGoogleCloud(world);
}

async function attempts(): Promise<ConnectionAttempt[]> {
  const { readings } = await observeOne(cloud, 'shop-prod', { connect: true });
  if (readings.connections?.state !== 'whole')
    throw new Error('Cannot examine the attempts: they were not read');
  return readings.connections.value;
}

const otherAuthority = makeAuthority('another', {
  notBefore: new Date('2020-01-01'),
  notAfter: new Date('2050-01-01'),
});
const trusted = { state: 'trusted' };

const ladder: Record<
  string,
  { options: KubernetesOptions; change?: (world: GoogleWorld) => void; expected: object }
> = {
  'all the way': {
    options: {},
    expected: { tls: trusted, response: { status: 200, reason: null, message: null } },
  },
  'to a server with a certificate of another CA': {
    options: { servedBy: otherAuthority },
    expected: { tls: { state: 'untrusted', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, response: null },
  },
  'to a server that rejects the token': {
    options: { rejectsTokens: true },
    expected: { tls: trusted, response: { status: 401, reason: 'Unauthorized', message: 'Unauthorized' } },
  },
  'to a server whose RBAC refuses': {
    options: { readers: [] },
    expected: {
      tls: trusted,
      response: { status: 403, message: expect.stringMatching(/container\.namespaces\.list/) as unknown },
    },
  },
  'though the cluster may not be got': {
    options: {},
    change: (world) => world.refuse('container.clusters.get'),
    expected: { clustersGet: { status: 403 }, response: { status: 200 } },
  },
};

it.each(Object.entries(ladder))('goes up the ladder %s', async (_, { options, change, expected }) => {
  await start(options, change);

  expect(await attempts()).toMatchObject([
    {
      cluster: 'shop',
      location: 'europe-west1',
      endpoint: { kind: 'ip' },
      principal: 'clusterwhy@ops-audit.iam.gserviceaccount.com',
      token: { state: 'valid', scopes: ['https://www.googleapis.com/auth/cloud-platform'] },
      clustersGet: { status: 200 },
      ...expected,
    },
  ]);
});

it('says that nobody answers', async () => {
  await start({});
  const { spec } = cloud.world.projects.get('shop-prod')?.clusters[0] ?? {};
  if (spec) spec.endpoint = '127.0.0.1:1';

  expect(await attempts()).toMatchObject([
    { tls: { state: 'unreachable', code: 'ECONNREFUSED' }, response: null },
  ]);
});

const oddities: Record<string, { endpoint: string; certificate?: string }> = {
  'an endpoint that is no address': { endpoint: 'not an address:99999' },
  'a certificate that is none': { endpoint: '127.0.0.1:1', certificate: 'UkVEQUNURUQ=' },
};

it.each(Object.entries(oddities))(
  'says that %s cannot be reached, and goes on',
  async (_, { endpoint, certificate }) => {
    await start({});
    const { spec } = cloud.world.projects.get('shop-prod')?.clusters[0] ?? {};
    if (spec) spec.endpoint = endpoint;
    if (spec?.masterAuth && certificate) spec.masterAuth.clusterCaCertificate = certificate;

    expect(await attempts()).toMatchObject([{ tls: { state: 'unreachable' }, response: null }]);
  },
);

it('gives up after the time that is allowed', async () => {
  await start({});
  cloud.world.projects.get('shop-prod')?.clusters.forEach(({ kubernetes }) => {
    if (kubernetes) kubernetes.hangs = true;
  });
  const kubernetesAccess = { timeoutMs: 50 };
  const { readings } = await observeOne(cloud, 'shop-prod', { connect: true, kubernetesAccess });

  expect(readings.connections).toMatchObject({
    value: [{ tls: { state: 'unreachable', code: 'ETIMEDOUT' } }],
  });
});

it('tries the name as well, with public authorities', async () => {
  await start({ dnsEndpoint: true });

  expect(await attempts()).toMatchObject([
    { endpoint: { kind: 'ip' }, response: { status: 200 } },
    { endpoint: { kind: 'dns' }, tls: trusted, response: { status: 200 } },
  ]);
});

it('is let through to the name only with container.clusters.connect', async () => {
  await start({ dnsEndpoint: true }, (world) => world.refuse('container.clusters.connect'));

  expect(await attempts()).toMatchObject([
    { endpoint: { kind: 'ip' }, response: { status: 200 } },
    { endpoint: { kind: 'dns' }, tls: trusted, response: { status: 403, reason: null } },
  ]);
});

it('shows the token to no server that is not trusted', async () => {
  await start({ servedBy: otherAuthority });
  await attempts();

  expect(cloud.access.arrivals.filter(({ api }) => api === 'kubernetes')).toEqual([]);
});

it('puts the token into no address', async () => {
  await start({});
  await attempts();

  expect(cloud.access.arrivals.filter(({ path }) => path.includes('ya29'))).toEqual([]);
});

it('is not asked unless it was wanted', async () => {
  await start({});
  const { readings } = await observeOne(cloud, 'shop-prod');

  expect(readings.connections).toBeUndefined();
  expect(readings.gkeServiceAccounts).toBeUndefined();
  expect(cloud.access.arrivals.filter(({ api }) => api === 'kubernetes')).toEqual([]);
});

it('lists the service accounts of all pages', async () => {
  const serviceAccounts = Array.from({ length: 7 }, (_, index) => ({
    namespace: 'shop',
    name: `sa-${index}`,
  }));
  await start({ serviceAccounts });
  const { readings } = await observeOne(cloud, 'shop-prod', { kubernetes: true });

  expect(readings.gkeServiceAccounts).toEqual({
    state: 'whole',
    value: {
      'projects/shop-prod/locations/europe-west1/clusters/shop': serviceAccounts.map((each) => ({
        ...each,
        annotations: {},
      })),
    },
  });
});

it('says which cluster does not let its service accounts be listed, and why', async () => {
  await start({ readers: [] });
  const { readings } = await observeOne(cloud, 'shop-prod', { kubernetes: true });

  expect(readings.gkeServiceAccounts).toMatchObject({
    state: 'unread',
    gaps: [{ location: 'europe-west1', missingPermission: 'container.serviceAccounts.list' }],
  });
});
