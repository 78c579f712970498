/** The Cloud Function that mails by itself: its days, with a bucket of Cloud Storage and with one on AWS. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloudEvent, http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import PostalMime from 'postal-mime';
import {
  gkeBucket,
  gkeDelivery,
  gkeHistory,
  gkeState,
  sendsMessages,
  type GkeDeliveryOptions,
} from '../../functions/gke-delivery.ts';
import { gkeFunction } from '../../functions/gke-function.ts';
import { googleIdentityToken, makeGoogleClients } from '../../functions/google-auth.ts';
import { openGoogleBucket, googleBucketPermissions } from '../../shared/deliver/google-bucket.ts';
import { googleTrustPolicy } from '../../shared/domain/google-federation.ts';
import { readGoogleSettings } from '../../shared/google-settings.ts';
import { reportSchema, type Report } from '../../shared/report.ts';
import { rules } from '../../shared/rules/index.ts';
import { readSettings } from '../../shared/settings.ts';
import { permissionDenied } from '../cloud/google/google-error.ts';
import { startGoogleCloud, type GoogleCloud } from '../cloud/google/start-google-cloud.ts';
import { faultyWorld } from '../cloud/google/worlds/faulty.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { healthyWorld } from '../cloud/worlds/healthy.ts';
import { hurried } from '../collect/gcp/observe-world.ts';
import { googleEnvironment, withEnvironment } from './function-environment.ts';

const account = '111122223333';
const roleArn = `arn:aws:iam::${account}:role/clusterwhy-google`;
const mutesKey = 'settings/mutes.yaml';
const projects = ['orders-prod'];
const agentRole = 'roles/container.serviceAgent';

let aws: RunningCloud;
let google: GoogleCloud;
let folder: string;
let restore: () => void;
const servers: Server[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gke-state-'));
  aws = await startCloud(healthyWorld());
  // Which the role does not have: what does not exist is then answered as what is forbidden.
  aws.account(account).refusals.push({ action: 's3:ListBucket' });
  trustGoogle();
  google = await startGoogleCloud(faultyWorld(new Date()), { largestPage: 100 });
  google.world.bucket('ops-audit-clusterwhy', googleBucketPermissions);
  restore = withEnvironment({
    ...googleEnvironment(folder),
    GCE_METADATA_HOST: new URL(google.endpoints.METADATA ?? '').host,
  });
});
beforeEach(() => {
  objects().clear();
  aws.s3.get('clusterwhy-reports')?.clear();
  aws.smtp.mails.length = 0;
  aws.sns.length = 0;
  google.world.refusals.length = 0;
  breakAgent();
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
afterAll(async () => {
  restore();
  rmSync(folder, { recursive: true });
  await Promise.all([aws.close(), google.close()]);
});

function trustGoogle(): void {
  const { roles } = aws.account(account);
  const [known] = roles;
  if (!known) throw new Error('the healthy world has roles');
  const trust = googleTrustPolicy({ serviceAccountId: '112233445566778899001', audience: 'clusterwhy' });
  roles.push({ ...known, arn: roleArn, name: 'clusterwhy-google', trustPolicy: JSON.stringify(trust) });
}

let made = 0;

interface Served {
  run: (body?: object) => Promise<{ status: number; answer: Report & { error?: { message: string } } }>;
  /** A Pub/Sub message with this id. */
  send: (id: string) => Promise<number>;
}

function mailing(): Record<string, string> {
  return {
    CLUSTERWHY_MAIL_FROM: 'clusterwhy@shop.example',
    CLUSTERWHY_MAIL_TO: 'ops@shop.example',
    CLUSTERWHY_SMTP_URL: `smtp://${aws.smtp.host}:${aws.smtp.port}`,
  };
}

const withState = () => ({ ...mailing(), CLUSTERWHY_GOOGLE_BUCKET: 'ops-audit-clusterwhy' });

