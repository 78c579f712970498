import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for the caller's turn; rejects when the signal aborts. */
export type Pace = (signal?: AbortSignal) => Promise<void>;

/** Turns that are evenly spaced, so that a burst of ours never meets a rate limit that others use too. */
export function pace(turnsPerSecond: number): Pace {
  const intervalMs = 1000 / turnsPerSecond;
  let next = 0;
  return async (signal) => {
    const now = performance.now();
    const turn = Math.max(next, now);
    next = turn + intervalMs;
    if (turn - now >= 1) await sleep(turn - now, undefined, signal ? { signal } : {});
    signal?.throwIfAborted();
  };
}
