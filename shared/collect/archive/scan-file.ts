/** Scans one log file: decompresses it, and finds the records that matter. */
import { closeSync, openSync, readSync } from 'node:fs';
import { DamagedFile } from './damaged-file.ts';
import { makeElementFinder } from './element-finder.ts';
import { checkExpansion, makeInflater, type Inflater, type Output } from './inflater.ts';
import { KnownRecords } from './known-records.ts';
import { RecordCutter } from './record-cutter.ts';
import type { Hit, JsonObject, Search } from './search.ts';
import { NeedsLongWay, Window } from './window.ts';

/** Where the bytes are: on disk, or at hand. */
export type Content = { path: string } | { bytes: Uint8Array };

/** Takes what is found in one file, of which nothing counts before the file has proven to be whole. */
export interface Sink<Found> {
  add(hit: Hit<Found>): void;
}

export interface ScannedFile<FileSink> {
  /** Bytes as they lie there, and bytes of JSON. */
  storedBytes: number;
  jsonBytes: number;
  sink: FileSink;
}

export interface FileScannerOptions {
  inflater?: Inflater;
  /** At most 256 KiB. */
  windowBytes?: number;
}

const inputBytes = 256 * 1024;
/** Of the text on the long way. */
const pieceBytes = 64 * 1024;

/** Scans files one after the other, with the same memory for all. */
export class FileScanner<Found> {
  readonly #search: Search<Found>;
  readonly #tokens: readonly Buffer[];
  readonly #known = new KnownRecords<Found>();
  readonly #inflater: Inflater;
  /** Null where this machine cannot look at bytes in the quick way. */
  readonly #window: Window | null;
  readonly #piece = Buffer.allocUnsafeSlow(pieceBytes);
  readonly #input = Buffer.allocUnsafeSlow(inputBytes);
  #sink: Sink<Found> | null = null;

  constructor(search: Search<Found>, options: FileScannerOptions = {}) {
    this.#search = search;
    this.#tokens = search.tokens.map((text) => Buffer.from(`"${text}"`));
    this.#inflater = options.inflater ?? makeInflater();
    const finder = makeElementFinder(search.tokens);
    this.#window =
      finder && new Window(finder, (bytes, from, to) => this.#take(bytes, from, to), options.windowBytes);
  }

  /**
   * Fills a sink that is made for it; a second one where the file must be read twice.
   * @throws {DamagedFile} where nothing of the file can be trusted.
   */
  scan<FileSink extends Sink<Found>>(content: Content, makeSink: () => FileSink): ScannedFile<FileSink> {
    if (!this.#window) return this.#scanSlowly(content, makeSink());
    try {
      return this.#scanQuickly(content, makeSink(), this.#window);
    } catch (error) {
      if (error instanceof NeedsLongWay) return this.#scanSlowly(content, makeSink());
      throw error;
    }
  }

  #scanQuickly<FileSink extends Sink<Found>>(
    content: Content,
    sink: FileSink,
    window: Window,
  ): ScannedFile<FileSink> {
    this.#sink = sink;
    window.begin();
    const sizes = this.#read(content, window);
    window.finish();
    return { ...sizes, sink };
  }

  #take(bytes: Buffer, from: number, to: number): void {
    const again = this.#known.recall(bytes, from, to);
    if (again) return this.#sink?.add(again);
    const record = parseRecord(bytes, from, to);
    const found = this.#search.read(record);
    if (found === null) return;
    this.#known.remember(bytes, { from, to, record }, found);
    this.#sink?.add({ found, values: null });
  }

  #scanSlowly<FileSink extends Sink<Found>>(content: Content, sink: FileSink): ScannedFile<FileSink> {
    const cutter = new RecordCutter((bytes) => {
      const record = parseWithToken(bytes, this.#tokens);
      const found = record && this.#search.read(record);
      if (found !== null) sink.add({ found, values: null });
    });
    const sizes = this.#read(content, {
      room: () => this.#piece,
      filled: (length) => cutter.push(this.#piece.subarray(0, length)),
    });
    cutter.finish();
    return { ...sizes, sink };
  }

  #read(content: Content, output: Output): { storedBytes: number; jsonBytes: number } {
    const counted = countingOutput(output);
    const decoder = makeDecoder(this.#inflater, counted);
    for (const { part, isLast } of partsOf(content, this.#input)) {
      counted.stored(part.length);
      decoder.push(part, isLast);
    }
    return counted.sizes;
  }
}

/** Where it is none, its brackets belong to something else. @throws {NeedsLongWay} */
function parseRecord(bytes: Buffer, from: number, to: number): JsonObject {
  try {
    return JSON.parse(bytes.toString('utf8', from, to)) as JsonObject;
  } catch {
    throw new NeedsLongWay();
  }
}

function parseWithToken(bytes: Buffer, tokens: readonly Buffer[]): JsonObject | null {
  if (!tokens.some((token) => bytes.includes(token))) return null;
  try {
    return JSON.parse(bytes.toString('utf8')) as JsonObject;
  } catch (error) {
    throw new DamagedFile('a record of it is no JSON', { cause: error });
  }
}

/** The parts of a file, of which only the last may be empty; each is good until the next is asked for. */
function* partsOf(content: Content, input: Buffer): Generator<{ part: Buffer; isLast: boolean }> {
  if ('bytes' in content) {
    const { buffer, byteOffset, byteLength } = content.bytes;
    yield { part: Buffer.from(buffer, byteOffset, byteLength), isLast: true };
    return;
  }
  const file = openSync(content.path, 'r');
  try {
    for (let isLast = false; !isLast;) {
      const length = readSync(file, input);
      isLast = length < input.length; // of a regular file, only the end is read in part
      yield { part: input.subarray(0, length), isLast };
    }
  } finally {
    closeSync(file);
  }
}

function countingOutput(output: Output) {
  const sizes = { storedBytes: 0, jsonBytes: 0 };
  return {
    sizes,
    stored: (length: number) => void (sizes.storedBytes += length),
    room: () => output.room(),
    filled(length: number) {
      sizes.jsonBytes += length;
      checkExpansion(sizes.storedBytes, sizes.jsonBytes);
      output.filled(length);
    },
  };
}

/** Tells by the first bytes whether the file is compressed: many tools decompress without changing the name. */
function makeDecoder(inflater: Inflater, output: Output): { push(part: Buffer, isLast: boolean): void } {
  let isGzip: boolean | null = null;
  inflater.reset(); // the file before it may have been left half-way
  return {
    push(part, isLast) {
      if (isGzip === null && part.length === 0) throw new DamagedFile('it is empty');
      isGzip ??= part[0] === 0x1f;
      if (isGzip) inflater.inflate(part, isLast, output);
      else copy(part, output);
    },
  };
}

function copy(part: Buffer, output: Output): void {
  for (let from = 0; from < part.length;) {
    const copied = part.copy(output.room(), 0, from);
    output.filled(copied);
    from += copied;
  }
}
