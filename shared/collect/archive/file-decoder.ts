/** Reads log files one after the other, decompressed where they are compressed, with the same memory for all. */
import { closeSync, openSync, readSync } from 'node:fs';
import { DamagedFile } from './damaged-file.ts';
import { checkExpansion, makeInflater, type Inflater, type Output } from './inflater.ts';

/** Where the bytes are: on disk, or at hand. */
export type Content = { path: string } | { bytes: Uint8Array };

/** Bytes as they lie there, and bytes of JSON. */
export interface DecodedSizes {
  storedBytes: number;
  jsonBytes: number;
}

const inputBytes = 256 * 1024;
const firstOfGzip = 0x1f;

export class FileDecoder implements Output {
  readonly #inflater: Inflater;
  readonly #input = Buffer.allocUnsafeSlow(inputBytes);
  #output: Output | null = null;
  #storedBytes = 0;
  #jsonBytes = 0;
  /** Null before the first byte: many tools decompress without changing the name. */
  #isGzip: boolean | null = null;

  constructor(inflater: Inflater = makeInflater()) {
    this.#inflater = inflater;
  }

  /** Gives the text of a file to the output. @throws {DamagedFile} */
  decode(content: Content, output: Output): DecodedSizes {
    this.#output = output;
    this.#storedBytes = this.#jsonBytes = 0;
    this.#isGzip = null;
    this.#inflater.reset(); // the file before it may have been left half-way
    if ('path' in content) this.#decodeFile(content.path);
    else this.#push(asBuffer(content.bytes), true);
    return { storedBytes: this.#storedBytes, jsonBytes: this.#jsonBytes };
  }

  room(): Buffer {
    return (this.#output as Output).room();
  }

  filled(length: number): void {
    this.#jsonBytes += length;
    checkExpansion(this.#storedBytes, this.#jsonBytes);
    (this.#output as Output).filled(length);
  }

  #decodeFile(path: string): void {
    const input = this.#input;
    const file = openSync(path, 'r');
    try {
      for (let length = input.length; length === input.length;) {
        length = readSync(file, input);
        this.#push(input.subarray(0, length), length < input.length); // of a regular file, only the end is read in part
      }
    } finally {
      closeSync(file);
    }
  }

  #push(part: Buffer, isLast: boolean): void {
    if (this.#isGzip === null && part.length === 0) throw new DamagedFile('it is empty');
    this.#isGzip ??= part[0] === firstOfGzip;
    this.#storedBytes += part.length;
    if (this.#isGzip) this.#inflater.inflate(part, isLast, this);
    else copy(part, this);
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function copy(part: Buffer, output: Output): void {
  for (let from = 0; from < part.length;) {
    const copied = part.copy(output.room(), 0, from);
    output.filled(copied);
    from += copied;
  }
}
