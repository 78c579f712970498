/** How far back to look: `24h`, `90m`, `7d`. */
import { LocalizedError } from '../shared/localized-error.ts';

const unitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** CloudTrail keeps its event history for 90 days. */
const longestMs = 90 * 86_400_000;

/** Milliseconds of a span of time; throws a LocalizedError that says what is allowed. */
export function parseSince(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,9})([mhd])$/.exec(text) ?? [];
  const spanMs = Number(amount) * (unitMs[unit] ?? 0);
  if (spanMs > 0 && spanMs <= longestMs) return spanMs;
  throw new LocalizedError({
    en: `"${text}" is no span of time to look back: give minutes, hours or days, as in 90m, 24h or 7d, at most 90d`,
    ja: `"${text}" はさかのぼる期間として使用できません: 90m、24h、7d のように分、時間、日で、最大 90d までを指定してください`,
  });
}
