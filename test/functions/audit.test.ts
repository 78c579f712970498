/** The Lambda function that audits: report in the bucket, answer, delivery, deadline. */
import { handler } from '../../functions/audit.ts';
import { reportSchema, type Report } from '../../shared/report.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { putLog, writeTrail } from '../scan/trail.ts';
import { deniedWorld } from '../cloud/worlds/denied.ts';
import { faultyWorld } from '../cloud/worlds/faulty.ts';
import { contextWith, functionEnvironment, withEnvironment } from './function-environment.ts';

const bucket = 'clusterwhy-reports';
const minutes = 60_000;
/** A short window needs few requests of the two a second. */
const brief = { regions: ['eu-west-1'], since: '2h' };

let cloud: RunningCloud;
let restore: () => void;
beforeAll(async () => {
  cloud = await startCloud(faultyWorld({ stormEvents: 20 }), { lookupsPerSecond: Infinity });
  restore = withEnvironment(functionEnvironment(cloud));
});
afterAll(async () => {
  restore();
  await cloud.close();
});

function stored(key: string): Report {
  const object = cloud.s3.get(bucket)?.get(key);
  if (!object) throw new Error(`there is no ${key}`);
  return reportSchema.parse(JSON.parse(object.body.toString()));
}

it('stores a valid report and its page, answers with what it found, and sends nothing', async () => {
  const answer = await handler(brief, contextWith(15 * minutes));
  const report = stored(answer.key);
  expect(report.runId).toBe(answer.runId);
  expect(answer).toMatchObject({ findings: report.findings.length, incomplete: false, broken: [] });
  expect(answer.bySeverity).toEqual(report.summary.bySeverity);
  expect(answer.key).toMatch(
    new RegExp(`^reports/\\d{4}/\\d\\d/\\d\\d/${answer.runId}/accounts/111122223333\\.json$`),
  );
  expect([cloud.sns.length, cloud.ses.length]).toEqual([0, 0]);
  expect(report.scope).toEqual([{ cloud: 'aws', account: '111122223333', regions: ['eu-west-1'] }]);
  const windowMs = Date.parse(report.window.to) - Date.parse(report.window.from);
  expect(windowMs).toBe(2 * 60 * minutes);
});

it('is a step of a run: its id, its day and its account are those of the run', async () => {
  const request = { ...brief, checks: ['eks/irsa-trust-wildcard'], startedAt: '2026-01-01T23:59:59.000Z' };
  const event = { runId: 'a-run', account: '111122223333', request: { ...request, deliver: true } };
  const { key, account } = await handler(event, contextWith(15 * minutes));
  expect([key, account]).toEqual(['reports/2026/01/01/a-run/accounts/111122223333.json', '111122223333']);
  expect(new Set(stored(key).outcomes.map(({ rule }) => rule))).toEqual(new Set(['eks/irsa-trust-wildcard']));
  expect([cloud.sns.length, cloud.ses.length]).toEqual([0, 0]);
});

it('reports only the clusters that are asked for', async () => {
  const { key } = await handler({ ...brief, clusters: ['prod'] }, contextWith(15 * minutes));
  expect(stored(key).summary.clusters).toBe(1);
});

it('stops reading events in time to store what it has, and says what it did not cover', async () => {
  cloud.behaviour.lookupLatencyMs = 1000;
  try {
    const { key, incomplete } = await handler(brief, contextWith(600));
    const gap = stored(key).coverage.find(({ fact, complete }) => fact === 'denials' && !complete);
    expect(incomplete).toBe(true);
    expect(gap).toMatchObject({ location: 'eu-west-1' });
  } finally {
    cloud.behaviour.lookupLatencyMs = 0;
  }
});

it('reports what the account refuses as incomplete, not as an error', async () => {
  const denied = await startCloud(deniedWorld(), { lookupsPerSecond: Infinity });
  const back = withEnvironment(functionEnvironment(denied));
  try {
    const answer = await handler(brief, contextWith(15 * minutes));
    expect(answer).toMatchObject({ findings: 0, incomplete: true });
    expect(denied.s3.get(bucket)?.size).toBe(1);
  } finally {
    back();
    await denied.close();
  }
});

