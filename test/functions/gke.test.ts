import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cloudEvent, http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { gkeFunction, type GkeFunctionOptions } from '../../functions/gke-function.ts';
import { makeGoogleClients } from '../../functions/google-auth.ts';
import { readGoogleSettings } from '../../shared/google-settings.ts';
import { reportSchema, type Report } from '../../shared/report.ts';
import { rule, type AnyRule } from '../../shared/rule.ts';
import { rules } from '../../shared/rules/index.ts';
import { startGoogleCloud, type GoogleCloud } from '../cloud/google/start-google-cloud.ts';
import { faultyWorld } from '../cloud/google/worlds/faulty.ts';
import { hurried } from '../collect/gcp/observe-world.ts';

const before = { ...process.env };

let cloud: GoogleCloud;
const servers: Server[] = [];

beforeAll(async () => {
  cloud = await startGoogleCloud(faultyWorld(new Date()), { largestPage: 100 });
});
afterAll(async () => {
  process.env = before;
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await cloud.close();
});

let made = 0;

interface Started {
  url: string;
  messageUrl: string;
  lines: string[];
  delivered: Report[];
}

/** The function as the framework serves it. */
async function start(options: Partial<GkeFunctionOptions> = {}): Promise<Started> {
  const lines: string[] = [];
  const delivered: Report[] = [];
  const { http: byHttp, message } = gkeFunction({
    rules,
    clients: () => makeGoogleClients(readGoogleSettings(cloud.environment())),
    ownProject: null,
    deliver: async (report) => void delivered.push(report),
    history: null,
    log: (severity, text) => lines.push(`${severity} ${text}`),
    reading: { pace: hurried },
    ...options,
  });
  const name = `gke-${++made}`;
  http(name, byHttp);
  cloudEvent(`${name}-message`, message);
  const url = await serve(name);
  return { url, messageUrl: await serve(`${name}-message`), lines, delivered };
}

async function serve(name: string): Promise<string> {
  const server = getTestServer(name);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function post(
  url: string,
  body: string,
): Promise<{ status: number; answer: Report & { error?: { message: string } } }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, answer: (await response.json()) as Report };
}

/** A Pub/Sub message as Eventarc brings it. */
function send(url: string, data: string | undefined): Promise<Response> {
  const message = {
    messageId: '1',
    publishTime: '2026-03-02T06:00:00Z',
    ...(data === undefined ? {} : { data }),
  };
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'ce-id': '1',
      'ce-source': '//pubsub.googleapis.com/projects/ops-audit/topics/audit',
      'ce-specversion': '1.0',
      'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    },
    body: JSON.stringify({ message, subscription: 'projects/ops-audit/subscriptions/audit' }),
  });
}

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

