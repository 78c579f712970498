/** A signal that aborts after some time, or with another signal; `clear` must be called when it is no longer needed. */
export function abortAfter(
  ms: number | null,
  signal?: AbortSignal,
): { signal: AbortSignal; abort(): void; clear(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  // A longer timer would fire at once.
  const timer = ms === null ? undefined : setTimeout(abort, Math.min(Math.max(0, ms), 2 ** 31 - 1));
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    abort,
    clear() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
  };
}
