/** The capture from a recorded event to the message, on a controlled clock. */
import { handler as digest } from '../../functions/digest.ts';
import type { Report } from '../../shared/report.ts';
import { contextWith } from '../functions/function-environment.ts';
import {
  account,
  documentsOf,
  refusedEvent,
  startCapture,
  workloads,
  type Capture,
} from './capture-setup.ts';

const hour = 3600;
const day = 24 * hour;
const visibility = 1800;

let capture: Capture;
beforeAll(async () => {
  capture = await startCapture({ messagesAnHour: 2, coolDownHours: 6 });
});
afterAll(() => capture.close());
beforeEach(() => capture.reset());

const refused = (count: number, from = 0, workload = 'cart') =>
  Array.from({ length: count }, (_, index) => refusedEvent({ number: from + index, workload }));
const messages = () => [capture.cloud.sns.length, capture.cloud.ses.length];
const counts = () => capture.denials().map(({ denial }) => (denial as { events: number }).events);
const text = (index: number) => capture.cloud.sns[index]?.message.replaceAll(/\s+/g, ' ') ?? '';

/** The reports in the bucket, by key. */
function reports(): Record<string, Report> {
  const objects = capture.cloud.s3.get('clusterwhy-reports')!;
  return Object.fromEntries(
    [...objects]
      .filter(([key]) => key.endsWith('/report.json'))
      .map(([key, { body }]) => [key, JSON.parse(body.toString()) as Report]),
  );
}

/** The daily digest of what an audit found. */
async function digestOf(report: Report): Promise<void> {
  const { runId } = report;
  const startedAt = new Date().toISOString();
  const key = `reports/2026/03/02/${runId}/accounts/${account}.json`;
  const body = Buffer.from(JSON.stringify({ ...report, startedAt }));
  const stored = { body, etag: '"x"', contentType: '', lastModified: new Date(), metadata: {} };
  capture.cloud.s3.get('clusterwhy-reports')!.set(key, stored);
  await digest({ runId, results: [{ account, key }], request: { startedAt } }, contextWith(280_000));
  capture.pass(60);
}

async function sendAndDeliver(...bodies: string[]): Promise<void> {
  capture.queue.send(...bodies);
  await capture.deliver();
}

describe('a denial that is new', () => {
  it('is explained within minutes of its arrival, with a proven fix, on every channel', async () => {
    const arrived = Date.now();
    capture.queue.send(...refused(3));
    capture.pass(20);
    await capture.deliver();
    expect(Date.now() - arrived).toBeLessThan(120_000);
    expect(messages()).toEqual([1, 1]);
    expect(capture.cloud.sns[0]?.subject).toMatch(/\b1 high\b/);
    expect(capture.cloud.sns[0]?.attributes['rule']?.value).toBe('eks/irsa-trust-subject');
    expect(text(0)).toContain('A trust policy names another service account');
    expect(text(0)).toContain('AccessDenied, 3 times');
    expect(text(0)).toContain('[proven]');
    expect(text(0)).toContain('aws iam update-assume-role-policy --role-name shop-cart');
    expect(capture.queue.messages).toEqual([]);
    expect(counts()).toEqual([3]);
    expect(capture.denials()).toMatchObject([{ news: 'told', kind: 'web-identity', run: null }]);
  });

  it('is explained without a look at the event history, which would not have it yet', async () => {
    await sendAndDeliver(...refused(1));
    expect(capture.cloud.calls.map(({ action }) => action)).not.toContain('cloudtrail:LookupEvents');
  });

  it('is told with the others of its batch in one message', async () => {
    await sendAndDeliver(...refused(2), ...refused(2, 10, 'search'), ...refused(2, 20, 'mail'));
    expect(messages()).toEqual([1, 1]);
    for (const name of ['cart', 'search', 'mail']) expect(text(0)).toContain(`--role-name shop-${name}`);
  });

  it('is told once by two functions that count it side by side', async () => {
    const events = refused(200).map((body, index) => ({ messageId: `m${index}`, body }));
    const batches = [0, 1, 2, 3].map((part) => events.slice(part * 50, part * 50 + 50));
    const answers = await Promise.all(batches.map((Records) => capture.invoke({ Records })));
    expect(answers).toEqual(Array(4).fill({ batchItemFailures: [] }));
    expect(counts()).toEqual([200]);
    expect(messages()).toEqual([1, 1]);
  });
});

