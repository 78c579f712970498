/** The simulated Google Cloud, asked by Google's own clients. */
import { X509Certificate } from 'node:crypto';
import { cloudresourcemanager, type cloudresourcemanager_v3 } from '@googleapis/cloudresourcemanager';
import { container } from '@googleapis/container';
import { iam } from '@googleapis/iam';
import { logging } from '@googleapis/logging';
import { serviceusage } from '@googleapis/serviceusage';
import { OAuth2Client } from 'google-auth-library';
import { issueServerCertificate, makeAuthority } from '../kubernetes/certificate.ts';
import { quotaExceeded, unavailable } from './google-error.ts';
import { loggingFilter } from './logging-filter.ts';
import { startGoogleCloud, type GoogleCloud } from './start-google-cloud.ts';
import { AUDITOR_TOKEN, OPERATOR_TOKEN } from './world.ts';
import { healthyWorld } from './worlds/healthy.ts';

const now = new Date('2026-03-02T06:00:00Z');

let cloud: GoogleCloud;
beforeEach(async () => {
  cloud = await startGoogleCloud(healthyWorld(now));
});
afterEach(() => cloud.close());

function clients(token = AUDITOR_TOKEN) {
  const auth = new OAuth2Client();
  auth.setCredentials({ access_token: token });
  const options = (api: string) => ({ auth, rootUrl: cloud.endpoints[api] ?? '', retry: false });
  return {
    container: container({ version: 'v1', ...options('CONTAINER') }),
    resourceManager: cloudresourcemanager({ version: 'v3', ...options('CLOUDRESOURCEMANAGER') }),
    iam: iam({ version: 'v1', ...options('IAM') }),
    logging: logging({ version: 'v2', ...options('LOGGING') }),
    serviceUsage: serviceusage({ version: 'v1', ...options('SERVICEUSAGE') }),
  };
}

interface Refusal {
  status: number;
  response: {
    data: { error: { status: string; message: string; details?: { reason?: string; metadata?: object }[] } };
  };
}

async function refusalOf(promise: Promise<unknown>): Promise<Refusal> {
  try {
    await promise;
  } catch (error) {
    return error as Refusal;
  }
  throw new Error('Cannot examine the refusal: the call succeeded');
}

const parent = 'projects/shop-prod/locations/-';

it('lists clusters as container v1 does', async () => {
  const { data } = await clients().container.projects.locations.clusters.list({ parent });

  expect(data.clusters?.map(({ name, location, status }) => [name, location, status])).toEqual([
    ['shop', 'europe-west1', 'RUNNING'],
    ['shop', 'us-central1', 'RUNNING'],
  ]);
  expect(data).not.toHaveProperty('missingZones');
});

it('has no node pools in Autopilot clusters', async () => {
  const name = 'projects/shop-prod/locations/us-central1/clusters/shop';
  const { data } = await clients().container.projects.locations.clusters.get({ name });

  expect(data).not.toHaveProperty('nodePools');
  expect(data.autoscaling?.autoprovisioningNodePoolDefaults?.serviceAccount).toMatch(/^shop-nodes@/);
});

it('gives CA certificates that can be read', async () => {
  const { data } = await clients().container.projects.locations.clusters.list({ parent });
  const [cluster] = data.clusters ?? [];
  const certificate = new X509Certificate(
    Buffer.from(cluster?.masterAuth?.clusterCaCertificate ?? '', 'base64'),
  );

  expect(certificate.ca).toBe(true);
  expect(new Date(certificate.validTo).getUTCFullYear()).toBe(2056);
});

it('answers a missing permission with an ErrorInfo that names it', async () => {
  cloud.world.refuse('container.clusters.list');
  const { status, response } = await refusalOf(
    clients().container.projects.locations.clusters.list({ parent }),
  );

  expect(status).toBe(403);
  expect(response.data.error).toMatchObject({
    status: 'PERMISSION_DENIED',
    message: 'Required "container.clusters.list" permission(s) for "projects/shop-prod".',
    details: [{ reason: 'IAM_PERMISSION_DENIED', metadata: { permission: 'container.clusters.list' } }],
  });
});

