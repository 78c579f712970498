/** Delivers a report on every channel, once. */
import { setTimeout as pause } from 'node:timers/promises';
import { LocalizedError, saidBy } from '../localized-error.ts';
import { printableLine } from '../render/printable.ts';
import type { Report } from '../report.ts';
import { en, ja, joinWords, type Localized } from '../words.ts';
import { RefusedError, toldBy, type Channel } from './channel.ts';
import { usualLeaseMs, type Claim, type DeliveryKey, type Marks } from './marks.ts';

export interface DeliveryResult {
  /** Id of the channel. */
  channel: string;
  /** `already sent` where an earlier run, or another process, had sent this report on it. */
  state: 'sent' | 'already sent';
  /** Whether the message that was sent said that it may have been sent before. */
  possiblySentBefore: boolean;
}

export interface DeliverOptions {
  /** Milliseconds after which one attempt to send is given up. */
  sendMs?: number;
  /** Milliseconds to wait for another process that delivers the same report, before giving up. */
  longestWaitMs?: number;
  /** Waits; tests need not. */
  sleep?: (ms: number) => Promise<unknown>;
}

/** Channels failed, after all were tried; each error names its channel and says why. */
export class DeliveryError extends AggregateError {
  readonly says: Localized;
  readonly delivered: DeliveryResult[];

  constructor(failures: Error[], says: Localized, delivered: DeliveryResult[]) {
    super(failures, says.en);
    this.says = says;
    this.delivered = delivered;
  }
}

/** How many channels are served side by side: mail servers take few connections from one sender. */
const lanes = 4;

/**
 * Records, sends and marks on each channel, in that order. A report that was marked is not sent again. Where a program
 * died between record and mark, the message goes out once more when that claim's lease is over, as possibly sent
 * before; a channel that refused is tried again by the next call. While another process sends, this one waits.
 * @throws {DeliveryError} after all channels were tried, if any failed; its message names each and says why.
 */
export async function deliver(
  report: Report,
  channels: readonly Channel[],
  marks: Marks,
  options: DeliverOptions = {},
): Promise<DeliveryResult[]> {
  const outcomes: (DeliveryResult | Error)[] = [];
  const waiting = [...channels.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, channel] = next;
      outcomes[index] = await deliverBy(channel, report, marks, options).catch((error: unknown) =>
        failureOf(channel, error),
      );
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const failures = outcomes.filter((outcome) => outcome instanceof Error);
  const delivered = outcomes.flatMap((outcome) => (outcome instanceof Error ? [] : [outcome]));
  if (failures.length === 0) return delivered;
  throw new DeliveryError(failures, failureMessage(report, failures, outcomes.length), delivered);
}

function failureOf({ id }: Channel, cause: unknown): LocalizedError {
  const why = toldBy(cause);
  return new LocalizedError({ en: `${id}: ${why.en}`, ja: `${id}: ${why.ja}` }, { cause });
}

function failureMessage({ runId }: Report, failures: Error[], all: number): Localized {
  const why = joinWords(failures.map(saidBy), ' | ');
  const run = printableLine(runId);
  return {
    en: en`Cannot deliver report ${run} on ${failures.length} of ${all} channels: ${why}`,
    ja: ja`レポート ${run} を ${all} 個のうち ${failures.length} 個の送信先に送信できません: ${why}`,
  };
}

async function deliverBy(
  channel: Channel,
  report: Report,
  marks: Marks,
  options: DeliverOptions,
): Promise<DeliveryResult> {
  const key = { runId: report.runId, channel: channel.id };
  const claim = await claimOf(key, marks, options);
  if (claim.state === 'sent')
    return { channel: channel.id, state: 'already sent', possiblySentBefore: false };
  const { attempt, possiblySentBefore } = claim;
  try {
    await sendInTime(channel, report, possiblySentBefore, options.sendMs ?? 60_000);
  } catch (error) {
    await withdraw(marks, key, attempt, error);
    throw error;
  }
  await mark(marks, key);
  return { channel: channel.id, state: 'sent', possiblySentBefore };
}

/** The right to send; waits while another process has it. */
async function claimOf(
  key: DeliveryKey,
  marks: Marks,
  { longestWaitMs = usualLeaseMs + 60_000, sleep = pause }: DeliverOptions,
): Promise<Exclude<Claim, { state: 'held' }>> {
  for (let waitedMs = 0; ;) {
    const claim = await marks.record(key);
    if (claim.state !== 'held') return claim;
    if (waitedMs >= longestWaitMs)
      throw new LocalizedError({
        en: 'Another process is delivering this report and has not finished; deliver it again later',
        ja: 'ほかのプロセスがこのレポートを送信中で、まだ終わっていません。後でもう一度送信してください',
      });
    const waitMs = Math.min(Math.max(claim.forMs, 100), 2000);
    await sleep(waitMs);
    waitedMs += waitMs;
  }
}

/** Sends within the lease of the claim: a message that goes out after it might go out twice. */
async function sendInTime(
  channel: Channel,
  report: Report,
  possiblySentBefore: boolean,
  sendMs: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new LocalizedError({
      en: `Sending took more than ${sendMs} ms: it may have succeeded or not`,
      ja: `送信に ${sendMs} ミリ秒以上かかっています: 成功したかどうかは不明です`,
    });
    // The channel first has the time to say what its aborted request came to.
    timer = setTimeout(() => reject(error), sendMs + 1000).unref();
  });
  const signal = AbortSignal.timeout(sendMs);
  try {
    await Promise.race([channel.send(report, { possiblySentBefore, signal }), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function mark(marks: Marks, key: DeliveryKey): Promise<void> {
  try {
    await marks.mark(key);
  } catch (error) {
    const why = toldBy(error);
    throw new LocalizedError(
      {
        en: `It was sent, but that cannot be remembered, so the next delivery will send it once more as possibly sent before: ${why.en}`,
        ja: `送信しましたが、記録できませんでした。次回は、送信済みの可能性があるものとしてもう一度送信します: ${why.ja}`,
      },
      { cause: error },
    );
  }
}

async function withdraw(marks: Marks, key: DeliveryKey, attempt: number, reason: unknown): Promise<void> {
  try {
    await marks.withdraw(key, attempt, reason instanceof RefusedError ? 'refused' : 'unsure');
  } catch (error) {
    const [first, then] = [toldBy(reason), toldBy(error)];
    throw new LocalizedError(
      {
        en: `${first.en}; and the claim cannot be withdrawn, so the next attempt will say "possibly sent before": ${then.en}`,
        ja: `${first.ja}。送信権の記録も取り消せないため、次回は送信済みの可能性があると表示されます: ${then.ja}`,
      },
      { cause: new AggregateError([reason, error]) },
    );
  }
}
