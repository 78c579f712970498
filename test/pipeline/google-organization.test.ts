/**
 * A run over a Google organization of many projects: the workflow that `deploy:gke --fan-out` deploys, the function that
 * it calls over HTTP, and both simulated clouds.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { gkeBucket, gkeDelivery, gkeHistory, gkeState, sendsMessages } from '../../functions/gke-delivery.ts';
import { gkeFunction } from '../../functions/gke-function.ts';
import { googleIdentityToken, makeGoogleClients } from '../../functions/google-auth.ts';
import { deploySteps } from '../../infra/google/deploy-steps.ts';
import { readDeployment } from '../../infra/google/deployment.ts';
import { levelsOf } from '../../infra/google/names.ts';
import { openGoogleBucket } from '../../shared/deliver/google-bucket.ts';
import { googleFanOut } from '../../shared/deployment.ts';
import { googleTrustPolicy } from '../../shared/domain/google-federation.ts';
import { readGoogleSettings } from '../../shared/google-settings.ts';
import { renderText } from '../../shared/render/text.ts';
import { batchFiles, reportSchema, type Report } from '../../shared/report.ts';
import { rules } from '../../shared/rules/index.ts';
import { readSettings } from '../../shared/settings.ts';
import { startGoogleCloud, type GoogleCloud } from '../cloud/google/start-google-cloud.ts';
import { largeWorld } from '../cloud/google/worlds/large.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { healthyWorld } from '../cloud/worlds/healthy.ts';
import { hurried } from '../collect/gcp/observe-world.ts';
import { googleEnvironment, withEnvironment } from '../functions/function-environment.ts';
import { execute, WorkflowError, type Definition, type HttpAnswer } from './google-workflow.ts';

const projects = 2 * googleFanOut.projectsInBatch + 1;
const organization = ['--organization', '100000000009', '--fan-out'];
const account = '111122223333';
const roleArn = `arn:aws:iam::${account}:role/clusterwhy-google`;

let google: GoogleCloud;
let aws: RunningCloud;
let folder: string;
let restore: () => void;
const servers: Server[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'google-organization-'));
  google = await startGoogleCloud(largeWorld(new Date(), projects), { largestPage: 500 });
  restore = withEnvironment({
    ...googleEnvironment(folder),
    GCE_METADATA_HOST: new URL(google.endpoints['METADATA'] ?? '').host,
  });
  const faulty = google.world.projects.get('p-56')!;
  faulty.unbind('roles/container.serviceAgent', `serviceAccount:${faulty.agents.gke}`);
});
afterAll(async () => {
  restore();
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(folder, { recursive: true });
  await google.close();
});
beforeEach(async () => {
  aws = await startCloud(healthyWorld());
  // As if nobody had ever been told of anything.
  for (const key of google.world.buckets.get('ops-audit-clusterwhy')?.keys() ?? [])
    if (key.startsWith('reports/google/last/')) bucket().delete(key);
});
afterEach(() => aws.close());

interface Deployed {
  definition: Definition;
  argument: unknown;
  /** Of the function, as the workflow's caller reaches it. */
  post: (body: unknown) => Promise<HttpAnswer>;
  url: string;
  lines: string[];
}

let made = 0;

/** What the steps of the deployment make. */
async function deploy(args: string[]): Promise<Deployed> {
  const deployment = readDeployment(['--project', 'ops-audit', '--region', 'europe-west1', ...args]);
  const steps = deploySteps(deployment);
  const file = steps.flatMap((step) =>
    'file' in step && /workflow\.json$/.test(step.file) ? [step.content] : [],
  );
  const words = steps.flatMap((step) => ('otherwise' in step ? (step.otherwise ?? []) : []));
  const message = words.find((word) => word.startsWith('--message-body='))?.split(/=(.*)/s)[1] ?? '';
  for (const { kind, id, definition } of levelsOf(deployment))
    if (kind === 'bucket') google.world.bucket(id.replace('gs://', ''), definition.includedPermissions);
  const lines: string[] = [];
  const address = await serve(deployment.variables, lines);
  return {
    definition: JSON.parse(file[0] ?? '') as Definition,
    argument: JSON.parse((JSON.parse(message) as { argument: string }).argument),
    url: 'https://europe-west1-ops-audit.cloudfunctions.net/clusterwhy',
    post: (body) => post(address, body),
    lines,
  };
}

