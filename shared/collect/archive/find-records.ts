/**
 * Finds the few records of a CloudTrail log file that matter, in its bytes, and parses only those. It is exact: a record
 * is told only where it is proven to be a direct element of `Records`, for whoever can put a whole event into a
 * request (`PutAuditEvents`, a tag, a policy) could otherwise invent denials. Where the proof is not cheap it gives up,
 * and the caller takes the long way (`RecordCutter`).
 *
 * The proofs, all for valid JSON:
 * - `"errorCode"` whose first quote has no backslash before it is a whole string: were that quote the end of another
 *   string, letters would stand outside of strings. In the same way `{"eventVersion"` is the beginning of an object.
 * - An object that is neither the value of a key nor within any array but `Records` is an element of `Records`. An
 *   array that holds it has an opening bracket before it which closes after it, so all opening brackets are looked at:
 *   each either closes before the object, or turns out to be a character of a string.
 */
import { beforeBlanks, closingOf, openingBrace } from './json-bytes.ts';
import type { KnownRecords, Varying } from './known-records.ts';

export type JsonObject = Record<string, unknown>;

/** A string by which records are found; one of its ends is sought first, for its first byte must be a rare one. */
export interface Token {
  whole: Buffer;
  sought: Buffer;
}

/** What was found in a record; the values tell it from the record of which it was made, null where that is this one. */
export interface Hit<Found> {
  found: Found;
  values: Varying | null;
}

export function tokenOf(text: string, end: string): Token {
  return { whole: Buffer.from(`"${text}"`), sought: Buffer.from(`${end}"`) };
}

/** A part of the text that begins and ends between elements of `Records`, or at its brackets. */
export interface Region {
  from: number;
  to: number;
}

/** A record, and where it stands. */
export interface Cut extends Region {
  record: JsonObject;
}

/** What is sought: the strings, one of which a record must hold, and what is made of such a record; null of an unwanted one. */
export interface Search<Found> {
  tokens: readonly Token[];
  read: (record: JsonObject) => Found | null;
}

const usualHead = Buffer.from('{"Records":[');
const recordStart = Buffer.from('{"eventVersion"');
const laterRecordStart = Buffer.from(',{"eventVersion"');
const recordEnd = Buffer.from('},{"eventVersion"');
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const closeBrace = 0x7d;
const backslash = 0x5c;

/** What is found in the records of the region; null where that cannot be proven cheaply. */
export function findRecords<Found>(
  bytes: Buffer,
  region: Region,
  search: Search<Found>,
  known: KnownRecords<Found>,
): Hit<Found>[] | null {
  const view = bytes.subarray(0, region.to);
  const hits = new Map<number, Hit<Found>>();
  for (const token of search.tokens) {
    for (let at = nextToken(view, token, region.from); at >= 0;) {
      const { from, to, hit } = findAround(view, at, region, search, known) ?? unclear;
      if (to === 0) return null;
      if (hit) hits.set(from, hit);
      at = nextToken(view, token, to);
    }
  }
  const objects = [...hits.keys()].sort((a, b) => a - b);
  return areElements(view, region, objects) ? [...hits.values()] : null;
}

const unclear = { from: 0, to: 0, hit: null };

/** Where the token comes next as a whole string; -1 where it does not. */
function nextToken(bytes: Buffer, { whole, sought }: Token, from: number): number {
  const before = whole.length - sought.length;
  for (let at = bytes.indexOf(sought, from + before); at >= 0; at = bytes.indexOf(sought, at + 1)) {
    const start = at - before;
    if (bytes[start - 1] !== backslash && isAt(bytes, start, whole)) return start;
  }
  return -1;
}

function isAt(bytes: Buffer, start: number, text: Buffer): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[start + index] !== text[index]) return false;
  return true;
}

/** What is found around a token, and where the search goes on; null where that cannot be told. */
function findAround<Found>(
  bytes: Buffer,
  at: number,
  region: Region,
  { read }: Search<Found>,
  known: KnownRecords<Found>,
): (Region & { hit: Hit<Found> | null }) | null {
  const from = bytes.lastIndexOf(recordStart, at);
  const isElement = from >= region.from && isPlacedAsElement(bytes, from);
  const again = isElement ? known.recall(bytes, from) : null;
  if (again && again.to > at) return { from, to: again.to, hit: again };
  const cut =
    (isElement ? cutAtSeparators(bytes, { from, at }, region) : null) ?? cutByWalking(bytes, at, region);
  if (!cut) return cut === null ? null : { from: at, to: at + 1, hit: null };
  const found = read(cut.record);
  if (found !== null && cut.from === from) known.remember(bytes, cut, found);
  return { from: cut.from, to: cut.to, hit: found && { found, values: null } };
}

