/** The Lambda function that audits: report in the bucket, answer, delivery, deadline. */
import { handler } from '../../functions/audit.ts';
import { reportSchema, type Report } from '../../shared/report.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
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
  cloud = await startCloud(faultyWorld({ stormEvents: 20 }));
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
  expect(cloud.s3.get(bucket)?.has(answer.key.replace(/json$/, 'html'))).toBe(true);
  expect([cloud.sns.length, cloud.ses.length]).toEqual([0, 0]);
  expect(report.scope).toEqual([{ cloud: 'aws', account: '111122223333', regions: ['eu-west-1'] }]);
  const windowMs = Date.parse(report.window.to) - Date.parse(report.window.from);
  expect(windowMs).toBe(2 * 60 * minutes);
});

it('delivers where it is asked to, and the same run only once', async () => {
  const event = { ...brief, checks: ['eks/irsa-trust-wildcard'], deliver: true, runId: 'on-demand-1' };
  const first = await handler(event, contextWith(15 * minutes));
  const again = await handler(event, contextWith(15 * minutes));
  expect(first.delivered?.map(({ state }) => state)).toEqual(['sent', 'sent']);
  expect(again.delivered?.map(({ state }) => state)).toEqual(['already sent', 'already sent']);
  expect(cloud.sns).toHaveLength(1);
  expect(new Set(stored(first.key).outcomes.map(({ rule }) => rule))).toEqual(
    new Set(['eks/irsa-trust-wildcard']),
  );
});

it('reads only the clusters that are asked for', async () => {
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
  const denied = await startCloud(deniedWorld());
  const back = withEnvironment(functionEnvironment(denied));
  try {
    const answer = await handler(brief, contextWith(15 * minutes));
    expect(answer).toMatchObject({ findings: 0, incomplete: true });
    expect(denied.s3.get(bucket)?.size).toBe(2);
  } finally {
    back();
    await denied.close();
  }
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