it('answers for an API that is off what that API answers', async () => {
  const off = clients().container.projects.locations.clusters.list({
    parent: 'projects/quiet-data/locations/-',
  });

  expect((await refusalOf(off)).response.data.error.details).toMatchObject([
    { links: expect.anything() as unknown },
    {
      reason: 'SERVICE_DISABLED',
      metadata: { consumer: 'projects/510000000007', service: 'container.googleapis.com' },
    },
  ]);
});

it('refuses tokens that it does not know', async () => {
  const { status } = await refusalOf(
    clients('ya29.other').container.projects.locations.clusters.list({ parent }),
  );

  expect(status).toBe(401);
});

it('answers the same for a project that is not there and one that may not be seen', async () => {
  cloud.world.refuse('resourcemanager.projects.get', 'projects/shop-prod');
  const get = (name: string) => refusalOf(clients().resourceManager.projects.get({ name }));

  expect((await get('projects/nobodys-project')).status).toBe(403);
  expect((await get('projects/shop-prod')).status).toBe(403);
});

it('tells a missing service account from one that may not be seen, but not behind the wildcard', async () => {
  const get = (project: string) =>
    refusalOf(
      clients().iam.projects.serviceAccounts.get({
        name: `projects/${project}/serviceAccounts/x@shop-prod.iam.gserviceaccount.com`,
      }),
    );

  expect((await get('shop-prod')).status).toBe(404);
  expect((await get('-')).status).toBe(403);
});

it('pages lists, and says with a token that there is more', async () => {
  const { iam: api } = clients();
  const name = 'projects/shop-prod';
  const first = await api.projects.serviceAccounts.list({ name, pageSize: 100 });
  const second = await api.projects.serviceAccounts.list({ name, pageToken: first.data.nextPageToken ?? '' });

  expect(first.data.accounts).toHaveLength(2);
  expect(second.data.accounts).toHaveLength(2);
  expect(second.data).not.toHaveProperty('nextPageToken');
  const odd = await refusalOf(api.projects.serviceAccounts.list({ name, pageToken: 'odd' }));
  expect(odd.status).toBe(400);
});

describe('a policy', () => {
  const resource = 'projects/legacy-prod';
  const read = async (requestedPolicyVersion?: number) => {
    const options = requestedPolicyVersion ? { requestedPolicyVersion } : {};
    const { data } = await clients(OPERATOR_TOKEN).resourceManager.projects.getIamPolicy({
      resource,
      requestBody: { options },
    });
    return data;
  };
  const write = (policy: cloudresourcemanager_v3.Schema$Policy, token = OPERATOR_TOKEN) =>
    clients(token).resourceManager.projects.setIamPolicy({ resource, requestBody: { policy } });

  it('comes with its conditions only where version 3 is asked for', async () => {
    const [old, whole] = [await read(), await read(3)];

    expect(old.bindings?.find(({ role }) => role?.startsWith('roles/viewer'))?.role).toMatch(
      /^roles\/viewer_withcond_[0-9a-f]{20}$/,
    );
    expect(old.bindings?.every(({ condition }) => !condition)).toBe(true);
    expect(whole.bindings?.find(({ role }) => role === 'roles/viewer')?.condition?.expression).toMatch(
      /^request\.time </,
    );
    expect([old.version, whole.version]).toEqual([1, 3]);
  });

  it('is written whole, and only over the version that was read', async () => {
    const policy = await read(3);
    await write({ ...policy, bindings: [{ role: 'roles/owner', members: ['user:a@example.com'] }] });

    expect((await read(3)).bindings).toEqual([{ role: 'roles/owner', members: ['user:a@example.com'] }]);
    expect((await refusalOf(write(policy))).status).toBe(409);
  });

  const impossible: Record<string, cloudresourcemanager_v3.Schema$Policy> = {
    'a role that is not there': { bindings: [{ role: 'roles/none', members: ['user:a@example.com'] }] },
    'a member without a kind': { bindings: [{ role: 'roles/viewer', members: ['a@example.com'] }] },
    'an account that is not there': {
      bindings: [{ role: 'roles/viewer', members: ['serviceAccount:x@legacy-prod.iam.gserviceaccount.com'] }],
    },
    'a condition in version 1': {
      version: 1,
      bindings: [
        { role: 'roles/viewer', members: ['user:a@example.com'], condition: { expression: 'true' } },
      ],
    },
  };

  it.each(Object.entries(impossible))('does not take %s', async (_, policy) => {
    expect((await refusalOf(write(policy))).status).toBe(400);
  });

  it('is not the auditor\u2019s to write', async () => {
    expect((await refusalOf(write(await read(3), AUDITOR_TOKEN))).status).toBe(403);
  });
});

