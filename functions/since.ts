/** How far back to look: `24h`, `90m`, `7d`. */

const unitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** CloudTrail keeps its event history for 90 days. */
const longestMs = 90 * 86_400_000;

/** Milliseconds of a span of time; throws an Error that says what is allowed. */
export function parseSince(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,9})([mhd])$/.exec(text) ?? [];
  const spanMs = Number(amount) * (unitMs[unit] ?? 0);
  if (spanMs > 0 && spanMs <= longestMs) return spanMs;
  throw new Error(
    `"${text}" is no span of time to look back: give minutes, hours or days, as in 90m, 24h or 7d, at most 90d`,
  );
}