/** Records as AWS writes them begin alike, and are cut out without walking. */
function cutAtSeparators(
  bytes: Buffer,
  { from, at }: { from: number; at: number },
  region: Region,
): Cut | null {
  const next = bytes.indexOf(recordEnd, at);
  const to = next < 0 ? beforeBlanks(bytes, endOfElements(bytes, region), from) + 1 : next + 1;
  const record = parseObject(bytes, from, to);
  return record && { from, to, record };
}

/** The end of the last element: before the comma that leads to the next region, or before the closing bracket. */
function endOfElements(bytes: Buffer, { from, to }: Region): number {
  const last = beforeBlanks(bytes, to, from);
  return bytes[last] === comma ? last : to;
}

/** The object around a string: undefined where that is no element of an array; null where it cannot be told. */
function cutByWalking(bytes: Buffer, at: number, region: Region): Cut | null | undefined {
  const from = openingBrace(bytes, at, region.from);
  if (from < 0) return undefined;
  if (!isPlacedAsElement(bytes, from)) return undefined;
  const to = closingOf(bytes, from, region.to) + 1;
  const record = to > 0 && to <= region.to ? parseObject(bytes, from, to) : null;
  return record && { from, to, record };
}

/** The value of a key comes after a colon. */
function isPlacedAsElement(bytes: Buffer, from: number): boolean {
  const before = bytes[beforeBlanks(bytes, from, 0)];
  return before === comma || before === openBracket;
}

function parseObject(bytes: Buffer, from: number, to: number): JsonObject | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8', from, to));
    return typeof value === 'object' && value !== null ? (value as JsonObject) : null;
  } catch {
    // The separators that were found belong to different objects: the caller walks instead.
    return null;
  }
}

/** Bytes that may be walked for each byte of a region: arrays are short; nesting many of them could cost without end. */
const mostWalks = 4;

/** Whether no array of the region reaches beyond it, nor holds one of the objects, which are in order. */
function areElements(bytes: Buffer, { from, to }: Region, objects: readonly number[]): boolean {
  let budget = mostWalks * (to - from) + 65_536;
  let next = 0;
  for (let at = bytes.indexOf(openBracket, from); at >= 0; at = bytes.indexOf(openBracket, at + 1)) {
    const closing = closingOf(bytes, at, to);
    budget -= (closing < 0 ? ~closing : closing) - at;
    if (closing === to || budget < 0) return false;
    while ((objects[next] ?? to) < at) next++;
    if ((objects[next] ?? to) < closing) return false;
  }
  return true;
}

/** Where the elements of `Records` begin, where nothing precedes them; -1 otherwise. */
export function firstElement(bytes: Buffer, end: number): number {
  if (bytes.compare(usualHead, 0, usualHead.length, 0, usualHead.length) === 0) return usualHead.length;
  const head = /^(?:\u00ef\u00bb\u00bf)?[ \t\r\n]*\{[ \t\r\n]*"Records"[ \t\r\n]*:[ \t\r\n]*\[/;
  return head.exec(bytes.toString('latin1', 0, Math.min(end, 1024)))?.[0].length ?? -1;
}

/** Where the last element begins that comes after a comma as AWS writes it; -1 where none does. */
export function lastElementStart(bytes: Buffer, { from, to }: Region): number {
  const at = bytes.subarray(from, to).lastIndexOf(laterRecordStart);
  return at < 0 ? -1 : from + at + 1;
}

/**
 * Where the elements end, if the text ends as a whole log file does: a last record, `]` and `}`. -1 where that is not
 * proven. That the bracket is that of `Records` follows when `findRecords` finds no other that closes there.
 */
export function lastElementEnd(bytes: Buffer, { from, to }: Region): number {
  const brace = beforeBlanks(bytes, to, from);
  const bracket = bytes[brace] === closeBrace ? beforeBlanks(bytes, brace, from) : -1;
  if (bracket < from || bytes[bracket] !== closeBracket) return -1;
  const last = beforeBlanks(bytes, bracket, from);
  if (last < from) return bracket;
  return isRecordEnd(bytes, last, from) ? bracket : -1;
}

function isRecordEnd(bytes: Buffer, last: number, begin: number): boolean {
  if (bytes[last] !== closeBrace) return false;
  const likely = bytes.lastIndexOf(recordStart, last);
  if (likely >= begin && closingOf(bytes, likely, last + 1) === last) return true;
  const start = openingBrace(bytes, last, begin);
  const record = start < 0 ? null : parseObject(bytes, start, last + 1);
  return typeof record?.['eventVersion'] === 'string';
}
