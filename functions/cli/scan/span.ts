/** The span of time that a scan is narrowed to. */
import { LocalizedError } from '../../../shared/localized-error.ts';
import { isoSeconds } from '../../../shared/domain/cloudtrail-record.ts';

const unitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** From and to, ISO 8601 UTC to the second; null where there is no bound. Throws a LocalizedError that says what is allowed. */
export function readSpan(
  { since, until }: { since: string | undefined; until: string | undefined },
  now: Date,
): [from: string | null, to: string | null] {
  const from = since === undefined ? null : readMoment('--since', since, now);
  const to = until === undefined ? null : readMoment('--until', until, now);
  if (from !== null && to !== null && from >= to)
    throw new LocalizedError({
      en: `Cannot scan from ${from} until ${to}: --since must be before --until`,
      ja: `${from} から ${to} まではスキャンできません: --since は --until より前でなければなりません`,
    });
  return [from, to];
}

/** `2026-01-31`, `2026-01-31T06:00:00Z`, or so long ago: `90m`, `24h`, `7d`. */
function readMoment(option: string, text: string, now: Date): string {
  const [, amount, unit = ''] = /^(\d{1,9})([mhd])$/.exec(text) ?? [];
  const moment =
    amount === undefined
      ? isoSeconds(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)
      : isoSeconds(new Date(now.getTime() - Number(amount) * (unitMs[unit] ?? 0)));
  if (moment !== null) return moment;
  throw new LocalizedError({
    en: `"${text}" is no moment for ${option}: give a date as 2026-01-31 or 2026-01-31T06:00:00Z, or how long ago as 90m, 24h or 7d`,
    ja: `"${text}" は ${option} の日時として使用できません: 2026-01-31、2026-01-31T06:00:00Z のような日時、または 90m、24h、7d のような現在からさかのぼる期間を指定してください`,
  });
}
