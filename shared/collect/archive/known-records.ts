/**
 * Recognises records that differ from an earlier one only in a few values, as the thousands of calls of a crash-looping
 * pod do, without parsing them. It is exact: all other bytes are compared, and where the values stand was tried out by
 * parsing the earlier record with others in their place.
 */
import type { JsonObject } from './search.ts';

/** A record, and where it stands. */
export interface Cut {
  from: number;
  to: number;
  record: JsonObject;
}

/** What differs between the calls of one denial. */
export interface Varying {
  eventTime: string;
  eventID: string;
  roleSessionName: string;
  errorMessage: string;
}

type Name = keyof Varying | 'requestID';
const names: readonly Name[] = ['eventTime', 'eventID', 'requestID', 'roleSessionName', 'errorMessage'];

interface Place {
  name: Name;
  from: number;
  to: number;
}

interface Pattern<Found> {
  bytes: Buffer;
  /** Where the values stand, in order. */
  places: Place[];
  /** What stands there in the earlier record. */
  values: Varying;
  found: Found;
  /** How often it was recognised. */
  uses: number;
}

/** Patterns in one bucket, and buckets; the oldest go first. */
const mostAlike = 8;
const mostBuckets = 1000;
const longestPattern = 16_384;

/** What follows the caller in a record. */
const afterCaller = Buffer.from('},"eventTime":"');

export class KnownRecords<Found> {
  readonly #buckets = new Map<number, Pattern<Found>[]>();

  /** What an earlier record like the one at `from` was, and the values of this one; null where there was none. */
  recall(bytes: Buffer, from: number, to: number): { found: Found; values: Varying } | null {
    const bucket = bucketOf(bytes, from, to);
    const patterns = bucket === null ? undefined : this.#buckets.get(bucket);
    const pattern = patterns?.find((one) => one.bytes.length === to - from && isLike(bytes, from, one));
    if (!pattern) return null;
    pattern.uses++;
    return { found: pattern.found, values: readValues(bytes, from, pattern) };
  }

  /** The record stands from `from` to `to`. */
  remember(bytes: Buffer, { from, to, record }: Cut, found: Found): void {
    const bucket = bucketOf(bytes, from, to);
    if (bucket === null || to - from > longestPattern) return;
    const alike = this.#buckets.get(bucket) ?? [];
    // Where every call differs in more than these values, remembering them is of no use.
    if (alike.length === mostAlike && alike.every(({ uses }) => uses === 0)) return;
    const pattern = patternOf(Buffer.from(bytes.subarray(from, to)), record, found);
    if (!pattern) return;
    this.#buckets.delete(bucket);
    this.#buckets.set(bucket, [pattern, ...alike].slice(0, mostAlike));
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > mostBuckets && oldest !== undefined) this.#buckets.delete(oldest);
  }
}

/** A hash of who called. Different callers may share a bucket, for patterns are compared byte by byte. */
function bucketOf(bytes: Buffer, from: number, to: number): number | null {
  const end = bytes.indexOf(afterCaller, from);
  if (end < 0 || end > to || end - from > longestPattern) return null;
  let hash = 0;
  for (let index = from; index < end; index++) hash = (Math.imul(hash, 31) + (bytes[index] as number)) | 0;
  return hash;
}

/** The values of the record at `from`; most of the time only the id and the time are others. */
function readValues(
  bytes: Buffer,
  from: number,
  known: Pick<Pattern<unknown>, 'bytes' | 'places' | 'values'>,
): Varying {
  const values = { ...known.values };
  for (const { name, from: start, to } of known.places) {
    if (name === 'requestID' || isSame(known.bytes, start, to, bytes, from)) continue;
    values[name] = bytes.toString('utf8', from + start, from + to);
  }
  return values;
}

function isLike<Found>(bytes: Buffer, from: number, { bytes: known, places }: Pattern<Found>): boolean {
  let compared = 0;
  for (const place of places) {
    if (!isSame(known, compared, place.from, bytes, from)) return false;
    for (let index = from + place.from; index < from + place.to; index++) {
      if (!isPlain(bytes[index] as number)) return false;
    }
    compared = place.to;
  }
  return isSame(known, compared, known.length, bytes, from);
}

/** A call of the native comparison costs as much as some dozens of bytes. */
function isSame(known: Buffer, from: number, to: number, bytes: Buffer, offset: number): boolean {
  if (to - from > 48) return known.compare(bytes, offset + from, offset + to, from, to) === 0;
  for (let index = from; index < to; index++) if (known[index] !== bytes[offset + index]) return false;
  return true;
}

/** Neither a quote nor a backslash nor a control character: a byte that stands in a string for itself. */
function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte !== 0x22 && byte !== 0x5c;
}

function patternOf<Found>(bytes: Buffer, record: JsonObject, found: Found): Pattern<Found> | null {
  const places = names.flatMap((name) => placeOf(bytes, record, name) ?? []);
  places.sort((a, b) => a.from - b.from);
  return isTrue(bytes, record, places) ? { bytes, places, values: valuesOf(record), found, uses: 0 } : null;
}

function valuesOf(record: JsonObject): Varying {
  const of = (name: Name) => {
    const value = valueOf(record, name);
    return typeof value === 'string' ? value : '';
  };
  return {
    eventTime: of('eventTime'),
    eventID: of('eventID'),
    roleSessionName: of('roleSessionName'),
    errorMessage: of('errorMessage'),
  };
}

function placeOf(bytes: Buffer, record: JsonObject, name: Name): Place | null {
  const value = valueOf(record, name);
  if (typeof value !== 'string' || value === '') return null;
  const key = `"${name}":"`;
  const at = bytes.indexOf(`${key}${value}"`);
  const from = at + Buffer.byteLength(key);
  return at < 0 ? null : { name, from, to: from + Buffer.byteLength(value) };
}

function valueOf(record: JsonObject, name: Name): unknown {
  if (name !== 'roleSessionName') return record[name];
  return (record['requestParameters'] as JsonObject | null | undefined)?.[name];
}

/** Whether other values in these places are these values of the record, and all values have a place. */
function isTrue(bytes: Buffer, record: JsonObject, places: readonly Place[]): boolean {
  const changed = Buffer.from(bytes);
  for (const { from, to } of places) changed.fill('x', from, to);
  const other = JSON.parse(changed.toString('utf8')) as JsonObject;
  return names.every((name) => {
    const place = places.find((one) => one.name === name);
    if (!place) return valueOf(record, name) === undefined;
    return valueOf(other, name) === 'x'.repeat(place.to - place.from);
  });
}
