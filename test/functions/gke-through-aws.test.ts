/**
 * The Cloud Function as it is deployed, by day and by message: the settings that `deploy:gke` makes of the stack's
 * outputs, the role of the stack's template, and what one run leaves for the next.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloudEvent, http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { handler as audit } from '../../functions/audit.ts';
import { clusterHistoryKey } from '../../functions/cluster-history.ts';
import { handler as digest } from '../../functions/digest.ts';
import { gkeDelivery, gkeHistory, gkeState, sendsMessages } from '../../functions/gke-delivery.ts';
import { gkeFunction } from '../../functions/gke-function.ts';
import { googleIdentityToken, makeGoogleClients } from '../../functions/google-auth.ts';
import { readDeployment } from '../../infra/google/deployment.ts';
import { googleReportKey } from '../../shared/deliver/google-reports.ts';
import { stackOutputs } from '../../shared/deployment.ts';
import { readGoogleSettings } from '../../shared/google-settings.ts';
import type { Report } from '../../shared/report.ts';
import { rules } from '../../shared/rules/index.ts';
import { readSettings } from '../../shared/settings.ts';
import { AwsError } from '../cloud/aws-error.ts';
import { startGoogleCloud, type GoogleCloud } from '../cloud/google/start-google-cloud.ts';
import { healthyWorld as healthyProjects } from '../cloud/google/worlds/healthy.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { healthyWorld } from '../cloud/worlds/healthy.ts';
import { hurried } from '../collect/gcp/observe-world.ts';
import { resourceOf, statementsOf, synthesize, textOf } from '../infra/synthesize.ts';
import {
  contextWith,
  functionEnvironment,
  googleEnvironment,
  withEnvironment,
} from './function-environment.ts';

const account = '111122223333';
const bucket = 'clusterwhy-reports';
const topicArn = `arn:aws:sns:eu-west-1:${account}:clusterwhy`;
const roleArn = `arn:aws:iam::${account}:role/clusterwhy-GoogleAuditorRole-1A2B3C`;
/** As the simulated metadata server names its service account. */
const template = synthesize({ googleServiceAccountId: '112233445566778899001' });
const [roleId, { Properties }] = resourceOf(template, 'AWS::IAM::Role', 'GoogleAuditor');
const statements = statementsOf(template, roleId).map(({ Action, Resource }) => ({
  actions: Action,
  resources: Resource.map((one) => deployed(textOf(one))),
}));
const project = 'shop-prod';
const brief = { projects: [project], since: '2h' };

let folder: string;
let aws: RunningCloud;
let google: GoogleCloud;
let restore: () => void;
const servers: Server[] = [];
const called: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gke-through-aws-'));
  google = await startGoogleCloud(healthyProjects(new Date()), { largestPage: 100 });
  aws = await startCloud(healthyWorld(), { lookupsPerSecond: 100 });
  const { roles, refusals } = aws.account(account);
  const [known] = roles;
  if (!known) throw new Error('the healthy world has roles');
  const trustPolicy = JSON.stringify(Properties['AssumeRolePolicyDocument']);
  roles.push({ ...known, arn: roleArn, name: roleArn.split('/')[1] ?? '', trustPolicy });
  refusals.push({ action: 's3:ListBucket' });
  called.length = 0;
  aws.state.watch = asTheRole;
  restore = withEnvironment({
    ...googleEnvironment(folder),
    GCE_METADATA_HOST: new URL(google.endpoints.METADATA ?? '').host,
  });
});
afterEach(async () => {
  restore();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await Promise.all([aws.close(), google.close()]);
  rmSync(folder, { recursive: true });
});

/** What references of the template become. */
function deployed(text: string): string {
  return text
    .replaceAll(/\$\{ReportsBucket\w+\.Arn\}/g, `arn:aws:s3:::${bucket}`)
    .replaceAll(/\$\{ReportTopic\w+\}/g, topicArn);
}

/** IAM with the policy of the template's role. */
function asTheRole(
  moment: 'before' | 'after',
  { action, resource }: { action: string; resource: string | null },
) {
  if (moment === 'after' || action === 'sts:AssumeRoleWithWebIdentity') return;
  called.push(action);
  const isAllowed = statements.some(
    ({ actions, resources }) =>
      actions.includes(action) &&
      resources.some((one) => one === resource || resource?.startsWith(one.replace(/\*$/, '')) === true),
  );
  if (!isAllowed)
    throw new AwsError('AccessDenied', `${action} on ${resource} is not allowed by the template`, 403);
}

