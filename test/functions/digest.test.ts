/** The Lambda function that sends: the reports of a run become one report, compared, stored, and delivered once. */
import { handler as audit } from '../../functions/audit.ts';
import { handler } from '../../functions/digest.ts';
import { reportSchema, type Report } from '../../shared/report.ts';
import { renderJson } from '../../shared/render/json.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { faultyWorld } from '../cloud/worlds/faulty.ts';
import { contextWith, functionEnvironment, withEnvironment } from './function-environment.ts';

const bucket = 'clusterwhy-reports';
const account = '111122223333';
const time = contextWith(900_000);
const dayMs = 86_400_000;

let cloud: RunningCloud;
let restore: () => void;
let baseline: Report;
beforeAll(async () => {
  cloud = await startCloud(faultyWorld({ stormEvents: 20 }), { lookupsPerSecond: Infinity });
  restore = withEnvironment({
    ...functionEnvironment(cloud),
    CLUSTERWHY_MAIL_FROM: 'clusterwhy@shop.example',
    CLUSTERWHY_MAIL_TO: 'ops@shop.example, security@shop.example',
  });
  const { key } = await audit({ regions: ['eu-west-1'], since: '2h' }, time);
  baseline = stored(key);
});
afterAll(async () => {
  restore();
  await cloud.close();
});
beforeEach(() => {
  objects().clear();
  cloud.sns.length = 0;
  cloud.ses.length = 0;
  cloud.state.faults.clear();
});

const objects = () => cloud.s3.get(bucket)!;
const stored = (key: string) => reportSchema.parse(JSON.parse(objects().get(key)!.body.toString()));
const messages = () => [cloud.sns.length, cloud.ses.length];

let days = 0;

/** Puts the report of an account where the audit of a run would have, a day after the run before. */
function auditedAs(changes: Partial<Report> = {}, request: object = {}) {
  days += 1;
  const runId = `run-${days}`;
  const startedAt = new Date(Date.UTC(2026, 0, days, 6)).toISOString();
  const report = { ...baseline, ...changes, runId, startedAt };
  const key = `reports/2026/01/01/${runId}/accounts/${account}.json`;
  store(key, report);
  return { runId, results: [{ runId, account, key, findings: 1 }], request: { ...request, startedAt } };
}

function store(key: string, content: Report | string): void {
  const body = Buffer.from(typeof content === 'string' ? content : renderJson(content));
  objects().set(key, { body, etag: '"x"', contentType: '', lastModified: new Date(), metadata: {} });
}

/** Makes the last message as old as this. */
function ageLastMessage(ageMs: number): void {
  for (const [key, object] of objects()) {
    if (!key.startsWith('state/latest/')) continue;
    const latest = JSON.parse(object.body.toString()) as object;
    const toldAt = new Date(Date.now() - ageMs).toISOString();
    object.body = Buffer.from(JSON.stringify({ ...latest, toldAt }));
  }
}

const without = ({ findings }: Report) => findings.slice(1);

