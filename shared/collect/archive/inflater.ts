/**
 * Decompresses gzip in the calling thread, into memory that is used again and again: the documented ways of Node
 * (`gunzipSync`, streams) make new buffers all the time, which costs half as much again and lets memory grow.
 */
import { isUint32Array } from 'node:util/types';
import { createGunzip, gunzipSync, constants, type Gunzip, type ZlibReset } from 'node:zlib';
import { DamagedFile } from './damaged-file.ts';

/** What takes the decompressed bytes: it offers room, and is told how much of it was filled. */
export interface Output {
  /** Room for at least one byte. */
  room(): Buffer;
  filled(length: number): void;
}

/**
 * The binding beneath Node's own streams, which many packages use as well. It is not documented, so it is looked for,
 * and `gunzipSync` takes its place where it is gone.
 */
interface Binding {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputFrom: number,
    inputLength: number,
    output: Uint8Array,
    outputFrom: number,
    outputLength: number,
  ): void;
  onerror: (message: string, errno: number, code: string) => void;
}

type Inside = Gunzip & ZlibReset & { _handle?: Partial<Binding> | null; _writeState?: Uint32Array };

export interface Inflater {
  /** Decompresses the next part of a file; `isLast` says that it is the last one. @throws {DamagedFile} */
  inflate(input: Buffer, isLast: boolean, output: Output): void;
  /** Makes ready for another file. */
  reset(): void;
}

/** CloudTrail's files shrink to a tenth, uniform ones to a fiftieth; more than this is made to harm. */
const mostExpansion = 300;
const freeExpansion = 64 * 1024 * 1024;

export function checkExpansion(compressed: number, inflated: number): void {
  if (inflated > freeExpansion && inflated > compressed * mostExpansion) throw expandsTooMuch();
}

function expandsTooMuch(): DamagedFile {
  return new DamagedFile(`it inflates to more than ${mostExpansion} times its size`);
}

export function makeInflater(): Inflater {
  const gunzip = createGunzip() as Inside;
  const { _handle: handle, _writeState: state } = gunzip;
  if (typeof handle?.writeSync === 'function' && isUint32Array(state) && state.length === 2)
    return bindingInflater(gunzip, handle as Binding, state);
  return wholeInflater();
}

function bindingInflater(gunzip: ZlibReset, binding: Binding, state: Uint32Array): Inflater {
  let failure: string | null = null;
  binding.onerror = (message) => (failure = message);
  return {
    inflate(input, isLast, output) {
      const flush = isLast ? constants.Z_FINISH : constants.Z_NO_FLUSH;
      let from = 0;
      for (;;) {
        const room = output.room();
        binding.writeSync(flush, input, from, input.length - from, room, 0, room.length);
        if (failure !== null) throw damaged(failure);
        const [roomLeft = 0, inputLeft = 0] = state;
        from = input.length - inputLeft;
        output.filled(room.length - roomLeft);
        // Only a full room says that there is more to come: behind the end there may be zeroes, which are left.
        if (roomLeft > 0) return;
      }
    },
    reset() {
      failure = null;
      gunzip.reset();
    },
  };
}

/** Holds the whole file in memory. */
export function wholeInflater(): Inflater {
  let parts: Buffer[] = [];
  return {
    inflate(input, isLast, output) {
      parts.push(Buffer.from(input));
      if (!isLast) return;
      const whole = gunzipWhole(Buffer.concat(parts));
      for (let from = 0; from < whole.length;) {
        const copied = whole.copy(output.room(), 0, from);
        output.filled(copied);
        from += copied;
      }
    },
    reset() {
      parts = [];
    },
  };
}

function gunzipWhole(compressed: Buffer): Buffer {
  try {
    return gunzipSync(compressed, { maxOutputLength: freeExpansion + compressed.length * mostExpansion });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw expandsTooMuch();
    throw damaged(message, error);
  }
}

function damaged(message: string, cause?: unknown): DamagedFile {
  const reasons: Record<string, string> = {
    'unexpected end of file': 'its compressed data is cut off',
    'incorrect data check': 'its checksum is wrong',
    'incorrect length check': 'its checksum is wrong',
    'incorrect header check': 'bytes that are no gzip follow its data',
  };
  return new DamagedFile(reasons[message] ?? `its compressed data is damaged (${message})`, { cause });
}