/** The variables that `deploy:gke` gives the function, from the stack's outputs. */
function variables(more: string[] = []): Record<string, string> {
  const outputs = {
    [stackOutputs.bucket]: bucket,
    [stackOutputs.topicArn]: topicArn,
    [stackOutputs.googleRoleArn]: roleArn,
  };
  expect(Object.keys(template.Outputs)).toEqual(expect.arrayContaining(Object.keys(outputs)));
  return readDeployment([
    ...['--project', 'ops-audit', '--region', 'europe-west1', '--aws-region', 'eu-west-1'],
    ...['--projects', project],
    ...['--bucket', outputs[stackOutputs.bucket] ?? '', '--topic', outputs[stackOutputs.topicArn] ?? ''],
    ...['--aws-role', outputs[stackOutputs.googleRoleArn] ?? '', ...more],
  ]).variables;
}

let made = 0;

/** A fresh machine that serves the function. */
async function start(env: Record<string, string> = variables()) {
  const settings = readGoogleSettings({ ...google.environment(null), ...env });
  const delivery = {
    settings: readSettings(env),
    identityToken: (audience: string) => googleIdentityToken(settings, audience),
    marksFolder: join(folder, `machine-${++made}`),
    ...(env['AWS_REGION'] !== undefined && { region: env['AWS_REGION'] }),
    endpoint: aws.endpoint,
  };
  const lines: string[] = [];
  const functions = gkeFunction({
    rules,
    clients: () => makeGoogleClients(settings),
    ownProject: null,
    deliver: gkeDelivery(delivery),
    sendsParts: sendsMessages(delivery.settings),
    wholeScope: settings.wholeScope,
    history: gkeHistory(delivery),
    state: gkeState(delivery),
    log: (severity, text) => lines.push(`${severity} ${text}`),
    reading: { pace: hurried },
  });
  http(`through-aws-${made}`, functions.http);
  cloudEvent(`through-aws-${made}-message`, functions.message);
  const [url, messageUrl] = [await serve(`through-aws-${made}`), await serve(`through-aws-${made}-message`)];
  return {
    lines,
    ask: (body: object) => post(url, body),
    send: (id: string, body: object) => sendMessage(messageUrl, id, body),
  };
}

async function serve(name: string): Promise<string> {
  const server = getTestServer(name);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function post(url: string, body: object): Promise<Report> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = await response.text();
  if (response.status !== 200) throw new Error(answer);
  return JSON.parse(answer) as Report;
}

/** As Eventarc brings it; the id is that of the Pub/Sub message. */
async function sendMessage(url: string, id: string, body: object): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    'ce-id': id,
    'ce-source': '//pubsub.googleapis.com/projects/ops-audit/topics/audit',
    'ce-specversion': '1.0',
    'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
  };
  const data = Buffer.from(JSON.stringify(body)).toString('base64');
  const message = JSON.stringify({ message: { messageId: id, data } });
  return (await fetch(url, { method: 'POST', headers, body: message })).status;
}

const objects = () => aws.s3.get(bucket)!;
const stored = (key: string) => JSON.parse(objects().get(key)!.body.toString()) as unknown;
const deliver = { ...brief, deliver: true };
const gone = ({ findings }: Report) => findings.filter(({ rule }) => rule === 'gke/cluster-gone');
const outcome = ({ outcomes }: Report) => outcomes.find(({ rule }) => rule === 'gke/cluster-gone');

function removeCluster(location: string): void {
  const { clusters } = google.world.projects.get(project)!;
  clusters.splice(
    clusters.findIndex(({ spec }) => spec.location === location),
    1,
  );
}

it('delivers with the settings of the deployment and the role of the stack; one mail a day covers both clouds', async () => {
  await (await start()).ask(deliver);
  expect(new Set(called)).toEqual(new Set(['s3:PutObject', 's3:GetObject', 'sns:Publish']));
  expect([...objects().keys()].filter((key) => !key.startsWith('reports/google/'))).toEqual([]);

  aws.state.watch = null;
  aws.account(account).refusals.length = 0;
  aws.sns.length = 0;
  restore();
  restore = withEnvironment(functionEnvironment(aws));
  const time = contextWith(900_000);
  const audited = await audit({ since: '1h', regions: ['eu-west-1'] }, time);
  const results = [{ runId: 'day', account, key: audited.key, findings: 0 }];
  const request = { startedAt: new Date().toISOString(), deliver: true };
  const { key } = await digest({ runId: 'day', results, request }, time);
  expect((stored(key) as Report).scope.map((place) => place.account)).toEqual([account, project]);
  const [mail, ...others] = aws.sns.map(({ message }) => message.replaceAll(/\s+/g, ' '));
  expect(mail).toContain(`in AWS ${account} and Google Cloud ${project}.`);
  expect(others).toEqual([]);
});

it('tells that a cluster is gone which the run of the day before saw', async () => {
  const { ask } = await start();
  const first = await ask(deliver);
  expect([outcome(first)?.status, gone(first)]).toEqual(['pass', []]);
  removeCluster('us-central1');
  // Another machine: nothing is kept on the first.
  const second = await (await start()).ask(deliver);
  expect(gone(second).map(({ cluster, location }) => [cluster, location])).toEqual([['shop', 'us-central1']]);
  expect(gone(await ask(deliver))).toHaveLength(1);
});