it('gives agents their roles back when the API is enabled again', async () => {
  const shop = cloud.world.projects.get('shop-prod');
  shop?.unbind('roles/container.serviceAgent', `serviceAccount:${shop.agents.gke}`);
  const name = 'projects/shop-prod/services/container.googleapis.com';
  await clients(OPERATOR_TOKEN).serviceUsage.services.enable({ name });

  expect(shop?.policy.bindings?.find(({ role }) => role === 'roles/container.serviceAgent')?.members).toEqual(
    [`serviceAccount:${shop?.agents.gke}`],
  );
});

it('makes the bindings of a deleted account hold again when it is undeleted', async () => {
  const shop = cloud.world.projects.get('shop-prod');
  const email = 'shop-nodes@shop-prod.iam.gserviceaccount.com';
  const uniqueId = shop?.deleteServiceAccount(email).uniqueId;
  const members = () =>
    shop?.policy.bindings?.find(({ role }) => role?.endsWith('defaultNodeServiceAccount'))?.members;

  expect(members()).toEqual([`deleted:serviceAccount:${email}?uid=${uniqueId}`]);
  await clients(OPERATOR_TOKEN).iam.projects.serviceAccounts.undelete({
    name: `projects/-/serviceAccounts/${uniqueId}`,
  });
  expect(members()).toEqual([`serviceAccount:${email}`]);
});

it('takes at most thirty names and a hundred projects at once', async () => {
  const names = Array.from({ length: 31 }, () => 'projects/shop-prod/services/container.googleapis.com');
  const resourceNames = Array.from({ length: 101 }, (_, index) => `projects/p-${index}`);
  const { serviceUsage, logging: logs } = clients();

  expect(
    (await refusalOf(serviceUsage.services.batchGet({ parent: 'projects/shop-prod', names }))).status,
  ).toBe(400);
  expect((await refusalOf(logs.entries.list({ requestBody: { resourceNames } }))).status).toBe(400);
});

it('fails on purpose as often as it was told', async () => {
  cloud.fail({ api: 'CONTAINER', times: 1, answer: unavailable() });
  cloud.fail({
    api: 'CONTAINER',
    times: 1,
    answer: quotaExceeded('container.googleapis.com', 'ReadRequests'),
  });
  const list = () => clients().container.projects.locations.clusters.list({ parent });

  expect((await refusalOf(list())).status).toBe(503);
  expect((await refusalOf(list())).status).toBe(429);
  expect((await list()).status).toBe(200);
});

it('logs the permissions that were used, by whom, and whether they were there', async () => {
  cloud.world.refuse('container.operations.list');
  await clients().container.projects.locations.clusters.list({ parent });
  await refusalOf(clients().container.projects.locations.operations.list({ parent }));
  await clients(OPERATOR_TOKEN).container.projects.locations.operations.list({ parent });

  expect(cloud.access.permissionsUsed()).toEqual(['container.clusters.list', 'container.operations.list']);
  expect(cloud.access.uses.map(({ principal, allowed }) => [principal.split('@')[0], allowed])).toEqual([
    ['clusterwhy', true],
    ['clusterwhy', false],
    ['olga', true],
  ]);
});

