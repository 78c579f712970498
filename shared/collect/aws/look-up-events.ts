import {
  LookupEventsCommand,
  type CloudTrailClient,
  type LookupAttribute,
  type LookupEventsResponse,
} from '@aws-sdk/client-cloudtrail';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient, refusalKind } from './refusal.ts';
import { pageRequest, Slices, type Slice, type Span } from './slices.ts';
import type { TokenBucket } from './token-bucket.ts';

export type Event = NonNullable<LookupEventsResponse['Events']>[number];

/** The only events that are read: those of one name (`AssumeRoleWithWebIdentity`), of one caller (an instance's id, a session's name), or about one resource (its ARN). */
export type Wanted = { eventName: string } | { username: string } | { resourceName: string };

export type LookUp = Wanted & {
  client: CloudTrailClient;
  window: { from: Date; to: Date };
  /** The quota that this account has in this region. */
  bucket: TokenBucket;
  /** For few events: no turn is taken before the answer to the last request is there. */
  oneAtATime?: boolean;
  /** Ends the look-up early; what was read until then counts. */
  signal: AbortSignal;
  /** Called with each page's events; each event comes once. */
  onPage(events: Event[], slices: Slices): void;
};

export interface LookedUp {
  events: number;
  /** Answers of LookupEvents. */
  pages: number;
  /** Parts of the window that were not read to their end, whole seconds since 1970; empty where all was. */
  uncovered: Span[];
  /** Why the reading ended early; null where it did not, or where the signal ended it. */
  error: unknown;
}

/** Requests under way at a time: enough for two a second at ten times the usual latency. */
const mostUnderWay = 32;

/** Attempts at one page that meets network trouble, and throttled answers in a row, before the look-up gives up. */
const mostFailures = 5;
const mostThrottled = 40;

/**
 * Reads the events of one name, caller or resource that CloudTrail recorded in one region. AWS answers two requests a second, each after
 * seconds: the window is cut into as many slices as it takes to use every turn, and cut again when some are done.
 */
export async function lookUpEvents(request: LookUp): Promise<LookedUp> {
  const look = new EventLookUp(request);
  await look.run();
  return look.result();
}

class EventLookUp {
  readonly #request: LookUp;
  readonly #slices: Slices;
  readonly #underWay = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #throttledInARow = 0;
  #error: unknown = null;
  /** A fault of our own, which must not pass for a refusal. */
  #crash: { error: unknown } | null = null;

  constructor(request: LookUp) {
    const { from, to } = request.window;
    this.#request = request;
    // Each request under way listens, and so does the wait for a turn; Node warns of more than ten.
    setMaxListeners(0, this.#stop.signal);
    this.#slices = new Slices({
      from: Math.floor(from.getTime() / 1000),
      to: Math.ceil(to.getTime() / 1000),
    });
  }

  async run(): Promise<void> {
    const { signal } = this.#request;
    const stop = () => this.#stop.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      await this.#askUntilRead();
      await Promise.all(this.#underWay);
    } finally {
      signal.removeEventListener('abort', stop);
    }
    if (this.#crash) throw this.#crash.error;
  }

  result(): LookedUp {
    const { events, pages } = this.#slices;
    return { events, pages, uncovered: this.#slices.uncovered(), error: this.#error };
  }

  async #askUntilRead(): Promise<void> {
    const most = this.#request.oneAtATime ? 1 : mostUnderWay;
    while (!this.#stop.signal.aborted) {
      if (!this.#slices.hasWork() || this.#underWay.size >= most) {
        if (this.#underWay.size === 0) return;
        await Promise.race(this.#underWay);
        continue;
      }
      const pace = await this.#turn();
      const slice = pace === null ? undefined : this.#slices.next();
      if (pace === null || !slice) continue;
      const asking: Promise<void> = this.#ask(slice, pace).finally(() => this.#underWay.delete(asking));
      this.#underWay.add(asking);
    }
  }

  /** The pace of the turn; null where the look-up was stopped while it waited. */
  async #turn(): Promise<number | null> {
    try {
      return await this.#request.bucket.take(this.#stop.signal);
    } catch (error) {
      if (this.#stop.signal.aborted) return null;
      throw error;
    }
  }

  async #ask(slice: Slice, pace: number): Promise<void> {
    const page = await this.#send(slice, pace);
    if (!page) return;
    try {
      this.#request.onPage(this.#slices.take(slice, page), this.#slices);
    } catch (error) {
      this.#crash ??= { error };
      this.#stop.abort();
    }
  }

  async #send(slice: Slice, pace: number): Promise<LookupEventsResponse | null> {
    const { client, bucket } = this.#request;
    try {
      const command = new LookupEventsCommand(pageRequest(slice, attributeOf(this.#request)));
      const page = await client.send(command, { abortSignal: this.#stop.signal });
      this.#throttledInARow = 0;
      bucket.recover();
      return page;
    } catch (error) {
      if (!this.#stop.signal.aborted) await this.#failed(slice, pace, error);
      return null;
    }
  }

  /** Puts the slice back where another attempt may help, else ends the look-up. */
  async #failed(slice: Slice, pace: number, error: unknown): Promise<void> {
    if (refusalKind(error) === 'throttled' && ++this.#throttledInARow < mostThrottled) {
      this.#request.bucket.slowDown(pace);
      slice.state = 'ready';
    } else if (isExpiredToken(error) && slice.nextToken !== undefined && ++slice.failures < mostFailures) {
      this.#slices.restart(slice);
    } else if (isTransient(error) && ++slice.failures < mostFailures) {
      await this.#pause(slice.failures);
      slice.state = 'ready';
    } else {
      this.#error ??= error;
      this.#stop.abort();
    }
  }

  /** Longer after each failure, and never as long as another slice's pause. */
  async #pause(failures: number): Promise<void> {
    const ms = 100 * 2 ** failures * (0.5 + Math.random());
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) throw error;
    });
  }
}

/** LookupEvents takes one attribute. */
function attributeOf(wanted: Wanted): LookupAttribute {
  if ('eventName' in wanted) return { AttributeKey: 'EventName', AttributeValue: wanted.eventName };
  if ('username' in wanted) return { AttributeKey: 'Username', AttributeValue: wanted.username };
  return { AttributeKey: 'ResourceName', AttributeValue: wanted.resourceName };
}

/** Page tokens of CloudTrail are good for a limited time only. */
function isExpiredToken(error: unknown): boolean {
  return (error as { name?: string }).name === 'InvalidNextTokenException';
}
