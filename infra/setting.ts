/** The kinds of settings: how each is read from a text, and what it allows. */

export interface Setting<T> {
  /** The value of a text; undefined where it is not allowed. */
  read: (text: string) => T | undefined;
  /** What is allowed; ends the sentence "it must be …". */
  allowed: string;
  /** Where nothing is given. */
  usual: T;
}

export function setting<T>(usual: T, read: Setting<T>['read'], allowed: string): Setting<T> {
  return { usual, read, allowed };
}

export function matching(usual: string, pattern: RegExp, allowed: string): Setting<string> {
  return setting(usual, (text) => (pattern.test(text) ? text : undefined), allowed);
}

export function optional(pattern: RegExp, allowed: string): Setting<string | null> {
  return setting<string | null>(null, (text) => (pattern.test(text) ? text : undefined), allowed);
}

export function list(pattern: RegExp, allowed: string): Setting<string[]> {
  const read = (text: string) => {
    const items = text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    return items.length > 0 && items.every((item) => pattern.test(item)) ? [...new Set(items)] : undefined;
  };
  return setting<string[]>([], read, allowed);
}

export function oneOf<const T extends string>(usual: T, all: readonly T[]): Setting<T> {
  return setting(usual, (text) => all.find((one) => one === text.toUpperCase()), all.join(' or '));
}

export function wholeNumber(usual: number, least: number, most: number): Setting<number> {
  return setting(usual, (text) => readNumber(text, least, most), `a whole number from ${least} to ${most}`);
}

export function optionalNumber(least: number, most: number): Setting<number | null> {
  return setting<number | null>(
    null,
    (text) => readNumber(text, least, most),
    `a whole number from ${least} to ${most}`,
  );
}

function readNumber(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  return value >= least && value <= most ? value : undefined;
}

/** Printable ASCII only: such an address is put into headers and messages as it is. */
export function address(...protocols: string[]): Setting<string | null> {
  const read = (text: string) =>
    /^[!-~]+$/.test(text) &&
    !/[<>,"]/.test(text) &&
    URL.canParse(text) &&
    protocols.includes(new URL(text).protocol)
      ? text
      : undefined;
  return setting<string | null>(null, read, `an address that begins with ${protocols.join(' or ')}`);
}

/** Reads the value of one setting. Context is text on the command line, and may be JSON in a file. */
export function readSetting<T>(key: string, given: unknown, { read, allowed, usual }: Setting<T>): T {
  if (given === undefined || given === null) return usual;
  const text = textOf(given);
  const value = text === undefined ? undefined : read(text);
  if (value === undefined) throw refusal(key, given, allowed);
  return value;
}

function textOf(given: unknown): string | undefined {
  if (typeof given === 'string') return given.trim();
  // A longer number in a file has lost its last digits by now, and would be another one.
  if (typeof given === 'number')
    return Math.abs(given) <= Number.MAX_SAFE_INTEGER ? String(given) : undefined;
  if (Array.isArray(given) && given.every((item) => typeof item === 'string')) return given.join(',');
  return undefined;
}

/** An error that names a setting, its value and what is allowed. */
export function refusal(key: string, value: unknown, allowed: string): Error {
  return new Error(`Cannot use ${shown(key, value)}: it must be ${allowed}`);
}

/** A setting with its value, cut short; a password that was given against all advice is not shown. */
export function shown(key: string, value: unknown): string {
  const hidden = typeof value === 'string' ? value.replace(/^([^:]*:\/*[^:@]*):.*@/s, '$1:***@') : value;
  const text = JSON.stringify(hidden) ?? 'nothing';
  return `${key}=${text.length > 200 ? `${text.slice(0, 200)}…` : text}`;
}
