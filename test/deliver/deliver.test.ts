import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import type { Channel } from '../../shared/deliver/channel.ts';
import { deliver } from '../../shared/deliver/deliver.ts';
import { fileMarks } from '../../shared/deliver/file-marks.ts';
import { usualLeaseMs, type MarkOptions, type Marks } from '../../shared/deliver/marks.ts';
import { s3Marks } from '../../shared/deliver/s3-marks.ts';
import { saidBy } from '../../shared/localized-error.ts';
import type { Report } from '../../shared/report.ts';
import { makeDeliveryClients } from '../../functions/aws-clients.ts';
import { account, freshReport, smtpUrl, startDelivery, topicArn, type Delivery } from './delivery-setup.ts';

let delivery: Delivery;
let folder: string;
beforeAll(async () => {
  delivery = await startDelivery();
  folder = await mkdtemp(join(tmpdir(), 'clusterwhy-marks-'));
});
afterAll(async () => {
  await delivery.close();
  await rm(folder, { recursive: true });
});

const stores: Record<string, (options?: MarkOptions) => Marks> = {
  'marks in a bucket': (options) =>
    s3Marks({ client: delivery.clients.s3, bucket: delivery.bucket, ...options }),
  'marks in files': (options) => fileMarks(folder, options),
};

/** A clock that runs only when somebody waits, on top of the real one. */
function waitingClock() {
  let waitedMs = 0;
  const sleep = async (ms: number) => {
    waitedMs += ms;
  };
  return { now: () => Date.now() + waitedMs, sleep, waited: () => waitedMs };
}

const never = new Promise<never>(() => undefined);
type Step = 'before record' | 'after record' | 'after send' | 'after mark';

/** A program that dies at a step: from then on nothing that it calls comes back or has an effect. */
async function dieAt(step: Step, report: Report, marks: Marks, channel: Channel): Promise<void> {
  await new Promise<void>((died) => {
    const die = () => {
      died();
      return never;
    };
    const send: Channel['send'] = async (...given) =>
      step === 'after record' ? die() : channel.send(...given);
    const mark: Marks['mark'] = async (key) => {
      if (step === 'after mark') await marks.mark(key);
      return die();
    };
    const record: Marks['record'] = (key) => (step === 'before record' ? die() : marks.record(key));
    void deliver(report, [{ id: channel.id, send }], { record, mark, withdraw: die });
  });
}

/** Makes the claims of a report as old as a lease. */
async function ageClaims({ runId }: Report): Promise<void> {
  const old = new Date(Date.now() - usualLeaseMs - 1000);
  const objects = delivery.cloud.s3.get(delivery.bucket) ?? new Map<string, { lastModified: Date }>();
  for (const [key, object] of objects) if (key.includes(runId)) object.lastModified = old;
  for (const name of await readdir(folder, { recursive: true }))
    if (name.includes(runId)) await utimes(join(folder, name), old, old);
}

const texts = () => delivery.cloud.sns.map(({ message }) => message);
const isFlagged = (text = '') => text.startsWith('Possibly sent before');