describe('a denial that is known', () => {
  it('only counts', async () => {
    await sendAndDeliver(...refused(1));
    capture.pass(600);
    await sendAndDeliver(...refused(4, 1));
    expect(counts()).toEqual([5]);
    expect(messages()).toEqual([1, 1]);
    const [{ denial } = {}] = capture.denials();
    expect(denial).toMatchObject({ firstSeen: '2026-03-02T09:00:00Z', lastSeen: '2026-03-02T09:10:00Z' });
    expect((denial as { sampleEventIds: string[] }).sampleEventIds).toHaveLength(5);
  });

  it('keeps a bounded number of samples', async () => {
    await sendAndDeliver(...refused(50));
    const [{ denial } = {}] = capture.denials();
    expect((denial as { sampleEventIds: string[] }).sampleEventIds).toHaveLength(5);
  });

  it('is new again after a week of silence', async () => {
    await sendAndDeliver(...refused(1));
    capture.pass(8 * day);
    await sendAndDeliver(...refused(1, 1));
    expect(messages()).toEqual([2, 2]);
  });

  it('is new again after a report that called it resolved, however soon', async () => {
    await sendAndDeliver(...refused(1));
    const [told] = Object.values(reports());
    capture.pass(hour);
    await digestOf({ ...told!, runId: 'day-1' });
    await digestOf({ ...told!, runId: 'day-2', findings: [] });
    await sendAndDeliver(...refused(1, 1));
    const news = capture.cloud.sns.map(({ attributes }) => attributes['change']?.value);
    expect(news).toEqual(['new', 'new', 'resolved', 'new']);
    capture.pass(hour);
    await sendAndDeliver(...refused(1, 2));
    expect(capture.cloud.sns).toHaveLength(4);
  });

  it('is forgotten after a month of silence, by the time to live of its item', async () => {
    await sendAndDeliver(...refused(1));
    const item = [...capture.table.items.values()].find(({ partition }) => partition?.['S'] === 'denial');
    expect(Number(item?.['expiresAt']?.['N']) - Date.now() / 1000).toBe(30 * day);
    capture.pass(31 * day);
    await sendAndDeliver(...refused(1, 1));
    expect(counts()).toEqual([1]);
    expect(messages()).toEqual([2, 2]);
  });
});

describe('an event that is delivered more than once', () => {
  it('counts once where the same batch comes twice', async () => {
    await sendAndDeliver(...refused(20));
    await sendAndDeliver(...refused(20));
    expect(counts()).toEqual([20]);
    expect(messages()).toEqual([1, 1]);
  });

  it('counts once within a batch, and from two regions', async () => {
    const there = { number: 1, region: 'us-east-1' };
    await sendAndDeliver(refusedEvent({ number: 1 }), refusedEvent({ number: 1 }), refusedEvent(there));
    capture.pass(visibility);
    await sendAndDeliver(refusedEvent({ ...there, time: new Date('2026-03-02T09:00:00Z') }));
    expect(counts()).toEqual([1]);
  });

  it('counts again once it is no longer remembered', async () => {
    const time = new Date();
    await sendAndDeliver(refusedEvent({ number: 1, time }));
    capture.pass(4 * day);
    await sendAndDeliver(refusedEvent({ number: 1, time }));
    expect(counts()).toEqual([2]);
  });
});

describe('a storm', () => {
  it('of 10,000 refusals is one message and a few writes', async () => {
    capture.queue.send(...refused(10_000));
    expect(await capture.deliver()).toBe(10);
    expect(counts()).toEqual([10_000]);
    expect(messages()).toEqual([1, 1]);
    expect(capture.table.writes).toBeLessThan(40);
  }, 60_000);

  it('of roles that somebody invents keeps those with the most refusals, and counts the others', async () => {
    const invented = Array.from({ length: 300 }, (_, number) =>
      refusedEvent({ number: 1000 + number, workload: `invented-${number}` }),
    );
    await sendAndDeliver(...invented, ...refused(2));
    expect(capture.denials()).toHaveLength(100);
    expect(counts()).toContain(2);
    const left = documentsOf(capture.table, 'messages').flatMap((one) => one['2026-03-02T09'] ?? []);
    expect(left).toEqual([201]);
    expect(capture.table.writes).toBeLessThan(600);
    expect(messages()).toEqual([1, 1]);
  });
});

describe('messages', () => {
  const tellOne = (index: number) => sendAndDeliver(...refused(1, 100 * index, workloads[index]));

  it('are so many an hour at most, and the next says how many were held back', async () => {
    for (const index of [0, 1, 2, 3]) await tellOne(index);
    expect(messages()).toEqual([2, 2]);
    expect(capture.denials().map(({ news }) => news)).toEqual(['told', 'told', 'held back', 'held back']);
    capture.pass(hour);
    await tellOne(4);
    expect(messages()).toEqual([3, 3]);
    expect(text(2)).toContain(
      '2 further new denials were held back since 2026-03-02 09:00 UTC by the limit of messages an hour',
    );
    capture.pass(day);
    await sendAndDeliver(refusedEvent({ number: 999, workload: 'cart', errorCode: 'Throttling' }));
    for (const { message } of capture.cloud.sns.slice(3)) expect(message).not.toContain('held back');
  });

  it('tell one cause once in the hours of its cool-down', async () => {
    const call = (number: number) =>
      refusedEvent({
        number,
        errorCode: number === 1 ? 'AccessDenied' : 'AccessDenied',
        audience: `audience-${number}`,
      });
    await sendAndDeliver(call(1));
    capture.pass(hour);
    await sendAndDeliver(call(2));
    expect(capture.denials()).toHaveLength(2);
    expect(messages()).toEqual([1, 1]);
    capture.pass(6 * hour);
    await sendAndDeliver(call(3));
    expect(messages()).toEqual([2, 2]);
  });
});