describe('the days of an auditor', () => {
  it('sends what is new by every channel, stores report and page, and lists them', async () => {
    const event = auditedAs();
    const answer = await handler(event, time);
    expect(answer).toMatchObject({ runId: event.runId, accounts: 1, changes: { resolved: 0, changed: 0 } });
    expect(answer.changes.new).toBe(baseline.findings.length);
    expect(answer.delivered.map(({ state }) => state)).toEqual(['sent', 'sent', 'sent', 'sent']);
    expect(messages()).toEqual([1, 2]);
    expect(stored(answer.key).findings).toHaveLength(baseline.findings.length);
    expect(objects().has(answer.key.replace(/json$/, 'html'))).toBe(true);
    const page = objects().get('reports/index.html')!.body.toString();
    expect(page).toContain(`href="${answer.key.slice('reports/'.length).replace(/json$/, 'html')}"`);
  });

  it('is silent where nothing changed, and stores the report all the same', async () => {
    await handler(auditedAs(), time);
    const second = await handler(auditedAs(), time);
    expect(second.changes).toEqual({ new: 0, changed: 0, resolved: 0 });
    expect(new Set(stored(second.key).findings.map(({ change }) => change))).toEqual(new Set(['open']));
    expect(messages()).toEqual([1, 2]);
    expect(objects().get('reports/index.html')!.body.toString()).toContain('2 reports');
    const page = objects().get(second.key.replace(/json$/, 'html'))!.body.toString();
    expect(page).toContain('Findings over time. 2 reports: ');
  });

  it('breaks its silence on demand', async () => {
    await handler(auditedAs(), time);
    await handler(auditedAs({}, { deliver: true }), time);
    expect(messages()).toEqual([2, 4]);
  });

  it.each([
    ['breaks its silence after a week', 7 * dayMs, 2],
    ['does not break it before', 6 * dayMs, 1],
  ])('%s', async (_, age, expected) => {
    await handler(auditedAs(), time);
    ageLastMessage(age);
    await handler(auditedAs(), time);
    expect(cloud.sns).toHaveLength(expected);
  });

  it('is silent about what is muted, tells it when the mute expires, and all of it where the file is broken', async () => {
    const key = 'settings/mutes.yaml';
    const restoreMutes = withEnvironment({ CLUSTERWHY_MUTES: key });
    const put = (text: string) => store(key, text);
    try {
      put('- {rule: "*", cloud: aws, reason: the move, expires: 2026-02-01}');
      const muted = stored((await handler(auditedAs({ findings: baseline.findings }), time)).key);
      expect(new Set(muted.findings.map(({ change }) => change))).toEqual(new Set(['muted']));
      expect(muted.summary.muted).toBe(baseline.findings.length);
      put('- {rule: "*", cloud: aws, reason: the move, expires: 2025-12-31}');
      const expired = await handler(auditedAs(), time);
      expect(expired.changes.changed).toBe(baseline.findings.length);
      expect(stored(expired.key).mutes).toMatchObject([
        { state: 'expired', findings: baseline.findings.length },
      ]);
      put('- {rule: "*"');
      const broken = await handler(auditedAs(), time);
      expect(broken).toMatchObject({ findings: baseline.findings.length, incomplete: true });
      expect(stored(broken.key).coverage[0]?.why).toMatch(
        /settings\/mutes\.yaml cannot be used.*neither YAML/,
      );
    } finally {
      restoreMutes();
    }
  });

  it('tells what is resolved once, and says it first', async () => {
    await handler(auditedAs(), time);
    const second = await handler(auditedAs({ findings: without(baseline) }), time);
    const third = await handler(auditedAs({ findings: without(baseline) }), time);
    expect([second.changes.resolved, third.changes.resolved]).toEqual([1, 0]);
    expect(messages()).toEqual([2, 4]);
    expect(second.findings).toBe(baseline.findings.length - 1);
    expect(cloud.sns[1]?.subject).toMatch(/^clusterwhy: 1 resolved, \d+ open/);
    expect(cloud.sns[1]?.message.split('\n')[1]).toMatch(/^Since the last report: 1 resolved\./);
  });

  it('says nothing where a run asks for no message, and the next run has its news', async () => {
    await handler(auditedAs({}, { deliver: false }), time);
    expect(messages()).toEqual([0, 0]);
    const second = await handler(auditedAs(), time);
    expect(second.changes.new).toBe(baseline.findings.length);
    expect(messages()).toEqual([1, 2]);
  });

  it('compares with runs of the same scope only', async () => {
    await handler(auditedAs(), time);
    const narrow = await handler(auditedAs({}, { clusters: ['prod'] }), time);
    expect(narrow.changes.new).toBe(baseline.findings.length);
    const wide = await handler(auditedAs(), time);
    expect(wide.changes.new).toBe(0);
  });

  it.each(['{', '[{"runId": 1}]', 'null'])(
    'writes a list of reports that it cannot read (%s) anew',
    async (text) => {
      await handler(auditedAs(), time);
      objects().get('state/index.json')!.body = Buffer.from(text);
      await handler(auditedAs(), time);
      expect(objects().get('reports/index.html')!.body.toString()).toContain('1 report,');
    },
  );

  it('begins anew where the last report has expired', async () => {
    const first = await handler(auditedAs(), time);
    objects().delete(first.key);
    expect((await handler(auditedAs(), time)).changes.new).toBe(baseline.findings.length);
  });
});

describe('a run that is repeated', () => {
  it('sends nothing again', async () => {
    const event = auditedAs();
    await handler(event, time);
    const again = await handler(event, time);
    expect(new Set(again.delivered.map(({ state }) => state))).toEqual(new Set(['already sent']));
    expect(again.changes.new).toBe(baseline.findings.length);
    expect(messages()).toEqual([1, 2]);
  });

  it('sends only what failed, in the words of the first attempt', async () => {
    const event = auditedAs();
    cloud.fail('sns:Publish', { times: 1, error: { code: 'AuthorizationError', status: 403 } });
    await expect(handler(event, time)).rejects.toThrow(
      /1 of 4 channels: sns:arn:aws:sns:eu-west-1:111122223333:clusterwhy: /,
    );
    expect(messages()).toEqual([0, 2]);
    store(event.results[0]!.key, { ...baseline, findings: [] });
    await handler(event, time);
    expect(messages()).toEqual([1, 2]);
    expect(cloud.sns[0]?.message).not.toMatch(/possibly sent/i);
    expect(cloud.sns[0]?.message).toContain(`${baseline.findings.length} findings`);
  });

  it('is made good by the next run where a channel failed to the end', async () => {
    cloud.fail('sns:Publish', { times: 1, error: { code: 'AuthorizationError', status: 403 } });
    await expect(handler(auditedAs(), time)).rejects.toThrow(/1 of 4 channels/);
    expect((await handler(auditedAs(), time)).changes.new).toBe(0);
    expect(messages()).toEqual([1, 4]);
    await handler(auditedAs(), time);
    expect(messages()).toEqual([1, 4]);
  });

  it('leaves its news to the next run where every channel failed', async () => {
    cloud.fail('sns:Publish', { times: 1, error: { code: 'AuthorizationError', status: 403 } });
    cloud.fail('ses:SendEmail', { times: 2, error: { code: 'AccessDeniedException', status: 403 } });
    await expect(handler(auditedAs(), time)).rejects.toThrow(/3 of 4 channels/);
    expect((await handler(auditedAs(), time)).changes.new).toBe(baseline.findings.length);
    expect(messages()).toEqual([1, 2]);
  });
});

