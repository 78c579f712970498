import { GoogleApiError, GoogleCredentialsError } from '../../../shared/collect/gcp/google-api-error.ts';
import { encodePath, type GoogleApi, type GoogleRequest } from '../../../shared/collect/gcp/google-api.ts';
import type { Fault } from '../../cloud/google/access.ts';
import {
  GoogleError,
  outsidePerimeter,
  permissionDenied,
  quotaExceeded,
  rateLimitExceeded,
  serviceDisabled,
  unavailable,
} from '../../cloud/google/google-error.ts';
import { startGoogleCloud, type GoogleCloud } from '../../cloud/google/start-google-cloud.ts';
import { healthyWorld } from '../../cloud/google/worlds/healthy.ts';
import { apiOf } from './observe-world.ts';

const clusters: GoogleRequest = { api: 'container', path: 'v1/projects/shop-prod/locations/-/clusters' };

let cloud: GoogleCloud;
let api: GoogleApi;

beforeEach(async () => {
  cloud = await startGoogleCloud(healthyWorld(new Date('2026-03-02T06:00:00Z')));
  api = await apiOf(cloud);
});
afterEach(() => cloud.close());

const sent = () => cloud.access.arrivals.filter(({ api: name }) => name === 'CONTAINER').length;

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('Cannot examine the error: nothing was thrown');
}

describe('what is sent again', () => {
  const transient: Record<string, Fault['answer']> = {
    'a 429': quotaExceeded('container.googleapis.com', 'ReadRequests'),
    'a 429 that says when': quotaExceeded('container.googleapis.com', 'ReadRequests', 0),
    'a 403 of a rate limit': rateLimitExceeded(),
    'a 403 with RATE_LIMIT_EXCEEDED': new GoogleError(403, 'Too fast', { reason: 'RATE_LIMIT_EXCEEDED' }),
    'a 503': unavailable(),
    'a 500': new GoogleError(500, 'Internal error encountered.'),
    'a connection that is cut': 'cut',
  };

  it.each(Object.entries(transient))('%s, until it is answered', async (_, answer) => {
    cloud.fail({ api: 'CONTAINER', times: 2, answer });

    const { clusters: found } = await api.call<{ clusters: unknown[] }>(clusters);

    expect(found).toHaveLength(2);
    expect(sent()).toBe(3);
  });

  it('five times at most', async () => {
    cloud.fail({ api: 'CONTAINER', answer: unavailable() });

    const error = await errorOf(api.call(clusters));

    expect(error).toMatchObject({ kind: 'unavailable', status: 503 });
    expect(sent()).toBe(5);
  });

  it('not any more when the signal aborts', async () => {
    const controller = new AbortController();
    const patient = await apiOf(cloud, { retryDelayMs: 60_000, signal: controller.signal });
    cloud.fail({ api: 'CONTAINER', answer: unavailable() });
    const failing = errorOf(patient.call(clusters));
    while (sent() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();

    expect((await failing).name).toBe('AbortError');
    expect(sent()).toBe(1);
  });
});

describe('what is not sent again', () => {
  const final: Record<string, { answer: GoogleError; told: Partial<GoogleApiError> }> = {
    'a missing permission': {
      answer: permissionDenied('container.clusters.list', 'projects/shop-prod'),
      told: { kind: 'denied', permission: 'container.clusters.list' },
    },
    'a missing permission that only the text names': {
      answer: new GoogleError(403, 'Required "container.clusters.list" permission(s) for "projects/x".'),
      told: { kind: 'denied', permission: 'container.clusters.list' },
    },
    'a perimeter': {
      answer: outsidePerimeter('510000000001', 'container.googleapis.com'),
      told: { kind: 'perimeter', permission: null },
    },
    'a perimeter that only the text names': {
      answer: new GoogleError(
        403,
        "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: abc-1",
      ),
      told: { kind: 'perimeter', permission: null },
    },
    'an API that is off': {
      answer: serviceDisabled('container.googleapis.com', 'Kubernetes Engine API', '1'),
      told: { kind: 'disabled', permission: null },
    },
    'something that is not there': {
      answer: new GoogleError(404, 'Not found: x.'),
      told: { kind: 'missing' },
    },
    'a bad request': { answer: new GoogleError(400, 'Invalid value.'), told: { kind: 'other' } },
  };

  it.each(Object.entries(final))('%s', async (_, { answer, told }) => {
    cloud.fail({ api: 'CONTAINER', answer });

    const error = await errorOf(api.call(clusters));

    expect(error).toBeInstanceOf(GoogleApiError);
    expect(error).toMatchObject(told);
    expect(sent()).toBe(1);
  });

  it('a token that is no longer accepted: nothing can be read then', async () => {
    cloud.world.tokens.clear();

    const error = await errorOf(api.call(clusters));

    expect(error).toBeInstanceOf(GoogleCredentialsError);
    expect(error.message).toMatch(/expired or was revoked; sign in again with "gcloud auth/);
    expect(sent()).toBe(1);
  });
});

it('keeps to its pace, also when it sends again', async () => {
  const slow = await apiOf(cloud, { requestsPerSecond: 50 });
  cloud.fail({ api: 'CONTAINER', times: 2, answer: unavailable() });
  const start = performance.now();

  await Promise.all(Array.from({ length: 8 }, () => slow.call(clusters)));

  expect(sent()).toBe(10);
  // Nine intervals of 20 ms lie between ten requests; timers may fire a little early.
  expect(performance.now() - start).toBeGreaterThan(9 * 20 - 5);
});

it('reads a list to its end, and stops where a page comes twice', async () => {
  const names: string[] = [];
  const request: GoogleRequest = {
    api: 'iam',
    path: 'v1/projects/shop-prod/serviceAccounts',
    query: { pageSize: 1 },
  };
  for await (const page of api.pages<{ accounts: { email: string }[]; nextPageToken?: string }>(request))
    names.push(...page.accounts.map(({ email }) => email));

  expect(names).toHaveLength(4);
  expect(new Set(names).size).toBe(4);
});

it('sends names with slashes and signs of their own as they are', async () => {
  expect(encodePath('projects/example.com:p/locations/-/keyRings/a b?c#d')).toBe(
    'projects/example.com%3Ap/locations/-/keyRings/a%20b%3Fc%23d',
  );
});

it.each(['..', '.', '', 'projects/../..', 'a//b'])(
  'asks for nothing by the name "%s", which would lead elsewhere',
  (name) => {
    expect(() => encodePath(name)).toThrow(/is no name of a resource/);
  },
);

it('never bills an audited project', async () => {
  await api.call(clusters);

  expect(cloud.access.arrivals.map(({ quotaProject }) => quotaProject)).toEqual([null]);
});

it('cuts a page of a proxy short instead of showing it', async () => {
  cloud.fail({ api: 'CONTAINER', answer: new GoogleError(400, `<html>\n${'x'.repeat(10_000)}`) });

  const { message } = await errorOf(api.call(clusters));

  expect(message.length).toBeLessThanOrEqual(400);
  expect(message).not.toContain('\n');
});