async function serve(env: Record<string, string>, lines: string[]): Promise<string> {
  const settings = readGoogleSettings({ ...google.environment(null), ...env });
  const auth = async () => (await makeGoogleClients(settings)).auth;
  const delivery = {
    settings: readSettings(env),
    googleBucket:
      settings.bucket === null
        ? null
        : openGoogleBucket({ auth, endpoint: settings.storage }, settings.bucket),
    identityToken: (audience: string) => googleIdentityToken(settings, audience),
    marksFolder: join(folder, `machine-${++made}`),
    region: 'eu-west-1',
    endpoint: aws.endpoint,
  };
  const { http: byHttp } = gkeFunction({
    rules,
    clients: () => makeGoogleClients(settings),
    ownProject: null,
    deliver: gkeDelivery(delivery),
    sendsParts: sendsMessages(delivery.settings),
    wholeScope: settings.wholeScope,
    language: delivery.settings.language,
    runs: gkeBucket(delivery),
    history: gkeHistory(delivery),
    state: gkeState(delivery),
    log: (severity, text) => lines.push(`${severity} ${text}`),
    reading: { pace: hurried },
  });
  const name = `google-organization-${made}`;
  http(name, byHttp);
  const server = getTestServer(name);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function post(url: string, body: unknown): Promise<HttpAnswer> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { code: response.status, body: await response.json() };
}

type Asked = { step: string; batch?: number };

/** @param fault what stands between the workflow and the function */
function run(
  deployed: Deployed,
  id: string,
  fault: (asked: Asked) => HttpAnswer | null | undefined = () => undefined,
) {
  const waits: number[] = [];
  const ended = execute(deployed.definition, deployed.argument, {
    id,
    onRetry: (seconds) => waits.push(seconds),
    async post({ url, audience, body }) {
      expect([url, audience]).toEqual([deployed.url, deployed.url]);
      const answer = fault(body as Asked);
      return answer === undefined ? deployed.post(body) : answer;
    },
  });
  return { ended, waits };
}

const flat = (text: string) => text.replaceAll(/\s+/g, ' ');
const byMail = () => [
  ...['--mail-from', 'clusterwhy@shop.example', '--mail-to', 'ops@shop.example'],
  ...['--smtp-url', `smtp://${aws.smtp.host}:${aws.smtp.port}`],
];
const bucket = () => google.world.buckets.get('ops-audit-clusterwhy')!;
const reportOf = (id: string) =>
  reportSchema.parse(JSON.parse(bucket().get(`reports/google/runs/${id}/report.json`)?.text ?? ''));