describe('over HTTP', () => {
  it('answers with the report of the projects that were named', async () => {
    const { url, delivered, lines } = await start();
    const { status, answer } = await post(url, '{"projects":["orders-prod","games-prod"],"since":"12h"}');

    expect(status).toBe(200);
    expect(reportSchema.safeParse(answer).success).toBe(true);
    expect(answer.scope.map(({ account }) => account)).toEqual(['games-prod', 'orders-prod']);
    expect(answer.findings.map(({ rule: id }) => id)).toEqual([
      'gke/default-service-account',
      'gke/service-agent-binding',
    ]);
    expect(Date.parse(answer.window.to) - Date.parse(answer.window.from)).toBe(12 * 3_600_000);
    expect(delivered).toEqual([]);
    expect(lines).toEqual([`INFO Audited 2 projects, run ${answer.runId}: 2 findings`]);
  });

  it('delivers the report where it was asked to', async () => {
    const { url, delivered } = await start();
    const { answer } = await post(url, '{"projects":["orders-prod"],"deliver":true}');

    expect(delivered.map(({ runId }) => runId)).toEqual([answer.runId]);
  });

  it('audits all that it sees where nothing is named, and its own project where one is set', async () => {
    const all = await post((await start()).url, '');
    const own = await post((await start({ ownProject: 'orders-prod' })).url, '{}');

    expect(all.answer.scope.length).toBe(cloud.world.projects.size);
    expect(own.answer.scope.map(({ account }) => account)).toEqual(['orders-prod']);
  });

  it('audits a folder', async () => {
    const { answer } = await post((await start()).url, '{"folder":"200000000001"}');

    expect(answer.scope.length).toBe(cloud.world.projects.size - 1);
  });

  it('says in the report that a folder may not have been listed whole', async () => {
    const { refusals } = cloud.world;
    refusals.push({ permission: 'cloudasset.assets.searchAllResources', resource: '' });
    const { answer } = await post((await start()).url, '{"folder":"200000000001"}');
    refusals.pop();

    expect(answer.coverage[0]).toMatchObject({
      account: 'folders/200000000001',
      fact: 'projects',
      complete: false,
      missingPermission: 'cloudasset.assets.searchAllResources',
    });
  });

  it('looks after the canaries of each project', async () => {
    const canary = {
      project: 'store-prod',
      principal: 'serviceAccount:release@store-prod.iam.gserviceaccount.com',
      cluster: 'store',
    };
    const { answer } = await post(
      (await start()).url,
      JSON.stringify({ projects: ['store-prod', 'mail-prod'], canaries: [canary] }),
    );

    expect(answer.findings.map(({ rule: id, account }) => `${account} ${id}`)).toEqual([
      'mail-prod gke/node-agent-binding',
      'store-prod gke/cluster-access-canary',
    ]);
  });

  const bad: Record<string, [string, RegExp]> = {
    'a list': ['[]', /^Cannot audit: must be an object$/],
    'a word that it does not know': ['{"project":"x"}', /^Cannot audit: "project" is not known$/],
    'a word that it does not know in a canary': [
      '{"canaries":[{"project":"store-prod","who":1}]}',
      /"canaries\.0": "who" is not known/,
    ],
    'an id that is none': ['{"projects":["Not A Project"]}', /"projects\.0": must be the id of a project/],
    'no projects at all': ['{"projects":[]}', /"projects": must hold at least 1/],
    'a path in an id': ['{"projects":["../../admin"]}', /must be the id of a project/],
    'a time that is none': ['{"since":"yesterday"}', /"since": "yesterday" is no span of time/],
    'a time that is too long': ['{"since":"1000d"}', /at most 90d/],
    'two scopes': ['{"folder":"1","organization":"2"}', /only one of them/],
    'a folder with a name': ['{"folder":"production"}', /"folder": must be digits/],
    'a canary without a principal': [
      '{"canaries":[{"project":"store-prod","cluster":"c"}]}',
      /"canaries\.0\.principal"/,
    ],
    'a truth that is none': ['{"deliver":"yes"}', /"deliver": must be true, false or "news"/],
  };

  it.each(Object.entries(bad))('refuses %s, and says why', async (_, [body, message]) => {
    const { url } = await start();
    const { status, answer } = await post(url, body);

    expect(status).toBe(400);
    expect(answer.error?.message).toMatch(message);
    expect(answer).not.toHaveProperty('findings');
  });

  it('refuses what is not JSON', async () => {
    const { url } = await start();
    const ask = (type: string) =>
      fetch(url, { method: 'POST', headers: { 'content-type': type }, body: '{' });
    const plain = await ask('text/plain');

    expect(plain.status).toBe(400);
    expect(await plain.json()).toMatchObject({ error: { message: 'Cannot audit: the request is not JSON' } });
    // The framework itself refuses this one, in words of its own, before the function is called.
    expect((await ask('application/json')).status).toBe(400);
  });

  it('refuses to deliver where no channel is set up', async () => {
    const { url } = await start({ deliver: null });
    const { status, answer } = await post(url, '{"projects":["orders-prod"],"deliver":true}');

    expect(status).toBe(400);
    expect(answer.error?.message).toMatch(/^Cannot deliver the report: no channel is set up/);
  });

  it('takes no other method', async () => {
    const response = await fetch((await start()).url);

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await response.json()).toMatchObject({ error: { code: 405 } });
  });

  it('says that nobody is signed in', async () => {
    const settings = readGoogleSettings(cloud.environment('ya29.expired'));
    const { url, lines } = await start({ clients: () => makeGoogleClients(settings) });
    const { status, answer } = await post(url, '{"projects":["orders-prod"]}');

    expect(status).toBe(503);
    expect(answer.error?.message).toMatch(/does not accept the access token/);
    expect(lines).toEqual([`ERROR ${answer.error?.message}`]);
  });

  it('gives the report and fails where a rule of its own broke', async () => {
    const broken = rule({
      id: 'gke/broken',
      title: { en: 'Broken', ja: '壊れています' },
      severity: 'low',
      why: { en: 'To see.', ja: '確認のためです。' },
      references: [],
      needs: { project: 'whole' },
      check: () => {
        throw new Error('by our own fault');
      },
    }) as AnyRule;
    const { url } = await start({ rules: [broken] });
    const { status, answer } = await post(url, '{"projects":["orders-prod"]}');

    expect(status).toBe(500);
    expect(answer).toMatchObject({
      error: { message: expect.stringContaining('gke/broken') as unknown },
      report: { findings: [] },
    });
  });

  it('fails where the report could not be delivered', async () => {
    const deliver = () => Promise.reject(new Error('Cannot send the mail: the server refused it'));
    const { status, answer } = await post(
      (await start({ deliver })).url,
      '{"projects":["orders-prod"],"deliver":true}',
    );

    expect(status).toBe(500);
    expect(answer.error?.message).toBe('Cannot send the mail: the server refused it');
  });
});

