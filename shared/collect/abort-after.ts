import { setMaxListeners } from 'node:events';

/**
 * A signal that aborts with another signal, and after some time where one is given (its reason is then a
 * `TimeoutError`). Any number of requests may listen to it. `clear` must be called when it is no longer needed.
 */
export function abortAfter(
  ms: number | null,
  signal?: AbortSignal,
): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  // Node warns of more than ten listeners, and every request under way is one.
  setMaxListeners(0, controller.signal);
  const abort = () => controller.abort(signal?.reason);
  const timer = ms === null ? undefined : setTimeout(() => controller.abort(timedOut()), timerMs(ms));
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
  };
}

/** A timer that is set for longer than this fires at once. */
function timerMs(ms: number): number {
  return Math.min(Math.max(0, ms), 2 ** 31 - 1);
}

function timedOut(): DOMException {
  return new DOMException('The time that was given ended', 'TimeoutError');
}