describe('without AWS', () => {
  it('audits every project once and sends one mail, with batches that come again and one that never answers', async () => {
    const deployed = await deploy([...organization, ...byMail()]);
    let unavailable = 1;
    const { ended, waits } = run(deployed, 'first', ({ step, batch }) => {
      if (step === 'audit' && batch === 2 && unavailable-- > 0) return { code: 503, body: 'busy' };
      return step === 'audit' && batch === 3 ? null : undefined;
    });
    expect(await ended).toEqual({
      run: 'first',
      unansweredBatches: 1,
      report: { projects, failed: 1, findings: 1, broken: [], delivered: true },
    });
    expect(waits.sort()).toEqual([30, 30, 60]);
    const report = reportOf('first');
    expect(new Set(report.scope.map((place) => place.account)).size).toBe(projects);
    expect(report.findings.map(({ rule, account: project }) => [rule, project])).toEqual([
      ['gke/service-agent-binding', 'p-56'],
    ]);
    expect(report.organization).toMatchObject({
      id: 'organizations/100000000009',
      accounts: projects,
      failed: 1,
    });
    expect(report.coverage.filter(({ fact }) => fact === 'account')).toMatchObject([
      {
        account: 'p-99',
        complete: false,
        why: expect.stringMatching(/^Batch 3 of 3, .* no answer/) as unknown,
      },
    ]);
    expect(aws.smtp.mails).toHaveLength(1);
    const history = JSON.parse(bucket().get('reports/google/clusters.json')?.text ?? '') as object;
    expect(Object.keys(history)).toHaveLength(26);
    expect(google.access.uses.filter(({ allowed }) => !allowed)).toEqual([]);
  });

  it('does nothing twice when its steps are called again, by another machine', async () => {
    const steps = async () => {
      const { argument, post: ask } = await deploy([...organization, ...byMail()]);
      const plan = await ask({ run: 'second', step: 'plan', request: argument });
      for (const batch of [1, 2, 3])
        expect((await ask({ run: 'second', step: 'audit', batch })).code).toBe(200);
      return [plan.body, (await ask({ run: 'second', step: 'digest' })).body];
    };
    const first = await steps();
    expect(first).toEqual([
      { projects, batches: 3 },
      { projects, failed: 0, findings: 1, broken: [], delivered: true },
    ]);
    const told = reportOf('second');
    google.access.arrivals.length = 0;
    expect(await steps()).toEqual(first);
    expect(new Set(google.access.arrivals.map(({ api }) => api))).toEqual(new Set(['METADATA', 'STORAGE']));
    expect(reportOf('second')).toEqual(told);
    expect(aws.smtp.mails).toHaveLength(1);
  });

  it('tells what a damaged batch leaves open, and the rest all the same, in the language that is set', async () => {
    const { argument, post: ask } = await deploy([...organization, ...byMail(), '--lang', 'ja']);
    await ask({ run: 'damaged', step: 'plan', request: argument });
    for (const batch of [1, 2, 3]) await ask({ run: 'damaged', step: 'audit', batch });
    const file = batchFiles('damaged').replace('NUMBER', '0003');
    bucket().set(file, { ...bucket().get(file)!, text: '{"report":' });
    const { code, body } = await ask({ run: 'damaged', step: 'digest' });
    expect([code, body]).toEqual([200, { projects, failed: 1, findings: 1, broken: [], delivered: true }]);
    const report = reportOf('damaged');
    expect(report.coverage.filter(({ fact }) => fact === 'account')).toMatchObject([
      {
        account: 'p-99',
        why: `Cannot read gs://ops-audit-clusterwhy/${file}: it is not what this version writes; start the run again`,
        translated: { language: 'ja', why: expect.stringContaining('もう一度実行してください') as unknown },
      },
    ]);
    expect(flat(renderText(report, { width: 100, color: false }))).toContain(
      `${projects} projects of organization 100000000009; 1 of them could not be audited`,
    );
    const inJapanese = renderText(report, { width: 100, color: false, language: 'ja' });
    expect(inJapanese.replaceAll(/\s+/g, '')).toContain(
      `組織100000000009の${projects}プロジェクト(うち1プロジェクトは監査できませんでした)`,
    );
  });

  it.each<[string, object, RegExp]>([
    ['a step of a run without a plan', { run: 'none', step: 'digest' }, /the run none: it has no plan/],
    [
      'a batch that there is not',
      { run: 'second', step: 'audit', batch: 4 },
      /batch 4 of the run second: it has 3/,
    ],
    ['a step that there is not', { run: 'second', step: 'mend' }, /Cannot do a step of a run/],
    ['a run with a path for a name', { run: '../x', step: 'digest' }, /"run": must be letters/],
  ])('refuses %s, and asks for no other attempt', async (_, body, message) => {
    const { post: ask } = await deploy([...organization, ...byMail()]);
    const answer = await ask(body);
    expect(answer.code).toBe(400);
    expect((answer.body as { error: { message: string } }).error.message).toMatch(message);
  });

  it('fails where not one project could be audited, after the report went out', async () => {
    const deployed = await deploy([...organization, ...byMail()]);
    const { ended } = run(deployed, 'none-answered', ({ step }) => (step === 'audit' ? null : undefined));
    await expect(ended).rejects.toThrow(/The report is out, and says that not one project could be audited/);
    expect(aws.smtp.mails).toHaveLength(1);
  });

  it('fails where the plan is refused, and sends nothing', async () => {
    const deployed = await deploy(organization);
    const { ended, waits } = run({ ...deployed, argument: { organization: 'x' } }, 'refused');
    await expect(ended).rejects.toThrow(WorkflowError);
    await expect(ended).rejects.toThrow(/organization.*must be digits/);
    expect([waits, aws.smtp.mails]).toEqual([[], []]);
  });
});