describe('the token endpoint', () => {
  const ask = async (form: Record<string, string>) => {
    const response = await fetch(`${cloud.endpoints.OAUTH2}token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  const assertion = (iss: string) => `e30.${Buffer.from(JSON.stringify({ iss })).toString('base64url')}.x`;
  const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

  it('gives tokens for signed assertions and refresh tokens', async () => {
    const signed = await ask({ grant_type: grantType, assertion: assertion(cloud.world.auditor.email) });
    const refreshed = await ask({ grant_type: 'refresh_token', refresh_token: '1//x' });

    expect(cloud.world.tokens.get(String(signed.access_token))?.email).toBe(cloud.world.auditor.email);
    expect(cloud.world.tokens.get(String(refreshed.access_token))?.email).toBe('alice@example.com');
  });

  it('refuses unknown accounts and sessions that are over', async () => {
    const unknown = await ask({ grant_type: grantType, assertion: assertion('x@example.com') });
    const over = await ask({ grant_type: 'refresh_token', refresh_token: 'expired' });

    expect([unknown.error, over.error]).toEqual(['invalid_grant', 'invalid_grant']);
  });

  it('tells what a token is', async () => {
    const info = await fetch(`${cloud.endpoints.OAUTH2}tokeninfo?access_token=${AUDITOR_TOKEN}`);
    const bad = await fetch(`${cloud.endpoints.OAUTH2}tokeninfo?access_token=none`);

    expect(await info.json()).toMatchObject({ email: cloud.world.auditor.email, expires_in: '3599' });
    expect(bad.status).toBe(400);
  });
});

it('answers the metadata server\u2019s questions only with its header', async () => {
  const path = `${cloud.endpoints.METADATA}computeMetadata/v1/instance/service-accounts/default`;
  const headers = { 'metadata-flavor': 'Google' };
  const identity = await (await fetch(`${path}/identity?audience=sts.amazonaws.com`, { headers })).text();
  const claims = JSON.parse(Buffer.from(identity.split('.')[1] ?? '', 'base64url').toString()) as object;

  expect((await fetch(`${path}/email`)).status).toBe(403);
  expect(claims).toMatchObject({
    iss: 'https://accounts.google.com',
    aud: 'sts.amazonaws.com',
    email: cloud.world.auditor.email,
  });
});

it('makes certificates that verify against their authority', () => {
  const validity = {
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2026-06-01T00:00:00Z'),
  };
  const authority = makeAuthority('a', validity);
  const server = new X509Certificate(issueServerCertificate(authority, '127.0.0.1', validity).certificate);
  const issuer = new X509Certificate(authority.certificate);

  expect(server.verify(issuer.publicKey)).toBe(true);
  expect(server.verify(new X509Certificate(makeAuthority('a', validity).certificate).publicKey)).toBe(false);
  expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(new Date(server.validTo)).toEqual(validity.notAfter);
});

describe('a filter of logs', () => {
  const entry = {
    logName: 'projects/p/logs/cloudaudit.googleapis.com%2Factivity',
    severity: 'ERROR',
    timestamp: '2026-03-02T05:00:00Z',
    protoPayload: {
      methodName: 'google.x.SetIamPolicy',
      status: { code: 7 },
      deltas: [{ action: 'ADD' }, { action: 'REMOVE' }],
    },
  };
  const filters: [string, boolean][] = [
    ['', true],
    ['severity>=ERROR', true],
    ['severity>ERROR', false],
    ['timestamp>="2026-03-02T05:00:00+00:00" AND timestamp<"2026-03-02T05:00:01Z"', true],
    ['log_id("cloudaudit.googleapis.com/activity")', true],
    ['log_id("cloudaudit.googleapis.com/data_access")', false],
    ['protoPayload.methodName:"setiampolicy"', true],
    ['protoPayload.methodName="SetIamPolicy"', false],
    ['protoPayload.methodName=~"SetIamPolicy$"', true],
    ['protoPayload.deltas.action="REMOVE"', true],
    ['protoPayload.deltas.action!="REMOVE"', false],
    ['protoPayload.status.code=(5 OR 7)', true],
    ['protoPayload.missing:*', false],
    ['NOT protoPayload.missing:*', true],
    ['severity=ERROR OR severity=INFO AND protoPayload.status.code=5', false],
    ['(severity=ERROR) (protoPayload.status.code=7)', true],
  ];

  it.each(filters)('%s', (filter, expected) => {
    expect(loggingFilter(filter)(entry)).toBe(expected);
  });

  it.each(['severity', 'severity>=', '(severity=ERROR', 'severity=ERROR)', 'a = "open'])(
    'does not take %s',
    (filter) => {
      expect(() => loggingFilter(filter)).toThrow(/Unparseable filter/);
    },
  );
});