/** The function with these variables, as the framework serves it; every call is on a machine of its own. */
async function serve(env: Record<string, string>): Promise<Served> {
  const settings = readGoogleSettings({ ...google.environment(null), ...env });
  const auth = async () => (await makeGoogleClients(settings)).auth;
  const delivery: GkeDeliveryOptions = {
    settings: readSettings(env),
    googleBucket:
      settings.bucket === null
        ? null
        : openGoogleBucket({ auth, endpoint: settings.storage }, settings.bucket),
    identityToken: (audience) => googleIdentityToken(settings, audience),
    marksFolder: join(folder, `machine-${++made}`),
    region: 'eu-west-1',
    endpoint: aws.endpoint,
  };
  const served = gkeFunction({
    rules,
    clients: () => makeGoogleClients(settings),
    ownProject: null,
    deliver: gkeDelivery(delivery),
    sendsParts: sendsMessages(delivery.settings),
    runs: gkeBucket(delivery),
    history: gkeHistory(delivery),
    state: gkeState(delivery),
    log: () => undefined,
    reading: { pace: hurried },
  });
  http(`state-${made}`, served.http);
  cloudEvent(`state-message-${made}`, served.message);
  const [byHttp, byMessage] = [await listen(`state-${made}`), await listen(`state-message-${made}`)];
  return {
    async run(body = { projects, deliver: 'news' }) {
      const response = await post(byHttp, {}, body);
      return { status: response.status, answer: (await response.json()) as Report };
    },
    async send(id) {
      const headers = { 'ce-id': id, 'ce-specversion': '1.0', 'ce-type': pubsub, 'ce-source': '//pubsub/t' };
      const data = Buffer.from(JSON.stringify({ projects, deliver: 'news' })).toString('base64');
      return (await post(byMessage, headers, { message: { data } })).status;
    },
  };
}

const pubsub = 'google.cloud.pubsub.topic.v1.messagePublished';

