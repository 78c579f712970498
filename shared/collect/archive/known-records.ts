/**
 * Recognises records that differ from an earlier one only in a few values, as the thousands of calls of a crash-looping
 * pod do, without parsing them. It is exact: all other bytes are compared, and where the values stand was tried out by
 * parsing the earlier record with others in their place.
 */
import type { Patterns } from './element-finder.ts';
import type { JsonObject } from './search.ts';

/** A record, and where it stands. */
export interface Cut {
  from: number;
  to: number;
  record: JsonObject;
  /** Whether a record with another text of its error is another one. */
  isTextFixed: boolean;
}

/** What differs between the calls of one denial. */
export interface Varying {
  /** ISO 8601 UTC to the second. */
  eventTime: string;
  eventID: string;
  roleSessionName: string;
  errorMessage: string;
}

type Name = keyof Varying | 'requestID';
const namesButText: readonly Name[] = ['eventTime', 'eventID', 'requestID', 'roleSessionName'];
const names: readonly Name[] = [...namesButText, 'errorMessage'];

interface Place {
  name: Name;
  from: number;
  to: number;
}

interface Pattern<Found> {
  /** Where it is kept, and the hash of who called. */
  slot: number;
  bucket: number;
  length: number;
  /** Where the values stand. */
  places: Place[];
  /** What stands there in the earlier record. */
  values: Varying;
  found: Found;
  /** How often it was recognised. */
  uses: number;
}

/** Patterns in one bucket. */
const mostAlike = 8;
const shortest = 16;

/** As CloudTrail writes it; a record with another time is always parsed. */
const wholeSecond = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

/** The oldest patterns go first. */
export class KnownRecords<Found> {
  readonly #patterns: Patterns;
  readonly #buckets = new Map<number, Pattern<Found>[]>();
  readonly #slots: (Pattern<Found> | undefined)[] = [];
  #nextSlot = 0;

  constructor(patterns: Patterns) {
    this.#patterns = patterns;
  }

  /** What an earlier record like this one of the window was, and the values of this one; null where there was none. */
  recall(bytes: Buffer, from: number, to: number): { found: Found; values: Varying } | null {
    const alike = this.#buckets.get(this.#patterns.hashCaller(from, to)) ?? [];
    for (const pattern of alike) {
      if (pattern.length !== to - from || this.#patterns.isLike(pattern.slot, from, to - from) === 0)
        continue;
      const values = readValues(bytes, from, pattern);
      if (!wholeSecond.test(values.eventTime)) return null;
      pattern.uses++;
      return { found: pattern.found, values };
    }
    return null;
  }

  /** The record stands from `from` to `to`. */
  remember(bytes: Buffer, { from, to, record, isTextFixed }: Cut, found: Found): void {
    const length = to - from;
    if (length < shortest || length > this.#patterns.longest) return;
    const values = valuesOf(record);
    if (!wholeSecond.test(values.eventTime)) return;
    const bucket = this.#patterns.hashCaller(from, to);
    const alike = this.#buckets.get(bucket) ?? [];
    // Where every call differs in more than these values, remembering them is of no use.
    if (alike.length === mostAlike && alike.every(({ uses }) => uses === 0)) return;
    const places = placesOf(bytes.subarray(from, to), record, isTextFixed ? namesButText : names);
    if (!places) return;
    const slot = this.#freeSlot(alike.length === mostAlike ? alike[0] : undefined);
    const pattern = { slot, bucket, length, places, values, found, uses: 0 };
    this.#patterns.set(slot, bytes.subarray(from, to), places);
    this.#slots[slot] = pattern;
    this.#buckets.set(bucket, [...(this.#buckets.get(bucket) ?? []), pattern]);
  }

  /** That of the pattern that has to go, where one has. */
  #freeSlot(oldest: Pattern<Found> | undefined): number {
    const slot = oldest?.slot ?? this.#nextSlot++ % this.#patterns.most;
    const before = this.#slots[slot];
    if (!before) return slot;
    const others = this.#buckets.get(before.bucket)?.filter((one) => one !== before) ?? [];
    if (others.length > 0) this.#buckets.set(before.bucket, others);
    else this.#buckets.delete(before.bucket);
    return slot;
  }
}

function readValues(
  bytes: Buffer,
  from: number,
  { places, values: known }: Pick<Pattern<unknown>, 'places' | 'values'>,
): Varying {
  const values = { ...known };
  for (const { name, from: start, to } of places)
    if (name !== 'requestID') values[name] = bytes.toString('utf8', from + start, from + to);
  return values;
}

/** Where the values of these names stand; null where that cannot be told. */
function placesOf(bytes: Buffer, record: JsonObject, varying: readonly Name[]): Place[] | null {
  const places = varying.flatMap((name) => placeOf(bytes, record, name) ?? []);
  return isTrue(bytes, record, varying, places) ? places : null;
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
function isTrue(
  bytes: Buffer,
  record: JsonObject,
  varying: readonly Name[],
  places: readonly Place[],
): boolean {
  const changed = Buffer.from(bytes);
  for (const { from, to } of places) changed.fill('x', from, to);
  const other = JSON.parse(changed.toString('utf8')) as JsonObject;
  return varying.every((name) => {
    const place = places.find((one) => one.name === name);
    if (!place) return valueOf(record, name) === undefined;
    return valueOf(other, name) === 'x'.repeat(place.to - place.from);
  });
}
