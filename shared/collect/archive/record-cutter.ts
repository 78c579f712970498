/**
 * Cuts the elements of `Records` out of a log file of any form, byte by byte: the long way, several times slower than
 * `findRecords`, for files that are indented, in another order, or hold events within events.
 */
import { DamagedFile } from './damaged-file.ts';

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** A record may be this long; CloudTrail's own are at most 1 MB, or 256 KB of request and of response. */
export const longestRecord = 64 * 1024 * 1024;

export class RecordCutter {
  readonly #onRecord: (record: Buffer) => void;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** What opened at each depth. */
  readonly #open: number[] = [];
  /** The strings of the outermost object, of which the last before an array is its key. */
  #name: number[] = [];
  #inRecords = false;
  #sawRecords = false;
  #sawRoot = false;
  /** The parts so far of a record that has begun. */
  #parts: Buffer[] = [];
  #length = 0;
  #inRecord = false;

  constructor(onRecord: (record: Buffer) => void) {
    this.#onRecord = onRecord;
  }

  /** Takes the next bytes, which may be overwritten afterwards. */
  push(bytes: Buffer): void {
    let start = this.#inRecord ? 0 : -1;
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] as number;
      if (this.#inString) this.#takeOfString(byte);
      else if (byte === quote) this.#beginString();
      else if (byte === openBrace || byte === openBracket) {
        if (this.#opens(byte)) start = index;
      } else if (byte === closeBrace || byte === closeBracket) {
        if (this.#closes(byte)) {
          this.#end(bytes.subarray(start, index + 1));
          start = -1;
        }
      } else if (this.#depth === 0 && byte > 0x20) this.#refuseOutside(byte);
    }
    if (this.#inRecord) this.#keep(Buffer.from(bytes.subarray(start)));
  }

  /** @throws {DamagedFile} where the text is not whole, or has no records. */
  finish(): void {
    if (this.#depth > 0 || this.#inString) throw new DamagedFile('its JSON is cut off');
    if (!this.#sawRecords) throw new DamagedFile('it has no "Records", and so is no log file of CloudTrail');
  }

  #beginString(): void {
    this.#inString = true;
    if (this.#depth === 0) throw new DamagedFile('it is no JSON');
    if (this.#depth === 1) this.#name = [];
  }

  #takeOfString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === backslash) this.#escaped = true;
    else if (byte === quote) {
      this.#inString = false;
      return;
    }
    if (this.#depth === 1 && this.#name.length < 16) this.#name.push(byte);
  }

  /** True where a record begins. */
  #opens(byte: number): boolean {
    if (this.#depth === 0 && (byte !== openBrace || this.#sawRoot))
      throw new DamagedFile('it is no log file of CloudTrail');
    if (this.#depth === 1 && byte === openBracket && String.fromCharCode(...this.#name) === 'Records') {
      this.#inRecords = true;
      this.#sawRecords = true;
    }
    this.#sawRoot = true;
    this.#open[this.#depth++] = byte;
    this.#inRecord ||= this.#inRecords && this.#depth === 3 && byte === openBrace;
    return this.#inRecord && this.#depth === 3;
  }

  /** True where a record ends. */
  #closes(byte: number): boolean {
    if (this.#depth === 0 || this.#open[--this.#depth] !== byte - 2)
      throw new DamagedFile('its JSON is not well-formed');
    if (this.#depth === 1) this.#inRecords = false;
    return this.#inRecord && this.#depth === 2;
  }

  #end(last: Buffer): void {
    this.#inRecord = false;
    const record = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#length = 0;
    this.#onRecord(record);
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > longestRecord)
      throw new DamagedFile(`it has a record of more than ${longestRecord / 1024 / 1024} MiB`);
    this.#parts.push(part);
  }

  #refuseOutside(byte: number): void {
    // A byte order mark may stand before everything.
    if (this.#sawRoot || ![0xef, 0xbb, 0xbf].includes(byte)) throw new DamagedFile('it is no JSON');
  }
}
