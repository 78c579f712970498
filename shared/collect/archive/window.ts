/** Reads a log file through a window of fixed size, as long as its form allows it. */
import type { ElementFinder } from './element-finder.ts';
import type { Output } from './inflater.ts';

/** Thrown where the file has to be read once more, by a `RecordCutter`. */
export class NeedsLongWay extends Error {
  override name = 'NeedsLongWay';
}

const usualHead = Buffer.from('{"Records":[');
const closeBrace = 0x7d;

/** One after the other, files may be read through the same window. */
export class Window implements Output {
  readonly #finder: ElementFinder;
  readonly #bytes: Buffer;
  readonly #capacity: number;
  readonly #onElement: (bytes: Buffer, from: number, to: number) => void;
  #filled = 0;
  /** All before it was walked; -1 before the first element of `Records` is known. */
  #walked = -1;

  /** What is told of an element is good until the call returns. */
  constructor(
    finder: ElementFinder,
    onElement: (bytes: Buffer, from: number, to: number) => void,
    capacity = finder.capacity,
  ) {
    this.#finder = finder;
    this.#bytes = finder.window;
    this.#capacity = Math.min(capacity, finder.capacity);
    this.#onElement = onElement;
  }

  /** Begins with another file. */
  begin(): void {
    this.#filled = 0;
    this.#walked = -1;
  }

  room(): Buffer {
    if (this.#filled === this.#capacity) this.#moveOn();
    return this.#bytes.subarray(this.#filled, this.#capacity);
  }

  filled(length: number): void {
    this.#filled += length;
  }

  /** Walks what is left, after the end of the file. @throws {NeedsLongWay} where it does not end as a whole file does. */
  finish(): void {
    this.#bytes.fill(0, this.#filled, this.#filled + this.#finder.blockBytes);
    this.#walk(this.#filled);
    const end = this.#finder.endOfRecords();
    if (end < 0 || !isEnd(this.#bytes, end, this.#filled)) throw new NeedsLongWay();
  }

  /** Walks all blocks that are full, and keeps what was not walked and the record that goes on. */
  #moveOn(): void {
    this.#beginRecords();
    const rest = (this.#filled - this.#walked) % this.#finder.blockBytes;
    this.#walk(this.#filled - rest);
    const from = this.#finder.keepFrom(this.#walked);
    if (from === 0) throw new NeedsLongWay();
    this.#bytes.copyWithin(0, from, this.#filled);
    this.#filled -= from;
    this.#walked -= from;
  }

  #walk(to: number): void {
    this.#beginRecords();
    const count = this.#finder.walk(this.#walked, to);
    const { found } = this.#finder;
    for (let index = 0; index < 2 * count; index += 2)
      this.#onElement(this.#bytes, found[index] as number, found[index + 1] as number);
    this.#walked = to;
  }

  #beginRecords(): void {
    if (this.#walked >= 0) return;
    this.#walked = firstElement(this.#bytes, this.#filled);
    if (this.#walked < 0) throw new NeedsLongWay();
    this.#finder.begin();
  }
}

/** Where the elements of `Records` begin, where nothing precedes them; -1 otherwise. */
function firstElement(bytes: Buffer, end: number): number {
  const { length } = usualHead;
  if (end > length && bytes.compare(usualHead, 0, length, 0, length) === 0) return length;
  const head = /^(?:\u00ef\u00bb\u00bf)?[ \t\r\n]*\{[ \t\r\n]*"Records"[ \t\r\n]*:[ \t\r\n]*\[/;
  return head.exec(bytes.toString('latin1', 0, Math.min(end, 1024)))?.[0].length ?? -1;
}

/** Whether nothing follows `Records` but the end of the object that holds it. */
function isEnd(bytes: Buffer, from: number, to: number): boolean {
  if (to - from === 1) return bytes[from] === closeBrace;
  return to - from < 1024 && /^[ \t\r\n]*\}[ \t\r\n]*$/.test(bytes.toString('latin1', from, to));
}
