/** Schedules of EventBridge Scheduler: which are allowed, and how far apart their runs are. */

/** The shortest and longest time between two runs, in hours. */
export interface Gaps {
  shortest: number;
  longest: number;
}

interface Fields {
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  onDay: (day: Date) => boolean;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Eight years hold two leap days and every weekday on every date; the result is the same whenever it is computed. */
const firstDay = Date.UTC(2024, 0, 1);
const endDay = Date.UTC(2032, 0, 1);

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/**
 * The gaps of a schedule that goes on for ever, `rate(12 hours)` or `cron(0 6 ? * MON-FRI *)`; null for any other text.
 * The forms are those of docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html.
 * @param timezone IANA name; where its clocks change, the longest gap of a cron is longer by that change
 */
export function gapsOf(expression: string, timezone: string): Gaps | null {
  const [, kind, body = ''] = /^(rate|cron)\(([^()]*)\)$/.exec(expression.trim()) ?? [];
  if (kind === 'rate') return gapsOfRate(body.trim());
  const fields = kind === 'cron' ? parseCron(body.trim().toUpperCase()) : null;
  const gaps = fields && gapsOfRuns(runs(fields));
  return gaps && { ...gaps, longest: gaps.longest + clockChangeHours(timezone) };
}

function gapsOfRate(rate: string): Gaps | null {
  const [, amount, unit = ''] = /^([1-9]\d{0,4}) (minute|hour|day)s?$/.exec(rate) ?? [];
  if (!amount) return null;
  const hours = Number(amount) * ({ minute: 1 / 60, hour: 1, day: 24 }[unit] ?? 0);
  return { shortest: hours, longest: hours };
}

/** Null also for a year: a schedule that ends would leave nobody who notices. */
function parseCron(text: string): Fields | null {
  const [minutes = '', hours = '', date = '', months = '', weekday = '', years, ...rest] = text.split(/\s+/);
  const parsed = {
    minutes: values(minutes, 0, 59),
    hours: values(hours, 0, 23),
    months: values(months, 1, 12, monthNames),
  };
  const day = (date === '?') === (weekday === '?') ? null : (onDate(date) ?? onWeekday(weekday));
  if (years !== '*' || rest.length > 0 || !day) return null;
  if (!parsed.minutes || !parsed.hours || !parsed.months) return null;
  const inMonth = parsed.months;
  return {
    minutes: parsed.minutes,
    hours: parsed.hours,
    onDay: (one) => inMonth.has(one.getUTCMonth() + 1) && day(one),
  };
}

/** Numbers of a field of `*`, values, ranges and steps; null where it is none. */
function values(field: string, least: number, most: number, names: string[] = []): Set<number> | null {
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const [, from = '', to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part) ?? [];
    const start = from === '*' ? least : numberOf(from, names, least);
    const end = to === undefined ? (from === '*' || step ? most : start) : numberOf(to, names, least);
    const isAllowed = start >= least && end <= most && start <= end && step !== '0' && !(from === '*' && to);
    if (!isAllowed) return null;
    for (let value = start; value <= end; value += Number(step ?? 1)) found.add(value);
  }
  return found;
}

function numberOf(text: string, names: string[], least: number): number {
  const index = names.indexOf(text);
  if (index >= 0) return index + least;
  return /^\d{1,2}$/.test(text) ? Number(text) : NaN;
}

/** Day of the month: numbers, `L` (the last), `15W` (the weekday nearest to the 15th); null where it is none. */
function onDate(field: string): Fields['onDay'] | null {
  if (field === 'L') return (day) => day.getUTCDate() === daysInMonth(day);
  const nearest = Number(/^(\d{1,2})W$/.exec(field)?.[1]);
  if (nearest >= 1 && nearest <= 31) return (day) => day.getUTCDate() === nearestWeekday(day, nearest);
  const dates = values(field, 1, 31);
  return dates && ((day) => dates.has(day.getUTCDate()));
}

/** Day of the week, Sunday is 1: numbers, names, `L` (Saturday), `6L` (the last Friday), `3#2` (the second Tuesday). */
function onWeekday(field: string): Fields['onDay'] | null {
  if (field === 'L') return (day) => day.getUTCDay() === 6;
  const [, weekday = '', sign, nth] = /^(\w+?)(?:(L)|#([1-5]))$/.exec(field) ?? [];
  const wanted = numberOf(weekday, weekdayNames, 1);
  if (wanted >= 1 && wanted <= 7) {
    return (day) =>
      day.getUTCDay() + 1 === wanted &&
      (sign ? day.getUTCDate() + 7 > daysInMonth(day) : Math.ceil(day.getUTCDate() / 7) === Number(nth));
  }
  const weekdays = values(field, 1, 7, weekdayNames);
  return weekdays && ((day) => weekdays.has(day.getUTCDay() + 1));
}

function daysInMonth(day: Date): number {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
}

/** The weekday nearest to a date, within its month; NaN where the month has no such date. */
function nearestWeekday(day: Date, date: number): number {
  const last = daysInMonth(day);
  if (date > last) return NaN;
  const weekday = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), date)).getUTCDay();
  if (weekday === 6) return date > 1 ? date - 1 : date + 2;
  if (weekday === 0) return date < last ? date + 1 : date - 2;
  return date;
}

function* runs({ minutes, hours, onDay }: Fields): Generator<number> {
  const times = [...hours].flatMap((hour) => [...minutes].map((minute) => (hour * 60 + minute) * 60_000));
  times.sort((a, b) => a - b);
  for (let day = firstDay; day < endDay; day += dayMs) {
    if (onDay(new Date(day))) for (const time of times) yield day + time;
  }
}

/** Null where there are fewer than two runs. */
function gapsOfRuns(times: Iterable<number>): Gaps | null {
  let before: number | undefined;
  let [shortest, longest] = [Infinity, 0];
  for (const time of times) {
    const gap = before === undefined ? null : (time - before) / hourMs;
    before = time;
    if (gap === null) continue;
    shortest = Math.min(shortest, gap);
    longest = Math.max(longest, gap);
  }
  return longest > 0 ? { shortest, longest } : null;
}

/** By how much the clocks of a time zone change within a year, in hours. */
function clockChangeHours(timezone: string): number {
  const offsets = monthNames.map((_, month) => offsetHours(timezone, new Date(Date.UTC(2026, month, 15))));
  return Math.max(...offsets) - Math.min(...offsets);
}

function offsetHours(timezone: string, time: Date): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(time);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return (
    (Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute')) - time.getTime()) / hourMs
  );
}
