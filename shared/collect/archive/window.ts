/** Reads a log file through a window of fixed size, as long as its form allows it. */
import type { ElementFinder } from './element-finder.ts';
import type { Output } from './inflater.ts';

/** Thrown where the file has to be read once more, by a `RecordCutter`. */
export class NeedsLongWay extends Error {
  override name = 'NeedsLongWay';
}

/** One after the other, files may be read through the same window. */
export class Window implements Output {
  readonly #finder: ElementFinder;
  /** The window itself, or a part of it. */
  readonly #bytes: Buffer;
  readonly #onElement: (bytes: Buffer, from: number, to: number) => void;
  #filled = 0;
  /** All before it was walked; -1 before the first element of `Records` is known. */
  #walked = -1;

  /** What is told of an element is good until the call returns. */
  constructor(
    finder: ElementFinder,
    onElement: (bytes: Buffer, from: number, to: number) => void,
    capacity = finder.window.length,
  ) {
    this.#finder = finder;
    this.#bytes = finder.window.subarray(0, capacity);
    this.#onElement = onElement;
  }

  /** Begins with another file. */
  begin(): void {
    this.#filled = 0;
    this.#walked = -1;
  }

  room(): Buffer {
    if (this.#filled === 0) return this.#bytes;
    if (this.#filled === this.#bytes.length) this.#moveOn();
    return this.#bytes.subarray(this.#filled);
  }

  filled(length: number): void {
    this.#filled += length;
  }

  /** Walks what is left, after the end of the file. @throws {NeedsLongWay} where it does not end as a whole file does. */
  finish(): void {
    this.#beginRecords();
    this.#tell(this.#finder.walkLast(this.#walked, this.#filled));
    if (!this.#finder.isWhole(this.#filled)) throw new NeedsLongWay();
  }

  /** Walks all blocks that are full, and keeps what was not walked and the record that goes on. */
  #moveOn(): void {
    this.#beginRecords();
    const rest = (this.#filled - this.#walked) % this.#finder.blockBytes;
    const to = this.#filled - rest;
    this.#tell(this.#finder.walk(this.#walked, to));
    const from = this.#finder.keepFrom(to);
    if (from === 0) throw new NeedsLongWay();
    this.#bytes.copyWithin(0, from, this.#filled);
    this.#filled -= from;
    this.#walked = to - from;
  }

  #beginRecords(): void {
    if (this.#walked < 0) this.#walked = this.#finder.begin(this.#filled);
    if (this.#walked < 0) throw new NeedsLongWay();
  }

  #tell(count: number): void {
    const { found } = this.#finder;
    for (let index = 0; index < 2 * count; index += 2)
      this.#onElement(this.#bytes, found[index] as number, found[index + 1] as number);
  }
}