async function listen(name: string): Promise<string> {
  const server = getTestServer(name);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function post(url: string, headers: Record<string, string>, body: object): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

const objects = () => google.world.buckets.get('ops-audit-clusterwhy')!;
const subjects = () =>
  Promise.all(aws.smtp.mails.map(async ({ raw }) => (await PostalMime.parse(raw)).subject ?? ''));
const changes = ({ findings }: Report) => findings.map(({ change }) => change).sort();

function lastReport() {
  const key = [...objects().keys()].find((name) => name.startsWith('reports/google/last/')) ?? '';
  return { key, last: JSON.parse(objects().get(key)!.text) as { toldAt: string; report: Report } };
}

/** As the printed fix of `gke/service-agent-binding` does. */
function repairAgent(): void {
  const project = google.world.projects.get('orders-prod')!;
  project.bind(agentRole, `serviceAccount:${project.agents.gke}`);
}

function breakAgent(): void {
  const project = google.world.projects.get('orders-prod')!;
  project.unbind(agentRole, `serviceAccount:${project.agents.gke}`);
}

function mute(text: string): void {
  const known = objects().get(mutesKey)?.generation ?? 0;
  objects().set(mutesKey, {
    text,
    contentType: 'text/yaml',
    generation: known + 1,
    updated: '2026-01-01T00:00:00Z',
  });
}

describe('with a bucket of Cloud Storage', () => {
  it('mails what is new, is silent while nothing changes, and tells what is resolved', async () => {
    const { run } = await serve(withState());
    const first = (await run()).answer;
    expect(new Set(changes(first))).toEqual(new Set(['new']));
    const second = (await run()).answer;
    expect(new Set(changes(second))).toEqual(new Set(['open']));
    expect(second.findings[0]?.openSince).toBe(first.startedAt);
    expect(await subjects()).toHaveLength(1);
    repairAgent();
    const third = (await run()).answer;
    expect(changes(third)).toContain('resolved');
    expect((await subjects())[1]).toMatch(/^clusterwhy: 1 resolved, /);
    expect(changes((await run()).answer)).not.toContain('resolved');
    expect(await subjects()).toHaveLength(2);
  });

  it('resolves nothing that it could not look at', async () => {
    const { run } = await serve(withState());
    await run();
    google.world.refuse('resourcemanager.projects.getIamPolicy', 'projects/orders-prod');
    repairAgent();
    const { answer } = await run();
    expect(changes(answer)).not.toContain('resolved');
    expect(answer.findings.find(({ rule }) => rule === 'gke/service-agent-binding')?.change).toBe('open');
  });

  it('is asked to tell in any case, and does', async () => {
    const { run } = await serve(withState());
    await run();
    const { answer } = await run({ projects, deliver: true });
    expect(new Set(changes(answer))).toEqual(new Set(['open']));
    expect(await subjects()).toHaveLength(2);
    expect((await run({ projects })).answer.findings[0]?.change).toBe('new');
    expect(await subjects()).toHaveLength(2);
  });

  it('breaks its silence after a week', async () => {
    const { run } = await serve(withState());
    await run();
    const { key, last } = lastReport();
    const toldAt = new Date(Date.now() - 7 * 86_400_000).toISOString();
    objects().set(key, { ...objects().get(key)!, text: JSON.stringify({ ...last, toldAt }) });
    await run();
    expect(await subjects()).toHaveLength(2);
    await run();
    expect(await subjects()).toHaveLength(2);
  });

  it('says the same once, however often a message is brought', async () => {
    const { send } = await serve(withState());
    expect([await send('a'), await send('a')]).toEqual([204, 204]);
    expect(await subjects()).toHaveLength(1);
    expect(new Set(changes(lastReport().last.report))).toEqual(new Set(['new']));
    expect(await send('b')).toBe(204);
    expect(new Set(changes(lastReport().last.report))).toEqual(new Set(['open']));
    expect(await subjects()).toHaveLength(1);
  });

  it('keeps its news for the next run where nobody could be told', async () => {
    const nobody = { ...withState(), CLUSTERWHY_SMTP_URL: 'smtp://127.0.0.1:1' };
    const failed = await (await serve(nobody)).run();
    expect([failed.status, failed.answer.error?.message]).toEqual([
      500,
      expect.stringMatching(/Cannot deliver report .* on 1 of 1 channels: smtp:ops@shop\.example: /),
    ]);
    const { answer } = await (await serve(withState())).run();
    expect(new Set(changes(answer))).toEqual(new Set(['new']));
    expect(await subjects()).toHaveLength(1);
  });

  it('compares with runs over the same projects only', async () => {
    const { run } = await serve(withState());
    await run();
    const other = (await run({ projects: ['returns-prod'], deliver: 'news' })).answer;
    expect(new Set(changes(other))).toEqual(new Set(['new']));
    expect(new Set(changes((await run()).answer))).toEqual(new Set(['open']));
  });

  it('tells everything as new where the last report cannot be used, and begins it anew', async () => {
    const { run } = await serve(withState());
    await run();
    const { key } = lastReport();
    for (const text of ['{"report": 1}', '{', '']) {
      objects().set(key, { ...objects().get(key)!, text });
      const { status, answer } = await run();
      expect([status, changes(answer)]).toEqual([200, ['new']]);
      expect(answer.coverage[0]?.why).toMatch(
        /everything is told as new: the last report gs:\/\/ops-audit-clusterwhy\/reports\/google\/last\/.* anew/,
      );
    }
    expect(await subjects()).toHaveLength(4);
    expect(changes((await run()).answer)).toEqual(['open']);
  });

  it('tells, where the bucket is gone or closed, and says so', async () => {
    const { run } = await serve(withState());
    google.fail({
      api: 'STORAGE',
      path: /last/,
      times: 1,
      answer: permissionDenied('storage.objects.get', 'buckets/ops-audit-clusterwhy'),
    });
    const { status, answer } = await run();
    expect([status, changes(answer)]).toEqual([200, ['new']]);
    expect(answer.coverage[0]).toMatchObject({ fact: 'lastReport', complete: false });
    expect(await subjects()).toHaveLength(1);
  });

  it('compares what the steps of a run found, too', async () => {
    const { run } = await serve(withState());
    const inSteps = async (id: string) => {
      await run({ run: id, step: 'plan', request: { projects, deliver: 'news' } });
      await run({ run: id, step: 'audit', batch: 1 });
      return (await run({ run: id, step: 'digest' })).answer as unknown as { delivered: boolean };
    };
    expect((await inSteps('one')).delivered).toBe(true);
    repairAgent();
    await inSteps('two');
    await inSteps('two');
    await inSteps('three');
    const [first = '', second = '', ...more] = await subjects();
    expect(first).toMatch(/^clusterwhy: 1 critical/);
    expect([second, more]).toEqual([expect.stringMatching(/^clusterwhy: 1 resolved/), []]);
  });
});

describe('with mutes', () => {
  const muting = () => ({ ...withState(), CLUSTERWHY_MUTES: mutesKey });

  it('is silent about what is muted, and tells it when the mute has expired', async () => {
    mute('- {rule: "*", cloud: gcp, reason: the move, expires: 2999-01-01}');
    const { run } = await serve(muting());
    const { answer } = await run();
    expect(new Set(changes(answer))).toEqual(new Set(['muted']));
    expect(await subjects()).toHaveLength(1);
    await run();
    expect(await subjects()).toHaveLength(1);
    mute('- {rule: "*", cloud: gcp, reason: the move, expires: 2020-01-01}');
    const expired = (await run()).answer;
    expect(new Set(changes(expired))).toEqual(new Set(['changed']));
    expect(expired.mutes).toMatchObject([{ state: 'expired', findings: expired.findings.length }]);
    const mail = await PostalMime.parse(aws.smtp.mails[1]!.raw);
    expect(mail.text?.replaceAll(/\s+/g, ' ')).toMatch(/1 mute has expired: \d+ findings? counted again/);
  });

  it('mutes nothing by a file that it cannot use, and says so', async () => {
    mute('- {rule: "*"');
    const { answer } = await (await serve(muting())).run();
    expect(new Set(changes(answer))).toEqual(new Set(['new']));
    expect(answer.coverage[0]?.why).toMatch(
      /gs:\/\/ops-audit-clusterwhy\/settings\/mutes\.yaml cannot be used.*neither YAML/,
    );
  });

  it('says that there is no bucket for them', async () => {
    await expect(serve({ ...mailing(), CLUSTERWHY_MUTES: mutesKey })).rejects.toThrow(
      'Cannot use CLUSTERWHY_MUTES: there is no bucket that could hold the file; set CLUSTERWHY_GOOGLE_BUCKET',
    );
  });
});

describe('without a bucket', () => {
  it('tells everything each time, as new', async () => {
    const { run } = await serve(mailing());
    await run();
    expect(new Set(changes((await run()).answer))).toEqual(new Set(['new']));
    expect(await subjects()).toHaveLength(2);
  });
});

describe('with a bucket on AWS, and a topic', () => {
  const stored = (key: string) =>
    aws.s3.get('clusterwhy-reports')?.get(key)?.body.toString() ?? 'nothing is there';

  it('publishes its own news, muted, and keeps the whole for the digest', async () => {
    const put = (text: string) =>
      aws.s3.get('clusterwhy-reports')?.set(mutesKey, {
        ...{ body: Buffer.from(text), etag: '"m"', contentType: '', lastModified: new Date(), metadata: {} },
      });
    put('- {account: returns-prod, reason: the move, expires: 2999-01-01}');
    const both = { projects: ['orders-prod', 'returns-prod'], deliver: 'news' };
    const { run } = await serve({
      CLUSTERWHY_BUCKET: 'clusterwhy-reports',
      CLUSTERWHY_TOPIC_ARN: `arn:aws:sns:eu-west-1:${account}:clusterwhy`,
      CLUSTERWHY_AWS_ROLE_ARN: roleArn,
      CLUSTERWHY_MUTES: mutesKey,
    });
    await run(both);
    await run(both);
    expect(aws.sns).toHaveLength(1);
    repairAgent();
    const { answer } = await run(both);
    expect(changes(answer)).toEqual(['muted', 'resolved']);
    expect(aws.sns.map(({ subject }) => subject)[1]).toMatch(/^clusterwhy: 1 resolved/);
    const kept = reportSchema.parse(JSON.parse(stored('reports/google/latest.json')));
    expect([kept.runId, changes(kept)]).toEqual([answer.runId, ['new']]);
    const others = [...aws.s3.get('clusterwhy-reports')!.keys()].filter(
      (key) => !key.startsWith('reports/google/'),
    );
    expect(others).toEqual([mutesKey]);
  });
});