describe('with AWS', () => {
  const topicArn = `arn:aws:sns:eu-west-1:${account}:clusterwhy`;
  const reports = 'clusterwhy-reports';
  const toAws = [
    '--bucket',
    reports,
    '--topic',
    topicArn,
    '--aws-role',
    roleArn,
    '--aws-region',
    'eu-west-1',
  ];

  it('keeps what a run leaves below its one prefix, and puts the whole where the digest finds it', async () => {
    const { roles, refusals } = aws.account(account);
    const trust = { serviceAccountId: '112233445566778899001', audience: 'clusterwhy' };
    const trustPolicy = JSON.stringify(googleTrustPolicy(trust));
    roles.push({ ...roles[0]!, arn: roleArn, name: 'clusterwhy-google', trustPolicy });
    refusals.push({ action: 's3:ListBucket' });
    google.access.arrivals.length = 0;
    const { ended } = run(await deploy([...organization, ...toAws]), 'through-aws', ({ step, batch }) =>
      step === 'audit' && batch === 1 ? { code: 404, body: '' } : undefined,
    );
    expect(await ended).toMatchObject({
      unansweredBatches: 1,
      report: { projects, failed: googleFanOut.projectsInBatch },
    });
    expect(google.access.arrivals.some(({ api }) => api === 'STORAGE')).toBe(false);
    const objects = aws.s3.get(reports)!;
    expect([...objects.keys()].filter((key) => !key.startsWith('reports/google/'))).toEqual([]);
    const whole = JSON.parse(objects.get('reports/google/latest.json')!.body.toString()) as Report;
    expect(reportSchema.parse(whole).organization).toBeUndefined();
    expect(whole.scope).toHaveLength(projects);
    // What the comparison of the digest needs of every project that was audited.
    const judged = whole.outcomes.filter(({ rule }) => rule === 'gke/service-agent-binding');
    expect(judged).toHaveLength(projects - googleFanOut.projectsInBatch);
    expect(aws.sns.map((message) => message.topicArn)).toEqual([topicArn]);
  });
});

describe('the interpreter', () => {
  const nobody = { id: 'x', post: () => Promise.resolve(null) };
  const main = (...steps: Record<string, unknown>[]): Definition => ({
    main: { params: ['request'], steps },
  });

  it.each<[string, Definition, RegExp]>([
    ['a step', main({ a: { wait: 1 } }), /a is a step that this interpreter does not know: wait/],
    ['a field', main({ a: { return: 1, next: 'b' } }), /a has next/],
    ['a function', main({ a: { return: '${text.split("a")}' } }), /the function text.split/],
    ['an operator', main({ a: { return: '${1 * 2}' } }), /does not know \*/],
    ['text around an expression', main({ a: { return: 'run ${request}' } }), /must be the whole text/],
    ['a long expression', main({ a: { return: `\${"${'a'.repeat(400)}"}` } }), /may have 400 characters/],
    ['much in its variables', main({ a: { assign: [{ b: 'x'.repeat(100_000) }] } }), /take \d+ bytes/],
    [
      'a change of what is not shared',
      main(
        { a: { assign: [{ n: 0 }] } },
        {
          b: {
            parallel: {
              concurrency_limit: 1,
              for: { value: 'i', range: [1, 2], steps: [{ c: { assign: [{ n: '${n + i}' }] } }] },
            },
          },
        },
      ),
      /n is not shared/,
    ],
  ])(
    'refuses %s that the real one would refuse, or that it does not know',
    async (_, definition, message) => {
      await expect(execute(definition, 'x'.repeat(450_000), nobody)).rejects.toThrow(message);
    },
  );
});
