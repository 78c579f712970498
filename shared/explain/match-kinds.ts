/** Which kinds of errors one entry of a log is, and what it names. */
import type { ErrorKind, Values } from './error-kind.ts';
import { readings, type LogEntry } from './log-entry.ts';
import { tidyValues } from './values.ts';

export interface Match {
  kind: ErrorKind;
  /** What the pattern took from the text. */
  values: Values;
  /** The text that matched. */
  text: string;
  /** How many lines behind the entry it takes in. */
  linesAfter: number;
}

/** Every kind that the entry is, but for those that another says more exactly. */
export function matchKinds(kinds: readonly ErrorKind[], entry: LogEntry): Match[] {
  const all = readings(entry);
  const matches = kinds.flatMap((kind) => matchKind(kind, all) ?? []);
  const covered = new Set(matches.flatMap(({ kind }) => kind.covers ?? []));
  return matches.filter(({ kind }) => !covered.has(kind.id));
}

function matchKind(kind: ErrorKind, entries: readonly LogEntry[]): Match | null {
  for (const entry of entries) {
    const whole = entry.before + entry.text + entry.after;
    if (!kind.needles.some((needle) => whole.includes(needle))) continue;
    const found = kind.patterns
      .map((pattern) => findIn(pattern, whole, entry))
      .filter((match) => match !== null);
    const [first] = found;
    if (first) return { kind, values: merge(found), text: first[0], linesAfter: linesBehind(found, entry) };
  }
  return null;
}

/** The first match that is not of the lines around alone. */
function findIn(pattern: RegExp, whole: string, { before, text }: LogEntry): RegExpExecArray | null {
  const [start, end] = [before.length, before.length + text.length];
  for (const match of whole.matchAll(pattern))
    if (match.index < end && match.index + match[0].length > start) return match;
  return null;
}

function linesBehind(found: readonly RegExpExecArray[], { before, text }: LogEntry): number {
  const end = before.length + text.length;
  const ends = found.map((match) => match.index + match[0].length);
  const last = found[ends.indexOf(Math.max(...ends))];
  if (!last || Math.max(...ends) <= end) return 0;
  return last[0].slice(Math.max(0, end - last.index)).split('\n').length - 1;
}

function merge(found: readonly RegExpExecArray[]): Values {
  return tidyValues(Object.assign({}, ...found.map(({ groups }) => defined(groups)).reverse()) as Values);
}

function defined(groups: Record<string, string | undefined> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(groups ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
