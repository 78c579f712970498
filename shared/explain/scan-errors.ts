/** Finds known errors in a text that comes in pieces, in memory that does not grow with it. */
import type { ErrorKind, Values } from './error-kind.ts';
import { readEntry, type LogEntry } from './log-entry.ts';
import { anyOf, KindMatcher, type Match } from './match-kinds.ts';
import { recordAround, yamlRecordAt, type KnownRecord } from './known-record.ts';
import { unescapeJson } from './log-line.ts';
import { caseKey } from './case-key.ts';
import { derivedValues, valuesAnywhere } from './values.ts';

/** Where an error stands in the log. */
export interface Sighting {
  /** From 1. */
  line: number;
  /** As the log has it; null where it has none. */
  time: string | null;
}

/** Occurrences that name the same. */
export interface FoundCase {
  values: Values;
  count: number;
}

export interface FoundError {
  kind: ErrorKind;
  count: number;
  first: Sighting;
  last: Sighting;
  /** The text of the first, cut where it is long. */
  sample: string;
  /** The first few that differ. */
  cases: FoundCase[];
  /** Whether there were others. */
  hasMoreCases: boolean;
}

export interface Scan {
  lines: number;
  errors: FoundError[];
}

/** Characters before and behind a place that are held while it is looked at. */
const reach = 48_000;
/** Characters that are taken at a time. */
const block = 512_000;
const mostCases = 20;
const effortPerCharacter = 6;
const longestSample = 400;

export class ErrorScanner {
  readonly #matcher: KindMatcher;
  readonly #needles: RegExp;
  readonly #found = new Map<string, FoundError>();
  readonly #cases = new Map<string, FoundCase>();
  /** What is held of the text: what was looked at already and may be needed again, then what comes next. */
  #text = '';
  #next = 0;
  /** Lines before `#counted`, a place in `#text`. */
  #lines = 0;
  #counted = 0;
  /** The end of the last entry that was an error, a place in `#text`. */
  #matchedUntil = -1;
  #isEmpty = true;
  /** Grows with the text, so that no text takes more than a few times the work of another. */
  readonly #effort = { left: 1_000_000 };

  constructor(kinds: readonly ErrorKind[]) {
    this.#matcher = new KindMatcher(kinds);
    this.#needles = anyOf([...kinds.flatMap((kind) => kind.needles), ...recordNeedles]);
  }

  /** Takes the next piece; pieces may end anywhere. */
  push(piece: string): void {
    this.#text += piece;
    this.#effort.left += effortPerCharacter * piece.length;
    if (this.#text.length - this.#next > block + reach) this.#look(this.#text.length - reach);
  }

  /** Looks at the rest, and tells what was found, in the order of its first line. */
  finish(): Scan {
    this.#look(this.#text.length);
    const endsInLine = !this.#isEmpty && !this.#text.endsWith('\n');
    const lines = this.#lineAt(this.#text.length) - (endsInLine ? 0 : 1);
    const errors = [...this.#found.values()].sort((a, b) => a.first.line - b.first.line);
    return { lines, errors };
  }

  #look(end: number): void {
    this.#isEmpty &&= this.#text === '';
    let next = end;
    this.#needles.lastIndex = this.#next;
    for (let hit = this.#needles.exec(this.#text); hit; hit = this.#needles.exec(this.#text)) {
      if (hit.index >= end) break;
      next = this.#lookAt(hit.index);
      this.#needles.lastIndex = next;
    }
    this.#next = Math.min(Math.max(end, next), this.#text.length);
    this.#forget();
  }

  /** Looks at one place; says where to go on. */
  #lookAt(place: number): number {
    const record = this.#recordAt(place);
    if (record) return this.#addRecord(record, place);
    const entry = readEntry(this.#text, place);
    // What follows an error at once may be the rest of its line.
    const matches = this.#matcher.match(entry, entry.start !== this.#matchedUntil);
    this.#addMatches(matches, entry, this.#lineAt(entry.start));
    const end = this.#behindLines(entry.end, Math.max(0, ...matches.map(({ linesAfter }) => linesAfter)));
    if (matches.length === 0) return this.#recordKey(place, end) ?? end;
    this.#matchedUntil = end;
    return end;
  }

  /**
   * Lines of a record look as if they went on with the one before: what says that it is one may stand in them. Not in
   * the line of the place itself, which was looked at: each line is gone back to once, however many keys it has.
   */
  #recordKey(place: number, end: number): number | null {
    const from = this.#text.indexOf('\n', place);
    if (from < 0 || from >= end) return null;
    const at = this.#text.slice(from, end).search(/errorCode|protoPayload/);
    return at < 0 ? null : from + at;
  }

