/** Requests a second for each key: one token bucket each, which holds one second's worth. */
export class RateLimits {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /** Whether a request may pass now; one that may not takes no token. `nowMs` only ever grows. */
  admits(key: string, perSecond: number, nowMs: number): boolean {
    if (perSecond === Infinity) return true;
    const size = Math.max(1, perSecond);
    const bucket = this.#buckets.get(key) ?? { tokens: size, at: nowMs };
    const tokens = Math.min(size, bucket.tokens + ((nowMs - bucket.at) / 1000) * perSecond);
    const admitted = tokens >= 1;
    this.#buckets.set(key, { tokens: admitted ? tokens - 1 : tokens, at: nowMs });
    return admitted;
  }
}
