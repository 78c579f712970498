/** The Lambda function that sends: reports of the bucket become one report, delivered once. */
import { handler as audit } from '../../functions/audit.ts';
import { handler } from '../../functions/digest.ts';
import { mergeReports } from '../../functions/merge-reports.ts';
import { renderJson } from '../../shared/render/json.ts';
import { reportSchema, type Report } from '../../shared/report.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { faultyWorld } from '../cloud/worlds/faulty.ts';
import { contextWith, functionEnvironment, withEnvironment } from './function-environment.ts';

const bucket = 'clusterwhy-reports';
const brief = { regions: ['eu-west-1'], since: '2h' };

let cloud: RunningCloud;
let restore: () => void;
beforeAll(async () => {
  cloud = await startCloud(faultyWorld({ stormEvents: 20 }));
  restore = withEnvironment({
    ...functionEnvironment(cloud),
    CLUSTERWHY_MAIL_FROM: 'clusterwhy@shop.example',
    CLUSTERWHY_MAIL_TO: 'ops@shop.example, security@shop.example',
  });
});
afterAll(async () => {
  restore();
  await cloud.close();
});
beforeEach(() => {
  cloud.sns.length = 0;
  cloud.ses.length = 0;
});

const objects = () => cloud.s3.get(bucket)!;
const stored = (key: string) => reportSchema.parse(JSON.parse(objects().get(key)!.body.toString()));

/** A report as an audit of another account would have stored it. */
function store(report: Report, name: string): string {
  const key = `reports/2026/01/01/${name}/report.json`;
  objects().set(key, {
    ...objects().values().next().value!,
    body: Buffer.from(renderJson({ ...report, runId: name })),
  });
  return key;
}

it('sends what an audit answered by every channel, and again nothing', async () => {
  const answer = await audit({ ...brief, checks: ['eks/irsa-trust-wildcard'] }, contextWith(900_000));
  const first = await handler(answer);
  expect(first).toMatchObject({ runId: answer.runId, reports: 1, findings: answer.findings });
  expect(first.delivered.map(({ state }) => state)).toEqual(['sent', 'sent', 'sent', 'sent']);
  expect([cloud.sns.length, cloud.ses.length]).toEqual([1, 2]);
  const again = await handler(answer);
  expect(new Set(again.delivered.map(({ state }) => state))).toEqual(new Set(['already sent']));
  expect([cloud.sns.length, cloud.ses.length]).toEqual([1, 2]);
});

it('makes one message of many reports, the same one whatever their order', async () => {
  const { key } = await audit({ ...brief, checks: ['eks/irsa-trust-wildcard'] }, contextWith(900_000));
  const one = stored(key);
  const keys = Array.from({ length: 20 }, (_, index) => store(one, `account-${index}`));
  const first = await handler({ keys });
  const again = await handler({ keys: [...keys].reverse() });
  expect(first).toMatchObject({ reports: 20, findings: 20 * one.findings.length });
  expect(again.runId).toBe(first.runId);
  expect([cloud.sns.length, cloud.ses.length]).toEqual([1, 2]);
});

it('tries every channel, names the one that failed, and sends only that one again', async () => {
  const { key } = await audit({ ...brief, checks: ['eks/irsa-trust-action'] }, contextWith(900_000));
  cloud.fail('sns:Publish', { times: 1, error: { code: 'AuthorizationError', status: 403 } });
  await expect(handler({ keys: [key] })).rejects.toThrow(
    /1 of 4 channels: sns:arn:aws:sns:eu-west-1:111122223333:clusterwhy: /,
  );
  expect([cloud.sns.length, cloud.ses.length]).toEqual([0, 2]);
  await handler({ keys: [key] });
  expect([cloud.sns.length, cloud.ses.length]).toEqual([1, 2]);
  expect(cloud.sns[0]?.message).not.toMatch(/possibly sent/i);
});

it('fails once the report is out where a rule broke', async () => {
  const { key } = await audit({ ...brief, checks: ['eks/irsa-trust-action'] }, contextWith(900_000));
  const report = stored(key);
  const broken = { ...report.outcomes[0]!, status: 'broken' as const, why: 'the rule failed: TypeError' };
  const bad = store({ ...report, outcomes: [broken] }, 'broken-run');
  await expect(handler({ keys: [bad] })).rejects.toThrow(/was delivered, but eks\/irsa-trust-action failed/);
  expect([cloud.sns.length, cloud.ses.length]).toEqual([1, 2]);
});

describe('what it cannot do is an error that says what to do', () => {
  const missing = 'reports/2026/01/01/none/report.json';

  it.each<[string, unknown, Record<string, string | null>, RegExp]>([
    ['a bad event', { key: 1 }, {}, /keys\.0 is 1; allowed are keys/],
    ['no bucket', { keys: [missing] }, { CLUSTERWHY_BUCKET: null }, /set CLUSTERWHY_BUCKET/],
    [
      'nowhere to send to',
      { keys: [missing] },
      { CLUSTERWHY_TOPIC_ARN: null, CLUSTERWHY_MAIL_FROM: null, CLUSTERWHY_MAIL_TO: null },
      /set CLUSTERWHY_TOPIC_ARN, or CLUSTERWHY_MAIL_FROM/,
    ],
    [
      'a report that is not there',
      { keys: [missing] },
      {},
      /Cannot read the report s3:\/\/clusterwhy-reports\/reports\/2026\/01\/01\/none/,
    ],
  ])('%s', async (_, event, variables, message) => {
    const back = withEnvironment(variables);
    try {
      await expect(handler(event)).rejects.toThrow(message);
    } finally {
      back();
    }
  });

  it('a report that is none', async () => {
    const { key } = await audit({ ...brief, checks: ['eks/irsa-trust-action'] }, contextWith(900_000));
    objects().set(missing, { ...objects().get(key)!, body: Buffer.from('{"schemaVersion": 2}') });
    await expect(handler({ keys: [missing] })).rejects.toThrow(/must .*be written by this version/);
  });
});

describe('several reports as one', () => {
  it('cover the time and places of all, and count all', async () => {
    const { key } = await audit(
      { ...brief, checks: ['eks/irsa-trust-wildcard', 'eks/oidc-provider-orphaned'] },
      contextWith(900_000),
    );
    const report = stored(key);
    const later = {
      ...report,
      startedAt: '2030-01-01T00:00:00Z',
      finishedAt: '2030-01-02T00:00:00Z',
      window: { from: '2001-01-01T00:00:00Z', to: '2030-01-01T00:00:00Z' },
    };
    const merged = mergeReports([report, later], 'day');
    expect(merged).toMatchObject({
      runId: 'day',
      startedAt: report.startedAt,
      finishedAt: later.finishedAt,
      window: later.window,
    });
    expect(merged.findings).toHaveLength(2 * report.findings.length);
    expect(merged.summary.denialEvents).toBe(2 * report.summary.denialEvents);
    expect(merged.summary.bySeverity.high).toBe(2 * report.summary.bySeverity.high);
    const ranks = merged.findings.map(({ severity }) =>
      ['critical', 'high', 'medium', 'low', 'info'].indexOf(severity),
    );
    expect(ranks).toEqual([...ranks].sort());
    expect(new Set(ranks).size).toBeGreaterThan(1);
    expect(reportSchema.safeParse(merged).success).toBe(true);
  });

  it('none make none', () => {
    expect(() => mergeReports([])).toThrow(/at least one/);
  });
});