describe('with the trail of an organization', () => {
  const trail = { bucket: 'org-trail', prefix: 'trails/', organization: 'o-abcdefghij' };
  const place = 's3://org-trail/trails';
  const part = { ...brief, checks: ['irsa-trust-subject'] };
  let back: () => void;
  beforeAll(() => {
    writeTrail(cloud, '111122223333', trail);
    putLog(cloud, trail, {
      ...{ account: '444455556666', region: 'eu-west-1', hour: new Date().toISOString().slice(0, 13) },
      records: ['not JSON that anybody reads'],
    });
    back = withEnvironment({ CLUSTERWHY_TRAIL: place });
  });
  afterAll(() => back());

  const linesOf = ({ coverage }: Report) => coverage.filter(({ fact }) => fact === 'denials');

  it("finds in the account's log files what the event history has, and says so", async () => {
    const start = cloud.calls.length;
    const { key, incomplete } = await handler(part, contextWith(15 * minutes));
    const asked = cloud.calls.slice(start);
    const restored = withEnvironment({ CLUSTERWHY_TRAIL: null });
    const other = await handler(part, contextWith(15 * minutes));
    restored();
    const [read, lookedUp] = [stored(key), stored(other.key)];
    expect(linesOf(read)).toEqual([
      expect.objectContaining({ complete: true, why: `read from the log files in ${place}` }),
    ]);
    expect(incomplete).toBe(false);
    expect(read.summary).toMatchObject({ denials: lookedUp.summary.denials });
    expect(read.findings.map(({ id }) => id)).toEqual(lookedUp.findings.map(({ id }) => id));
    const events = asked.filter(({ action }) => action === 'cloudtrail:LookupEvents');
    // Only changes of trust policies, which are few.
    expect([...new Set(events.map(({ region }) => region))]).toEqual(['us-east-1']);
    expect(events.length).toBeLessThan(4);
    expect(asked.filter(({ action }) => action === 's3:GetObject').length).toBeGreaterThan(1);
  });

  it('stops reading them in time, and says so', async () => {
    const { key, incomplete } = await handler(part, contextWith(3));
    expect(incomplete).toBe(true);
    expect(linesOf(stored(key))).toEqual([
      expect.objectContaining({
        complete: false,
        why: expect.stringMatching(/^The time for reading s3:\/\/org-trail\/trails ended after/) as string,
      }),
    ]);
  });

  it('says what is missing where its bucket does not let it in', async () => {
    cloud.fail('s3:ListBucket', { error: { code: 'AccessDenied', status: 403 } });
    const { key, incomplete } = await handler(part, contextWith(15 * minutes));
    expect(incomplete).toBe(true);
    expect(linesOf(stored(key))[0]?.why).toMatch(/^Cannot list s3:\/\/org-trail\/.*s3:ListBucket was denied/);
  });

  it('is not read where nothing is asked that it tells', async () => {
    const start = cloud.calls.length;
    await handler({ ...brief, checks: ['eks/cluster-unhealthy'] }, contextWith(15 * minutes));
    expect(cloud.calls.slice(start).map(({ action }) => action)).not.toContain('s3:ListBucket');
  });
});

describe('what it cannot do is an error that says what to do', () => {
  it.each<[string, unknown, Record<string, string | null>, RegExp]>([
    [
      'a bad event',
      { regoins: ['eu-west-1'] },
      {},
      /regoins is \["eu-west-1"\], which is not known; allowed are regions/,
    ],
    [
      'an unknown rule',
      { ...brief, checks: ['eks/irsa-role-mising'] },
      {},
      /did you mean eks\/irsa-role-missing/,
    ],
    ['a wish to deliver', { ...brief, deliver: true }, {}, /only stores.*start the state machine/],
    [
      'another account',
      {
        runId: 'x',
        account: '999999999999',
        request: { ...brief, checks: ['eks/irsa-trust-wildcard'], startedAt: '2026-01-01T00:00:00Z' },
      },
      {},
      /Cannot audit the account 999999999999: the credentials belong to 111122223333/,
    ],
    ['no bucket', brief, { CLUSTERWHY_BUCKET: null }, /set CLUSTERWHY_BUCKET/],
    [
      'a bucket that is not there',
      { ...brief, checks: ['eks/irsa-trust-wildcard'] },
      { CLUSTERWHY_BUCKET: 'nobody-has-this' },
      /s3:\/\/nobody-has-this.*CLUSTERWHY_BUCKET/,
    ],
    ['no credentials', brief, { AWS_ACCESS_KEY_ID: 'AKIANOBODY' }, /does not accept the credentials/],
  ])('%s', async (_, event, variables, message) => {
    const back = withEnvironment(variables);
    try {
      await expect(handler(event, contextWith(15 * minutes))).rejects.toThrow(message);
    } finally {
      back();
    }
  });
});