describe('what fails', () => {
  const refuse = { code: 'InternalError', status: 500, message: 'out of order' };

  it('is published when the channels work again, and once on each', async () => {
    capture.cloud.fail('sns:Publish', {
      times: 100,
      error: { ...refuse, code: 'AuthorizationError', status: 403 },
    });
    await sendAndDeliver(...refused(3));
    expect(messages()).toEqual([0, 1]);
    expect(capture.queue.messages).toHaveLength(3);
    expect(capture.denials()).toMatchObject([{ news: 'owed' }]);
    capture.cloud.state.faults.clear();
    capture.pass(visibility);
    await capture.deliver();
    expect(messages()).toEqual([1, 1]);
    expect(capture.queue.messages).toEqual([]);
    expect(counts()).toEqual([3]);
    expect(capture.denials()).toMatchObject([{ news: 'told', run: null }]);
  });

  it('is explained again where the audit fails', async () => {
    capture.cloud.fail('lambda:InvokeFunction', {
      error: { ...refuse, code: 'TooManyRequestsException', status: 429 },
    });
    await sendAndDeliver(...refused(3));
    expect([messages(), capture.queue.messages.length]).toEqual([[0, 0], 3]);
    capture.pass(visibility);
    await capture.deliver();
    expect([messages(), capture.queue.messages.length]).toEqual([[1, 1], 0]);
    expect(counts()).toEqual([3]);
  });

  it('stays in the queue while the table does not answer', async () => {
    capture.cloud.fail('dynamodb:PutItem', {
      times: 1000,
      error: { ...refuse, code: 'InternalServerError' },
    });
    await sendAndDeliver(...refused(3));
    expect(capture.queue.messages).toHaveLength(3);
    expect(messages()).toEqual([0, 0]);
    capture.cloud.state.faults.clear();
    capture.pass(visibility);
    await capture.deliver();
    expect(counts()).toEqual([3]);
    expect(messages()).toEqual([1, 1]);
    expect(capture.queue.messages).toEqual([]);
  }, 60_000);

  it('counts once where the answer of the table is lost', async () => {
    capture.cloud.fail('dynamodb:PutItem', { hangUp: 'after' });
    await sendAndDeliver(...refused(3));
    capture.pass(visibility);
    await capture.deliver();
    expect(counts()).toEqual([3]);
    expect(messages()).toEqual([1, 1]);
  });

  it('is told by whoever comes next where a function dies at it', async () => {
    await sendAndDeliver(...refused(1));
    const [item] = [...capture.table.items.values()].filter(({ partition }) => partition?.['S'] === 'denial');
    const known = JSON.parse(item?.['document']?.['S'] ?? '') as object;
    const run = { id: 'denials-x', startedAt: new Date().toISOString(), until: '2026-03-02T09:05:00.000Z' };
    item!['document'] = { S: JSON.stringify({ ...known, news: 'owed', run }) };
    await sendAndDeliver(...refused(1, 1));
    expect(messages()).toEqual([1, 1]);
    capture.pass(7 * hour);
    await sendAndDeliver(...refused(1, 2));
    expect(messages()).toEqual([2, 2]);
  });
});

describe('a message that nobody understands', () => {
  const poison = [
    '',
    'null',
    '{',
    '[]',
    '{"detail":{}}',
    JSON.stringify({ id: 'x', account: 'not an account', time: 'x', region: 'eu-west-1', detail: {} }),
  ];

  it('reaches the dead letters, and nothing behind it waits', async () => {
    await sendAndDeliver(...poison, ...refused(3));
    expect(counts()).toEqual([3]);
    expect(messages()).toEqual([1, 1]);
    expect(capture.queue.messages.map(({ body }) => body)).toEqual(poison);
    for (let turn = 0; turn < 5; turn++) {
      capture.pass(visibility);
      await capture.deliver();
    }
    expect(capture.queue.messages).toEqual([]);
    expect(capture.queue.deadLetters.map(({ body }) => body)).toEqual(poison);
  });

  it.each([
    ['a call that succeeded', { errorCode: undefined, errorMessage: undefined }],
    ['a call of another name', { eventName: 'GetCallerIdentity' }],
  ])('is none where it is %s: that is only left out', async (_, change) => {
    const event = JSON.parse(refusedEvent({ number: 1 })) as { detail: object };
    await sendAndDeliver(JSON.stringify({ ...event, detail: { ...event.detail, ...change } }));
    expect(capture.queue.messages).toEqual([]);
    expect(capture.denials()).toEqual([]);
  });
});