it('takes a zone that did not answer for one that was not looked at', async () => {
  const { ask } = await start();
  await ask(deliver);
  google.world.projects.get(project)!.missingZones.push('us-central1');
  const partial = await ask(deliver);
  expect([outcome(partial)?.status, gone(partial)]).toEqual(['unknown', []]);
  google.world.projects.get(project)!.missingZones.length = 0;
  removeCluster('us-central1');
  expect(gone(await ask(deliver))).toHaveLength(1);
});

it('remembers nothing of a run that nobody was told of', async () => {
  const { ask } = await start();
  await ask(brief);
  expect(stored(clusterHistoryKey)).toEqual({});
  expect([...objects().keys()]).toEqual([clusterHistoryKey]);
});

it('says that it cannot tell what is gone where it has no bucket', async () => {
  const report = await (await start({})).ask(brief);
  const why = /kept nowhere; set CLUSTERWHY_BUCKET/;
  expect(outcome(report)).toMatchObject({ status: 'unknown', why: expect.stringMatching(why) as unknown });
  expect(report.coverage.filter(({ fact }) => fact === 'clusterHistory')).toMatchObject([
    { account: project, complete: false, why: expect.stringMatching(why) as unknown },
  ]);
});

it.each([
  ['is no JSON', '{'],
  ['is not what it writes', '{"shop-prod":[{"name":"shop"}]}'],
])('says that the history %s, and begins it anew', async (_, text) => {
  const { ask } = await start();
  const object = {
    body: Buffer.from(text),
    etag: '"x"',
    contentType: '',
    lastModified: new Date(),
    metadata: {},
  };
  objects().set(clusterHistoryKey, object);
  const why = /Cannot read s3:.*clusters\.json: it is not what this version writes/;
  expect(outcome(await ask(deliver))).toMatchObject({
    status: 'unknown',
    why: expect.stringMatching(why) as unknown,
  });
  expect(outcome(await ask(deliver))?.status).toBe('pass');
});

it('delivers, and says in report and log what its role lacks, where it may not read the history', async () => {
  const { ask, lines } = await start();
  await ask(deliver);
  aws.account(account).refusals.push({ action: 's3:GetObject' });
  const report = await ask(deliver);
  expect((stored(googleReportKey) as Report).runId).toBe(report.runId);
  expect(outcome(report)?.why).toMatch(/Cannot read s3:.*grant s3:PutObject, s3:GetObject/);
  expect(lines.at(-1)).toMatch(/^ERROR The next run will not know the clusters of this one: /);
});

describe('a report on a part', () => {
  const parts: [string, object][] = [
    ['some clusters', { clusters: ['shop'] }],
    ['another project', { projects: ['web-prod'] }],
    ['more than the deployment audits', { projects: [project, 'web-prod'] }],
  ];

  it.each(parts)('on %s goes out, and does not take the place of the one on the whole', async (_, part) => {
    const { ask } = await start();
    const { runId } = await ask(deliver);
    await ask({ ...deliver, ...part });
    expect(aws.sns).toHaveLength(2);
    expect((stored(googleReportKey) as Report).runId).toBe(runId);
  });

  it('is refused where the bucket is all there is', async () => {
    const env = Object.entries(variables()).filter(([name]) => name !== 'CLUSTERWHY_TOPIC_ARN');
    const { ask } = await start(Object.fromEntries(env));
    await expect(ask({ ...deliver, clusters: ['shop'] })).rejects.toThrow(
      /"code":400,"message":"Cannot deliver a report on a part: the bucket keeps the one on projects\/shop-prod/,
    );
    expect(objects().size).toBe(0);
    await ask(deliver);
    expect(objects().has(googleReportKey)).toBe(true);
  });
});

describe('a message', () => {
  it('that is brought again to another machine is not sent again', async () => {
    expect(await (await start()).send('7', deliver)).toBe(204);
    expect(await (await start()).send('7', deliver)).toBe(204);
    expect(aws.sns).toHaveLength(1);
    expect(await (await start()).send('8', deliver)).toBe(204);
    expect(aws.sns).toHaveLength(2);
  });

  it('of which one channel failed goes out on that one when it comes again', async () => {
    aws.fail('sns:Publish', { error: { code: 'NotFound', status: 404 } });
    const { send } = await start();
    expect(await send('9', deliver)).toBe(500);
    expect([aws.sns.length, objects().has(googleReportKey)]).toEqual([0, true]);
    const { lastModified } = objects().get(googleReportKey)!;
    expect(await (await start()).send('9', deliver)).toBe(204);
    expect(aws.sns).toHaveLength(1);
    expect(objects().get(googleReportKey)!.lastModified).toBe(lastModified);
  });
});