  /** Lines behind the entry that a match went on into are not looked at again. */
  #behindLines(place: number, lines: number): number {
    let end = place;
    for (let left = lines; left > 0; left--) {
      const at = this.#text.indexOf('\n', end);
      if (at < 0) return this.#text.length;
      end = at + 1;
    }
    return end;
  }

  #recordAt(place: number): KnownRecord | null {
    const start = Math.max(0, place - reach);
    const near = this.#text.slice(start, place + reach);
    const record = this.#recordIn(near, place - start);
    return record && { ...record, start: record.start + start, end: record.end + start };
  }

  #recordIn(near: string, place: number): KnownRecord | null {
    const document = yamlRecordAt(near, place, this.#effort);
    const around = near.slice(Math.max(0, place - 200), place + 200);
    if (document || !/"\s{0,20}:|\\":/.test(around)) return document;
    return recordAround(near, place, this.#effort) ?? this.#escapedRecord(near, place);
  }

  /** A record as a string inside of other JSON, as `aws cloudtrail lookup-events` prints it. */
  #escapedRecord(near: string, place: number): KnownRecord | null {
    const from = near.lastIndexOf('\n', place) + 1;
    const open = near.slice(from, place).lastIndexOf('"{\\"') + from;
    const close = near.indexOf('}"', place);
    if (open < from || close < 0 || near.slice(place, close).includes('\n')) return null;
    this.#effort.left -= close - open;
    if (this.#effort.left <= 0) return null;
    const inner = unescapeJson(near.slice(open + 1, close + 1));
    const record = recordAround(inner, unescapeJson(near.slice(open + 1, place)).length, this.#effort);
    return record && { ...record, start: open, end: close + 2 };
  }

  #addRecord(record: KnownRecord, place: number): number {
    const { message, values, time } = record;
    const line = this.#lineAt(record.start);
    if (message !== '')
      for (const match of this.#matcher.match(entryOf(message))) {
        const merged = derivedValues({ ...match.values, ...values });
        this.#add(match.kind, { values: merged, line, time, sample: message });
      }
    return Math.max(place + 1, record.end);
  }

  #addMatches(matches: readonly Match[], entry: LogEntry, line: number): void {
    const around = matches.length > 0 ? valuesAnywhere(entry.text) : {};
    for (const { kind, values, text } of matches) {
      const { roleArn, ...besides } = around;
      // A role that somebody wanted to assume is not the one that was refused.
      const isCaller = roleArn !== undefined && roleArn !== values.resource;
      const all = derivedValues({
        ...besides,
        ...(isCaller && { roleArn }),
        ...(entry.pod !== null && { pod: entry.pod }),
        ...values,
      });
      this.#add(kind, { values: all, line, time: entry.time, sample: text });
    }
  }

  #add(kind: ErrorKind, at: { values: Values; line: number; time: string | null; sample: string }): void {
    const { line, time, values } = at;
    const sample = at.sample.length > longestSample ? `${at.sample.slice(0, longestSample)}…` : at.sample;
    const found = this.#found.get(kind.id) ?? {
      kind,
      count: 0,
      first: { line, time },
      last: { line, time },
      sample,
      cases: [],
      hasMoreCases: false,
    };
    found.count++;
    found.last = { line, time };
    this.#addCase(found, values);
    this.#found.set(kind.id, found);
  }

  #addCase(error: FoundError, values: Values): void {
    const key = `${error.kind.id} ${caseKey(values)}`;
    const known = this.#cases.get(key);
    if (known) known.count++;
    else if (error.cases.length === mostCases) error.hasMoreCases = true;
    else {
      const added = { values, count: 1 };
      this.#cases.set(key, added);
      error.cases.push(added);
    }
  }

  /** The number of the line that holds a place; places only go forward, but for those of one block. */
  #lineAt(place: number): number {
    if (place < this.#counted) return this.#lines + 1 - newlines(this.#text, place, this.#counted);
    this.#lines += newlines(this.#text, this.#counted, place);
    this.#counted = place;
    return this.#lines + 1;
  }

  /** Lets go of what no later place can need. */
  #forget(): void {
    const drop = this.#next - reach;
    if (drop <= 0) return;
    this.#lineAt(this.#next);
    this.#text = this.#text.slice(drop);
    this.#next -= drop;
    this.#counted -= drop;
    this.#matchedUntil -= drop;
  }
}

/** Keys of the records that say an error without any of its usual texts. */
const recordNeedles = ['errorCode', 'protoPayload'];

/** A message that is no line of a log. */
function entryOf(text: string): LogEntry {
  return { text, before: '', after: '', start: 0, end: 0, time: null, pod: null };
}

function newlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
