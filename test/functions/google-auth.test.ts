import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeGoogleClients } from '../../functions/google-auth.ts';
import { GoogleCredentialsError } from '../../shared/collect/gcp/google-api-error.ts';
import { googleApi, type GoogleApi } from '../../shared/collect/gcp/google-api.ts';
import { readGoogleSettings } from '../../shared/google-settings.ts';
import { unavailable } from '../cloud/google/google-error.ts';
import { startGoogleCloud, type GoogleCloud } from '../cloud/google/start-google-cloud.ts';
import { healthyWorld } from '../cloud/google/worlds/healthy.ts';

const project = { api: 'cloudresourcemanager', path: 'v3/projects/shop-prod' } as const;
const hurried = { requestsPerSecond: 10_000, retryDelayMs: 1 };

let cloud: GoogleCloud;
let folder: string;
const before = { ...process.env };

beforeEach(async () => {
  cloud = await startGoogleCloud(healthyWorld(new Date('2026-03-02T06:00:00Z')));
  folder = mkdtempSync(join(tmpdir(), 'google-auth-'));
  // Google's library reads these by itself.
  delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
  process.env.HOME = folder;
  process.env.CLOUDSDK_CONFIG = folder;
});
afterEach(async () => {
  process.env = { ...before };
  rmSync(folder, { recursive: true });
  await cloud.close();
});

async function apiFor(env: Record<string, string> = {}): Promise<GoogleApi> {
  return googleApi(
    await makeGoogleClients(readGoogleSettings({ ...cloud.environment(null), ...env })),
    hurried,
  );
}

/** Who the calls were made as. */
const callers = () => [...new Set(cloud.access.uses.map(({ principal }) => principal))];

function credentials(content: object): void {
  const file = join(folder, 'credentials.json');
  writeFileSync(file, JSON.stringify(content));
  process.env.GOOGLE_APPLICATION_CREDENTIALS = file;
}

it('takes the token of a file', async () => {
  await (await apiFor(cloud.environment())).call(project);

  expect(callers()).toEqual(['clusterwhy@ops-audit.iam.gserviceaccount.com']);
});

it('takes the credentials of the machine that it runs on', async () => {
  process.env.GCE_METADATA_HOST = new URL(cloud.endpoints.METADATA ?? '').host;
  process.env.METADATA_SERVER_DETECTION = 'assume-present';
  await (await apiFor()).call(project);

  expect(callers()).toEqual(['clusterwhy@ops-audit.iam.gserviceaccount.com']);
  expect(cloud.access.arrivals.map(({ path }) => path)).toContain(
    '/computeMetadata/v1/instance/service-accounts/default/token',
  );
});

/** Credentials for federation whose subject token holds these claims. */
function federation(claims: object): void {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  writeFileSync(join(folder, 'subject-token'), `e30.${payload}.x`);
  credentials({
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/aws',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${cloud.endpoints.STS}v1/token`,
    credential_source: { file: join(folder, 'subject-token') },
  });
}

it('takes federated credentials, by exchanging what another cloud signed', async () => {
  federation({ sub: 'auditor@elsewhere.example' });
  await (await apiFor()).call(project);

  expect(callers()).toEqual(['auditor@elsewhere.example']);
});

it('acts as another account where it is told to', async () => {
  const target = 'ci@shop-prod.iam.gserviceaccount.com';
  cloud.world.token('ya29.own', 'olga@example.com', 'all');
  cloud.world.token('ya29.target', target, 'read');
  const env = { ...cloud.environment('ya29.own'), CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT: target };
  await (await apiFor(env)).call(project);

  expect(cloud.access.uses.map(({ permission, principal }) => [permission, principal])).toEqual([
    ['iam.serviceAccounts.getAccessToken', 'olga@example.com'],
    ['resourcemanager.projects.get', target],
  ]);
});

it('bills the quota project that it is told', async () => {
  await (await apiFor({ ...cloud.environment(), GOOGLE_CLOUD_QUOTA_PROJECT: 'ops-audit' })).call(project);

  expect(cloud.access.arrivals.at(-1)?.quotaProject).toBe('ops-audit');
});

describe('without credentials', () => {
  it('says what to do where there are none', async () => {
    process.env.METADATA_SERVER_DETECTION = 'none';

    const error = await apiFor().catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(GoogleCredentialsError);
    expect((error as Error).message).toMatch(
      /no credentials were found; run "gcloud auth application-default login"/,
    );
    expect((error as Error).cause).toBeInstanceOf(Error);
  });

  it('says which file cannot be opened', async () => {
    const file = join(folder, 'nothing');

    await expect(apiFor({ CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: file })).rejects.toThrow(
      `Cannot read the access token in ${file}: the file cannot be opened; correct CLOUDSDK_AUTH_ACCESS_TOKEN_FILE`,
    );
  });

  it('says why they are no longer taken', async () => {
    federation({ sub: 'auditor@elsewhere.example', exp: 1 });

    const error = await (await apiFor()).call(project).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(GoogleCredentialsError);
    expect((error as Error).message).toMatch(/Cannot sign in to Google Cloud: .*invalid_grant.*stale/);
  });

  it('says that the account it acts as does not let it', async () => {
    const target = 'ci@shop-prod.iam.gserviceaccount.com';
    const env = { ...cloud.environment(), CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT: target };
    cloud.world.refuse('iam.serviceAccounts.getAccessToken');

    const error = await (await apiFor(env)).call(project).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(GoogleCredentialsError);
    expect((error as Error).message).toMatch(/iam\.serviceAccounts\.getAccessToken/);
  });

  it.each(['cut', unavailable()] as const)(
    'tries again where the token endpoint fails for a while: %s',
    async (answer) => {
      const target = 'ci@shop-prod.iam.gserviceaccount.com';
      cloud.world.token('ya29.own', 'olga@example.com', 'all');
      cloud.world.token('ya29.target', target, 'read');
      const env = { ...cloud.environment('ya29.own'), CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT: target };
      cloud.fail({ api: 'IAMCREDENTIALS', times: 2, answer });

      await expect((await apiFor(env)).call(project)).resolves.toMatchObject({ projectId: 'shop-prod' });
    },
  );
});

describe('settings', () => {
  it('are Google\u2019s own endpoints unless they are overridden', () => {
    expect(readGoogleSettings({})).toMatchObject({
      endpoints: {
        container: 'https://container.googleapis.com/',
        compute: 'https://compute.googleapis.com/compute/v1/',
      },
      iamCredentials: 'https://iamcredentials.googleapis.com',
      accessTokenFile: null,
      project: null,
    });
  });

  const overrides: [string, string, string][] = [
    ['a host', 'http://localhost:1', 'http://localhost:1/compute/v1/'],
    ['a host with a slash', 'http://localhost:1/', 'http://localhost:1/compute/v1/'],
    [
      'a whole path, as gcloud takes it',
      'http://localhost:1/compute/beta',
      'http://localhost:1/compute/beta/',
    ],
  ];

  it.each(overrides)('take %s', (_, given, expected) => {
    const { endpoints } = readGoogleSettings({ CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: given });

    expect(endpoints.compute).toBe(expected);
  });

  it.each(['localhost', 'ftp://localhost/', 'http://localhost/?a=b', 'not an address'])(
    'do not take %s',
    (given) => {
      expect(() => readGoogleSettings({ CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: given })).toThrow(
        `Cannot use CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM=${JSON.stringify(given)}: it must be the base URL`,
      );
    },
  );
});