describe.each(Object.entries(stores))('deliver with %s', (_, open) => {
  const topic = () => delivery.channels()[0] as Channel;

  it('sends on every channel once, and nothing when it runs again', async () => {
    const report = freshReport();
    const channels = [...delivery.channels(), ...delivery.channels(smtpUrl(delivery.cloud)).slice(1)];
    const counts = () =>
      [delivery.cloud.sns, delivery.cloud.ses, delivery.cloud.smtp.mails].map((list) => list.length);
    const before = counts();
    const first = await deliver(report, channels, open());
    expect(first.map(({ state }) => state)).toEqual(['sent', 'sent', 'sent']);
    expect(first.every(({ possiblySentBefore }) => !possiblySentBefore)).toBe(true);
    const second = await deliver(report, channels, open());
    expect(second.map(({ state }) => state)).toEqual(['already sent', 'already sent', 'already sent']);
    expect(counts()).toEqual(before.map((count) => count + 1));
  });

  it.each<[Step, { sentByTheDead: number; sentByTheNext: number; flagged: boolean }]>([
    ['before record', { sentByTheDead: 0, sentByTheNext: 1, flagged: false }],
    ['after record', { sentByTheDead: 0, sentByTheNext: 1, flagged: true }],
    ['after send', { sentByTheDead: 1, sentByTheNext: 1, flagged: true }],
    ['after mark', { sentByTheDead: 1, sentByTheNext: 0, flagged: false }],
  ])('goes on after a death %s', async (step, { sentByTheDead, sentByTheNext, flagged }) => {
    const report = freshReport();
    const before = texts().length;
    await dieAt(step, report, open(), topic());
    expect(texts().length - before).toBe(sentByTheDead);

    const clock = waitingClock();
    await deliver(report, [topic()], open({ now: clock.now }), { sleep: clock.sleep });
    expect(texts().length - before).toBe(sentByTheDead + sentByTheNext);
    if (sentByTheNext > 0) expect(isFlagged(texts().at(-1))).toBe(flagged);
    expect(clock.waited() > 0).toBe(flagged);

    const again = await deliver(report, [topic()], open({ now: clock.now }), { sleep: clock.sleep });
    expect(again).toMatchObject([{ state: 'already sent' }]);
    expect(texts().length - before).toBe(sentByTheDead + sentByTheNext);
  });

  it('lets one of many processes send, and the others wait for it', async () => {
    const report = freshReport();
    const before = texts().length;
    const processes = Array.from({ length: 8 }, () =>
      deliver(report, [topic()], open(), { sleep: () => pause(20), longestWaitMs: Infinity }),
    );
    const states = (await Promise.all(processes)).flat().map(({ state }) => state);
    expect(states.filter((state) => state === 'sent')).toHaveLength(1);
    expect(states.filter((state) => state === 'already sent')).toHaveLength(7);
    expect(texts().length - before).toBe(1);
  });

  it('lets one of many processes take over from a dead one', async () => {
    const report = freshReport();
    const before = texts().length;
    await dieAt('after record', report, open(), topic());
    await ageClaims(report);
    const processes = Array.from({ length: 8 }, () =>
      deliver(report, [topic()], open(), { sleep: () => pause(20), longestWaitMs: Infinity }),
    );
    const results = (await Promise.all(processes)).flat();
    expect(results.filter(({ state }) => state === 'sent')).toMatchObject([{ possiblySentBefore: true }]);
    expect(texts().slice(before).map(isFlagged)).toEqual([true]);
  });

  it('gives up waiting for a process that holds its claim', async () => {
    const report = freshReport();
    await open().record({ runId: report.runId, channel: topic().id });
    const waiting = deliver(report, [topic()], open(), {
      sleep: async () => undefined,
      longestWaitMs: 10_000,
    });
    await expect(waiting).rejects.toThrow(/sns:.*: Another process is delivering this report/);
  });

  it('tries a channel that refused again, without saying that it may have been sent', async () => {
    const report = freshReport();
    const before = texts().length;
    delivery.cloud.account(account).refusals.push({ action: 'sns:Publish' });
    await expect(deliver(report, [topic()], open())).rejects.toThrow(
      /sns:arn:aws:sns:.* failed: AuthorizationErrorException: .*grant sns:Publish/,
    );
    delivery.cloud.account(account).refusals.pop();
    const result = await deliver(report, [topic()], open());
    expect(result).toEqual([{ channel: `sns:${topicArn}`, state: 'sent', possiblySentBefore: false }]);
    expect(texts().length - before).toBe(1);
    expect(isFlagged(texts().at(-1))).toBe(false);
  });

  it.each([
    ['after', 2],
    ['before', 1],
  ] as const)('says so once where the answer was lost %s the message arrived', async (hangUp, messages) => {
    const report = freshReport();
    const before = texts().length;
    delivery.cloud.fail('sns:Publish', { hangUp });
    await expect(deliver(report, [topic()], open())).rejects.toThrow(/it may have succeeded or not/);
    await deliver(report, [topic()], open());
    expect(texts().length - before).toBe(messages);
    expect(isFlagged(texts().at(-1))).toBe(true);
  });

  it('keeps saying so when the second attempt was refused', async () => {
    const report = freshReport();
    delivery.cloud.fail('sns:Publish', { hangUp: 'after' });
    await expect(deliver(report, [topic()], open())).rejects.toThrow(AggregateError);
    delivery.cloud.fail('sns:Publish', { error: { code: 'InvalidParameter', status: 400 } });
    await expect(deliver(report, [topic()], open())).rejects.toThrow(/InvalidParameter/);
    expect(await deliver(report, [topic()], open())).toMatchObject([{ possiblySentBefore: true }]);
  });

  it('lets the SDK try again where the service said that it failed', async () => {
    const before = texts().length;
    delivery.cloud.fail('sns:Publish', { times: 2, error: { code: 'InternalError', status: 500 } });
    expect(await deliver(freshReport(), [topic()], open())).toMatchObject([{ state: 'sent' }]);
    expect(texts().length - before).toBe(1);
  });

  it('tries every channel, then throws all failures together', async () => {
    const report = freshReport();
    const { cloud } = delivery;
    const channels = [
      ...delivery.channels({ CLUSTERWHY_MAIL_FROM: 'stranger@elsewhere.example' }),
      ...delivery
        .channels({ ...smtpUrl(cloud), CLUSTERWHY_MAIL_TO: 'gone@shop.example,ops@shop.example' })
        .slice(1),
    ];
    const before = [cloud.sns.length, cloud.ses.length, cloud.smtp.mails.length];
    cloud.smtp.options.refusedRecipients = ['gone@shop.example'];
    const error: unknown = await deliver(report, channels, open()).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    delete cloud.smtp.options.refusedRecipients;
    expect(error).toBeInstanceOf(AggregateError);
    const { message, errors } = error as AggregateError;
    expect(message).toMatch(/on 2 of 4 channels/);
    expect(message).toMatch(
      /ses:ops@shop\.example: .*MessageRejected.*verify stranger@elsewhere\.example in SES/,
    );
    expect(message).toMatch(
      /smtp:gone@shop\.example: .*550.*correct CLUSTERWHY_MAIL_FROM and CLUSTERWHY_MAIL_TO/,
    );
    expect(errors).toHaveLength(2);
    const { ja } = saidBy(error);
    expect(ja).toMatch(/^レポート \S+ を 4 個のうち 2 個の送信先に送信できません: /);
    expect(ja).toMatch(/ses:ops@shop\.example: .*MessageRejected.*SES で stranger@elsewhere\.example を検証/);
    expect(ja).toMatch(/smtp:gone@shop\.example: .*550.*CLUSTERWHY_MAIL_FROM と CLUSTERWHY_MAIL_TO を修正/);
    expect([cloud.sns.length, cloud.ses.length, cloud.smtp.mails.length]).toEqual([
      (before[0] ?? 0) + 1,
      before[1],
      (before[2] ?? 0) + 1,
    ]);
    expect(await deliver(report, channels.slice(2, 3), open())).toMatchObject([
      { channel: 'smtp:gone@shop.example', state: 'sent', possiblySentBefore: false },
    ]);
  });

  it('says that a message went out although it could not be marked', async () => {
    const report = freshReport();
    const marks = open();
    const broken: Marks = {
      ...marks,
      mark: async () => {
        throw new Error('the disk is full');
      },
    };
    await expect(deliver(report, [topic()], broken)).rejects.toThrow(/It was sent, but .*: the disk is full/);
    const clock = waitingClock();
    const next = await deliver(report, [topic()], open({ now: clock.now }), { sleep: clock.sleep });
    expect(next).toMatchObject([{ state: 'sent', possiblySentBefore: true }]);
  });

  it('gives up a channel that does not come to an end, and calls that unknown', async () => {
    const report = freshReport();
    const silent: Channel = { id: 'silent', send: () => never };
    await expect(deliver(report, [silent], open(), { sendMs: 10 })).rejects.toThrow(
      /silent: Sending took more than 10 ms/,
    );
    const flags: boolean[] = [];
    const heard: Channel = {
      id: 'silent',
      async send(_report, { possiblySentBefore }) {
        flags.push(possiblySentBefore);
      },
    };
    await deliver(report, [heard], open());
    expect(flags).toEqual([true]);
  });

  it('tells reports and channels with hostile names apart', async () => {
    const names = ['../../x', '..', '', 'a/b', 'a-b', 'x'.repeat(5000), '\u202e\n', 'A/b'];
    const marks = open();
    for (const runId of names)
      for (const channel of names) {
        expect(await marks.record({ runId: `odd ${runId}`, channel })).toMatchObject({ state: 'claimed' });
        await marks.mark({ runId: `odd ${runId}`, channel });
      }
    expect(await readdir(folder)).not.toContain('x');
  });
});

