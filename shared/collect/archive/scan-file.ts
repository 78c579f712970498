/** Scans one log file: decompresses it, and finds the records that matter. */
import { DamagedFile } from './damaged-file.ts';
import { makeElementFinder, type ElementFinder } from './element-finder.ts';
import { FileDecoder, type Content, type DecodedSizes } from './file-decoder.ts';
import type { Inflater } from './inflater.ts';
import { KnownRecords } from './known-records.ts';
import { RecordCutter } from './record-cutter.ts';
import type { Hit, JsonObject, Search } from './search.ts';
import { NeedsLongWay, Window } from './window.ts';

/** Takes what is found in one file, of which nothing counts before the file has proven to be whole. */
export interface Sink<Found> {
  add(hit: Hit<Found>): void;
}

export interface ScannedFile<FileSink> extends DecodedSizes {
  sink: FileSink;
}

export interface FileScannerOptions {
  inflater?: Inflater;
  /** At most 256 KiB. */
  windowBytes?: number;
  /** Null where this machine has none. */
  finder?: ElementFinder | null;
}

/** Of the text on the long way. */
const pieceBytes = 64 * 1024;

/** Scans files one after the other, with the same memory for all. */
export class FileScanner<Found> {
  readonly #search: Search<Found>;
  readonly #tokens: readonly Buffer[];
  readonly #decoder: FileDecoder;
  /** Null where this machine cannot look at bytes in the quick way. */
  readonly #window: Window | null;
  readonly #piece = Buffer.allocUnsafeSlow(pieceBytes);
  #sink: Sink<Found> | null = null;

  constructor(search: Search<Found>, options: FileScannerOptions = {}) {
    this.#search = search;
    this.#tokens = search.tokens.map((text) => Buffer.from(`"${text}"`));
    this.#decoder = new FileDecoder(options.inflater);
    const { finder = makeElementFinder(search.tokens) } = options;
    this.#window = finder && this.#windowOf(finder, options.windowBytes);
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
    const sizes = this.#decoder.decode(content, window);
    window.finish();
    return { ...sizes, sink };
  }

  #windowOf(finder: ElementFinder, bytes: number | undefined): Window {
    const known = new KnownRecords<Found>(finder.patterns);
    return new Window(finder, (text, from, to) => this.#take(known, text, { from, to }), bytes);
  }

  #take(known: KnownRecords<Found>, bytes: Buffer, { from, to }: { from: number; to: number }): void {
    const again = known.recall(bytes, from, to);
    if (again) return this.#sink?.add(again);
    const record = parseRecord(bytes, from, to);
    const found = this.#search.read(record);
    if (found === null) return;
    known.remember(bytes, { from, to, record, isTextFixed: this.#search.readsText(found) }, found);
    this.#sink?.add({ found, values: null });
  }

  #scanSlowly<FileSink extends Sink<Found>>(content: Content, sink: FileSink): ScannedFile<FileSink> {
    const cutter = new RecordCutter((bytes) => {
      const record = parseWithToken(bytes, this.#tokens);
      const found = record && this.#search.read(record);
      if (found !== null) sink.add({ found, values: null });
    });
    const sizes = this.#decoder.decode(content, {
      room: () => this.#piece,
      filled: (length) => cutter.push(this.#piece.subarray(0, length)),
    });
    cutter.finish();
    return { ...sizes, sink };
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
