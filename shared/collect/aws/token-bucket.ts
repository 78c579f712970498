import { setTimeout as sleep } from 'node:timers/promises';

/** Paces requests that share one quota; every request takes a turn first. */
export interface TokenBucket {
  /** Waits for the next turn; the value names the pace it was given under. Rejects when the signal aborts. */
  take(signal?: AbortSignal): Promise<number>;
  /** A request was throttled: all later ones go slower. Requests of one pace slow it down only once. */
  slowDown(pace: number): void;
  /** A request was answered: the pace returns to the full rate by and by. */
  recover(): void;
}

/** How much slower a throttled bucket gets at a time, at most, and how it recovers. */
const slower = 2;
const slowest = 32;
const recovery = 0.9;

/** How late a turn may be and still count as taken on time: timers are late where the machine is busy. */
const lateMs = 50;

/**
 * A bucket that holds one token: turns are evenly spaced, since a burst of our own would be throttled as soon as
 * another tool uses the same quota.
 * @param rate turns a second
 */
export function tokenBucket(rate: number): TokenBucket {
  const fullInterval = 1000 / rate;
  let interval = fullInterval;
  let pace = 0;
  let next = 0;
  return {
    async take(signal) {
      const now = performance.now();
      const turn = next > now - lateMs ? next : now;
      next = turn + interval;
      if (turn - now >= 1) await sleep(turn - now, undefined, signal ? { signal } : {});
      signal?.throwIfAborted();
      return pace;
    },
    slowDown(throttledPace) {
      if (throttledPace !== pace) return;
      pace++;
      interval = Math.min(interval * slower, fullInterval * slowest);
      next = Math.max(next, performance.now() + interval);
    },
    recover() {
      interval = Math.max(interval * recovery, fullInterval);
    },
  };
}
