/** The digest is stopped at every request that it makes, and run again: never no message, and twice only as said. */
import { setTimeout as pause } from 'node:timers/promises';
import { usualLeaseMs } from '../../shared/deliver/marks.ts';
import { renderJson } from '../../shared/render/json.ts';
import { AwsError } from '../cloud/aws-error.ts';
import { HangUp } from '../cloud/hang-up.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { healthyWorld } from '../cloud/worlds/healthy.ts';
import { sampleReport } from '../render/sample-report.ts';
import { account, assemble, bucket, Deployment, type Assembly } from './deployment.ts';
import type { Lambda } from './lambda.ts';

const startedAt = '2026-01-02T06:00:00.000Z';
const key = `reports/2026/01/02/run/accounts/${account}.json`;
const event = { runId: 'run', results: [{ account, key, findings: 1 }], request: { startedAt } };

let cloud: RunningCloud;
let assembly: Assembly;
let digest: Lambda;
beforeAll(async () => {
  cloud = await startCloud(healthyWorld(), { lookupsPerSecond: Infinity });
  assembly = assemble();
  digest = new Deployment(assembly, cloud).functions.Digest;
}, 120_000);
afterAll(async () => {
  digest.kill();
  assembly.remove();
  await cloud.close();
});
beforeEach(() => prepare());

const objects = () => cloud.s3.get(bucket)!;

/** A bucket that holds nothing but the report of the one account, and nobody was told anything. */
function prepare(): void {
  cloud.state.watch = null;
  cloud.state.faults.clear();
  cloud.sns.length = 0;
  cloud.ses.length = 0;
  objects().clear();
  const outcomes = sampleReport.outcomes.filter(({ status }) => status !== 'broken');
  const body = Buffer.from(renderJson({ ...sampleReport, outcomes, startedAt }));
  objects().set(key, { body, etag: '"x"', contentType: '', lastModified: new Date(), metadata: {} });
}

interface Told {
  sns: string[];
  ses: string[];
}

/** The messages of each channel. */
function told(): Told {
  return { sns: cloud.sns.map(({ message }) => message), ses: cloud.ses.map(({ text }) => text ?? '') };
}

function isMarked(channel: keyof Told): boolean {
  return [...objects().keys()].some((name) => name.includes(`/${channel}-`) && name.endsWith('/sent'));
}

const isFlagged = (text = '') => /^Possibly sent before/.test(text);

/** Lets claims grow older than their lease, so that nobody has to wait for it. */
function ageClaims(): void {
  for (const [name, object] of objects())
    if (name.startsWith('deliveries/')) object.lastModified = new Date(Date.now() - usualLeaseMs - 1000);
}

/** Runs the digest again, and checks what each channel then has; names those whose message went out twice. */
async function runAgain(): Promise<(keyof Told)[]> {
  cloud.state.watch = null;
  cloud.state.faults.clear();
  await pause(20);
  const before = told();
  const marked = { sns: isMarked('sns'), ses: isMarked('ses') };
  ageClaims();
  await digest.invoke(event);
  const after = told();
  for (const channel of ['sns', 'ses'] as const) {
    const wasSent = before[channel].length === 1;
    const isTwice = wasSent && !marked[channel];
    expect({ channel, messages: after[channel].length }).toEqual({ channel, messages: isTwice ? 2 : 1 });
    if (isTwice) expect(after[channel].map(isFlagged)).toEqual([false, true]);
    if (wasSent && !isTwice) expect(after[channel].map(isFlagged)).toEqual([false]);
  }
  await digest.invoke(event);
  expect(told()).toEqual(after);
  return (['sns', 'ses'] as const).filter((channel) => after[channel].length === 2);
}

type Request = { moment: 'before' | 'after'; action: string };

/** Every moment at which a request of a whole run has not had, or has had, its effect. */
async function momentsOfARun(): Promise<Request[]> {
  const moments: Request[] = [];
  cloud.state.watch = (moment, { action }) => void moments.push({ moment, action });
  await digest.invoke(event);
  return moments;
}

it('tells everybody once, whichever request it dies at', async () => {
  const moments = await momentsOfARun();
  expect(moments.length).toBeGreaterThan(30);
  const twice = new Set<string>();
  for (const [index] of moments.entries()) {
    prepare();
    const seen = { count: 0 };
    cloud.state.watch = (moment) => {
      if (seen.count++ !== index) return;
      digest.kill();
      if (moment === 'before') throw new HangUp();
    };
    await expect(digest.invoke(event)).rejects.toThrow('Runtime.ExitError');
    for (const channel of await runAgain()) twice.add(channel);
  }
  expect([...twice].sort()).toEqual(['ses', 'sns']);
}, 300_000);

it('tells everybody once, whichever write the bucket refuses', async () => {
  const moments = await momentsOfARun();
  const writes = moments.filter(({ moment, action }) => moment === 'before' && action === 's3:PutObject');
  for (const [index] of writes.entries()) {
    prepare();
    const seen = { count: 0 };
    cloud.state.watch = (moment, { action }) => {
      if (moment !== 'before' || action !== 's3:PutObject' || seen.count++ !== index) return;
      throw new AwsError('AccessDenied', 'no identity-based policy allows it', 403);
    };
    await digest.invoke(event).catch(() => null);
    expect(seen.count).toBeGreaterThan(index);
    await runAgain();
  }
}, 300_000);

describe.each([
  ['SNS', 'sns:Publish', 'sns', { code: 'Throttled', status: 429 }],
  ['SES', 'ses:SendEmail', 'ses', { code: 'TooManyRequestsException', status: 429 }],
] as const)('%s', (_, action, channel, throttling) => {
  const other = channel === 'sns' ? 'ses' : 'sns';

  it('throttles: the message goes out once', async () => {
    cloud.fail(action, { times: 2, error: throttling });
    await digest.invoke(event);
    expect(told()[channel].map(isFlagged)).toEqual([false]);
  });

  it('fails to the end: the other channel has its message, and this one by the next attempt', async () => {
    cloud.fail(action, { times: 99, error: { code: 'InternalError', status: 500 } });
    await expect(digest.invoke(event)).rejects.toThrow(new RegExp(`1 of 3 channels: ${channel}:`));
    expect([told()[channel].length, told()[other].length]).toEqual([0, 1]);
    await runAgain();
    expect(told()[channel].map(isFlagged)).toEqual([false]);
  });

  it('answers nothing: the message goes out once more, as possibly sent before', async () => {
    cloud.fail(action, { times: 1, hangUp: 'after' });
    await expect(digest.invoke(event)).rejects.toThrow(/it may have succeeded or not/);
    expect(told()[channel]).toHaveLength(1);
    await runAgain();
    expect(told()[channel].map(isFlagged)).toEqual([false, true]);
    expect(told()[other]).toHaveLength(1);
  });

  it('cannot be reached: nothing is lost', async () => {
    cloud.fail(action, { times: 99, hangUp: 'before' });
    await expect(digest.invoke(event)).rejects.toThrow(new RegExp(`1 of 3 channels: ${channel}:`));
    cloud.state.faults.clear();
    await digest.invoke(event);
    expect([told()[channel].length, told()[other].length]).toEqual([1, 1]);
  });
});