describe('by message', () => {
  it('audits and delivers what the message asks for', async () => {
    const { messageUrl, delivered } = await start();
    const response = await send(messageUrl, base64({ projects: ['orders-prod'], deliver: true }));

    expect(response.status).toBe(204);
    expect(delivered.map(({ scope }) => scope.map(({ account }) => account))).toEqual([['orders-prod']]);
  });

  it('takes a message without data for one that asks for everything', async () => {
    const { messageUrl, lines } = await start({ ownProject: 'orders-prod' });

    expect((await send(messageUrl, undefined)).status).toBe(204);
    expect(lines).toEqual([expect.stringMatching(/^INFO Audited 1 projects/)]);
  });

  it.each([base64({ projects: ['X'] }), Buffer.from('{').toString('base64')])(
    'logs a message that asks for the impossible, and lets it go: %s',
    async (data) => {
      const { messageUrl, lines } = await start();

      expect((await send(messageUrl, data)).status).toBe(204);
      expect(lines).toEqual([expect.stringMatching(/^ERROR Cannot audit: /)]);
    },
  );

  it('fails where nobody is signed in, so that the message comes again', async () => {
    const settings = readGoogleSettings(cloud.environment('ya29.expired'));
    const { messageUrl } = await start({ clients: () => makeGoogleClients(settings) });

    expect((await send(messageUrl, base64({ projects: ['orders-prod'] }))).status).toBe(500);
  });
});

it('is registered under the names of its entry points, and reads its environment', async () => {
  process.env = { ...before, ...cloud.environment(), CLOUDSDK_CORE_PROJECT: 'orders-prod' };
  await import('../../functions/gke.ts');
  const { status, answer } = await post(await serve('gke'), '{"since":"2h"}');

  expect(status).toBe(200);
  expect(answer.findings.map(({ account, rule: id }) => `${account} ${id}`)).toEqual([
    'orders-prod gke/service-agent-binding',
  ]);
  expect((await send(await serve('gkeMessage'), base64({ projects: ['mail-prod'] }))).status).toBe(204);
});
