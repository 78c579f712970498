/** Which kinds of errors one entry of a log is, and what it names. */
import type { ErrorKind, Values } from './error-kind.ts';
import { linesAround, readings, unwrapped, type LogEntry } from './log-entry.ts';
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

/** Finds any of these literals. */
export function anyOf(needles: readonly string[]): RegExp {
  const escaped = [...new Set(needles)].map((needle) => needle.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(escaped.join('|'), 'g');
}

export class KindMatcher {
  readonly #kinds: readonly ErrorKind[];
  readonly #needles: RegExp;
  /** The kinds that a needle stands for: its own, and those whose needles are a part of it. */
  readonly #byNeedle: ReadonlyMap<string, readonly ErrorKind[]>;

  constructor(kinds: readonly ErrorKind[]) {
    const needles = [...new Set(kinds.flatMap((kind) => kind.needles))].sort((a, b) => b.length - a.length);
    this.#kinds = kinds;
    this.#needles = anyOf(needles);
    this.#byNeedle = new Map(
      needles.map((needle) => [
        needle,
        kinds.filter((kind) => kind.needles.some((other) => needle.includes(other))),
      ]),
    );
  }

  /** Every kind that the entry is, but for those that another says more exactly. */
  match(entry: LogEntry, mayBeWrapped = true): Match[] {
    const best = new Map<ErrorKind, Match>();
    for (const reading of readings(entry))
      for (const match of this.#matchesOf(reading)) {
        const other = best.get(match.kind);
        if (!other || namedIn(match) > namedIn(other)) best.set(match.kind, match);
      }
    const matches = best.size > 0 || !mayBeWrapped ? [...best.values()] : this.#unwrappedMatches(entry);
    const covered = new Set(matches.flatMap(({ kind }) => kind.covers ?? []));
    return matches.filter(({ kind }) => !covered.has(kind.id));
  }

  /** What only shows where lines that a terminal broke are whole again; the lines around belong to it then. */
  #unwrappedMatches(entry: LogEntry): Match[] {
    const whole = unwrapped(entry);
    return whole
      ? this.#matchesOf(whole, whole.before + whole.text + whole.after).map((match) => ({
          ...match,
          linesAfter: linesAround,
        }))
      : [];
  }

  #matchesOf(entry: LogEntry, needlesIn = entry.text): Match[] {
    const whole = entry.before + entry.text + entry.after;
    // A needle in the lines around is a hit of its own.
    const possible = this.#possible(needlesIn);
    return this.#kinds.flatMap((kind) => (possible.has(kind) ? (matchKind(kind, whole, entry) ?? []) : []));
  }

  #possible(text: string): Set<ErrorKind> {
    const kinds = new Set<ErrorKind>();
    this.#needles.lastIndex = 0;
    for (let hit = this.#needles.exec(text); hit; hit = this.#needles.exec(text)) {
      for (const kind of this.#byNeedle.get(hit[0]) ?? []) kinds.add(kind);
      this.#needles.lastIndex = hit.index + 1;
    }
    return kinds;
  }
}

function namedIn({ values }: Match): number {
  return Object.keys(values).length;
}

function matchKind(kind: ErrorKind, whole: string, entry: LogEntry): Match | null {
  const found = kind.patterns
    .map((pattern) => findIn(pattern, whole, entry))
    .filter((match) => match !== null);
  const [first] = found;
  if (!first) return null;
  return { kind, values: merge(found), text: first[0], linesAfter: linesBehind(found, entry) };
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
