/** Reads a log file through a window of fixed size, as long as its form allows it. */
import {
  findRecords,
  firstElement,
  lastElementEnd,
  lastElementStart,
  type Hit,
  type Region,
  type Search,
} from './find-records.ts';
import type { KnownRecords } from './known-records.ts';
import type { Output } from './inflater.ts';

/** Thrown where the file has to be read once more, by a `RecordCutter`. */
export class NeedsLongWay extends Error {
  override name = 'NeedsLongWay';
}

/** Holds a hundred records or more, and stays in the cache of a processor. */
export const usualWindow = 256 * 1024;

export class Window<Found> implements Output {
  readonly #bytes: Buffer;
  readonly #search: Search<Found>;
  readonly #known: KnownRecords<Found>;
  readonly #onHit: (hit: Hit<Found>) => void;
  #filled = 0;
  /** Where the elements that were not yet searched begin; -1 before the first. */
  #from = -1;

  /** The bytes may have served another window before. */
  constructor(
    bytes: Buffer,
    search: Search<Found>,
    known: KnownRecords<Found>,
    onHit: (hit: Hit<Found>) => void,
  ) {
    this.#bytes = bytes;
    this.#search = search;
    this.#known = known;
    this.#onHit = onHit;
  }

  room(): Buffer {
    if (this.#filled === this.#bytes.length) this.#moveOn();
    return this.#bytes.subarray(this.#filled);
  }

  filled(length: number): void {
    this.#filled += length;
  }

  /** Searches what is left, after the end of the file. @throws {NeedsLongWay} */
  finish(): void {
    const from = this.#begin();
    this.#searchRegion({ from, to: lastElementEnd(this.#bytes, { from, to: this.#filled }) });
  }

  /** Searches all records that are whole, and keeps the last, which may go on. */
  #moveOn(): void {
    const from = this.#begin();
    const to = lastElementStart(this.#bytes, { from, to: this.#filled });
    this.#searchRegion({ from, to });
    // The comma before it stays, for it tells that what follows is an element.
    this.#bytes.copyWithin(0, to - 1, this.#filled);
    this.#filled -= to - 1;
    this.#from = 1;
  }

  #begin(): number {
    if (this.#from < 0) this.#from = firstElement(this.#bytes, this.#filled);
    if (this.#from < 0) throw new NeedsLongWay();
    return this.#from;
  }

  #searchRegion(region: Region): void {
    const hits = region.to < 0 ? null : findRecords(this.#bytes, region, this.#search, this.#known);
    if (hits === null) throw new NeedsLongWay();
    hits.forEach(this.#onHit);
  }
}