describe('accounts that failed', () => {
  const failed = {
    account: '444455556666',
    error: 'Error',
    cause: '{"errorType":"Error","errorMessage":"STS did not answer","trace":[]}',
  };

  it('are in the report as not looked at, beside those that did not', async () => {
    const event = auditedAs();
    const answer = await handler({ ...event, results: [...event.results, failed] }, time);
    expect(answer).toMatchObject({ accounts: 2, incomplete: true });
    const report = stored(answer.key);
    expect(report.scope.map((place) => place.account)).toEqual([account, '444455556666']);
    expect(report.coverage[0]).toMatchObject({
      account: '444455556666',
      complete: false,
      why: expect.stringContaining('(Error): STS did not answer') as string,
    });
    expect(messages()).toEqual([1, 2]);
  });

  it('fail the run where they are all, after what was open was told as open', async () => {
    await handler(auditedAs(), time);
    const event = auditedAs();
    const alone = { ...event, results: [{ ...failed, account }] };
    await expect(handler(alone, time)).rejects.toThrow(
      /Not one account could be audited: .*STS did not answer/,
    );
    const key = [...objects().keys()].find((one) => one.endsWith(`${event.runId}/report.json`))!;
    expect(stored(key).findings).toHaveLength(baseline.findings.length);
    expect(new Set(stored(key).findings.map(({ change }) => change))).toEqual(new Set(['open']));
  });
});

it('fails once the report is out where a rule broke', async () => {
  const [outcome] = baseline.outcomes;
  const broken = { ...outcome!, status: 'broken' as const, why: 'the rule failed: TypeError' };
  const event = auditedAs({ outcomes: [broken] });
  await expect(handler(event, time)).rejects.toThrow(/was delivered, but .* failed by a fault of clusterwhy/);
  expect(messages()).toEqual([1, 2]);
});

describe('what it cannot do is an error that says what to do', () => {
  const request = { startedAt: '2026-01-01T06:00:00.000Z' };
  const missing = {
    runId: 'x',
    results: [{ account, key: 'reports/2026/01/01/none/accounts/1.json' }],
    request,
  };

  it.each<[string, unknown, Record<string, string | null>, RegExp]>([
    ['a bad event', { ...missing, results: 1 }, {}, /results is 1; allowed are what the step before/],
    ['no bucket', missing, { CLUSTERWHY_BUCKET: null }, /set CLUSTERWHY_BUCKET/],
    [
      'nowhere to send to',
      missing,
      { CLUSTERWHY_TOPIC_ARN: null, CLUSTERWHY_MAIL_FROM: null, CLUSTERWHY_MAIL_TO: null },
      /set CLUSTERWHY_TOPIC_ARN, or CLUSTERWHY_MAIL_FROM/,
    ],
    [
      'a report that is not there',
      missing,
      {},
      /Cannot read the report s3:\/\/clusterwhy-reports\/reports\/2026\/01\/01\/none/,
    ],
  ])('%s', async (_, event, variables, message) => {
    const back = withEnvironment(variables);
    try {
      await expect(handler(event, time)).rejects.toThrow(message);
    } finally {
      back();
    }
  });

  it('a report that is none', async () => {
    const event = auditedAs();
    objects().get(event.results[0]!.key)!.body = Buffer.from('{"schemaVersion": 2}');
    await expect(handler(event, time)).rejects.toThrow(/must be written by this version/);
  });

  it('a memory that is none', async () => {
    await handler(auditedAs(), time);
    const [key, object] = [...objects()].find(([name]) => name.startsWith('state/latest/'))!;
    object.body = Buffer.from('{');
    await expect(handler(auditedAs(), time)).rejects.toThrow(new RegExp(`${key}: .*delete it`));
  });
});