describe('marks in a bucket', () => {
  it('takes a claim for its own whose first answer was lost', async () => {
    delivery.cloud.fail('s3:PutObject', { hangUp: 'after' });
    const marks = s3Marks({ client: delivery.clients.s3, bucket: delivery.bucket });
    expect(await marks.record({ runId: freshReport().runId, channel: 'a' })).toEqual({
      state: 'claimed',
      attempt: 1,
      possiblySentBefore: false,
    });
  });

  it('asks again while another write of the same claim is under way', async () => {
    const conflict = { code: 'ConditionalRequestConflict', status: 409 };
    delivery.cloud.fail('s3:PutObject', { times: 2, error: conflict });
    const marks = s3Marks({ client: delivery.clients.s3, bucket: delivery.bucket });
    const key = { runId: freshReport().runId, channel: 'a' };
    expect(await marks.record(key)).toMatchObject({ state: 'claimed', attempt: 1 });
    delivery.cloud.fail('s3:PutObject', { times: 5, error: conflict });
    await expect(marks.mark(key)).rejects.toThrow(/Cannot write s3:.*ConditionalRequestConflict/);
  });

  it('sends nothing where it cannot record, and says what to grant', async () => {
    const before = texts().length;
    delivery.cloud.account(account).refusals.push({ action: 's3:PutObject' });
    const topic = delivery.channels().slice(0, 1);
    const marks = s3Marks({ client: delivery.clients.s3, bucket: delivery.bucket });
    await expect(deliver(freshReport(), topic, marks)).rejects.toThrow(
      /Cannot write s3:.*AccessDenied.*grant s3:PutObject, s3:GetObject and s3:ListBucket/,
    );
    delivery.cloud.account(account).refusals.pop();
    expect(texts()).toHaveLength(before);
  });
});

describe('a killed process', () => {
  const run = promisify(execFile);

  it.each([
    ['send', 0],
    ['mark', 1],
  ])('is killed at %s, and the next one sends what is missing', async (step, sent) => {
    const report = freshReport();
    const before = texts().length;
    const environment = delivery.cloud.environment(account);
    const program = run(
      process.execPath,
      ['--import', 'tsx', 'test/deliver/deliver-and-die.ts', step, report.runId, topicArn, delivery.bucket],
      { env: { ...process.env, ...environment } },
    );
    await expect(program).rejects.toMatchObject({ signal: 'SIGKILL' });
    expect(texts().length - before).toBe(sent);
    const clock = waitingClock();
    const { s3 } = makeDeliveryClients(delivery.cloud.clientOptions(account));
    const marks = s3Marks({ client: s3, bucket: delivery.bucket, now: clock.now });
    await deliver(report, delivery.channels().slice(0, 1), marks, { sleep: clock.sleep });
    s3.destroy();
    expect(texts().length - before).toBe(sent + 1);
    expect(isFlagged(texts().at(-1))).toBe(true);
  });
});
