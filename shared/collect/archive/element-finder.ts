/**
 * Finds the elements of `Records` that hold a string, in the bytes of a log file: every byte is looked at, and none is
 * parsed. The work is done in WebAssembly, of which `assembly/` is the source.
 */
import { assemblyModule } from './assembly-module.ts';

interface Exports {
  memory: WebAssembly.Memory;
  window: WebAssembly.Global<'i32'>;
  windowBytes: WebAssembly.Global<'i32'>;
  blockBytes: WebAssembly.Global<'i32'>;
  found: WebAssembly.Global<'i32'>;
  tokens: WebAssembly.Global<'i32'>;
  tokenBytes: WebAssembly.Global<'i32'>;
  mostTokens: WebAssembly.Global<'i32'>;
  patterns: WebAssembly.Global<'i32'>;
  patternBytes: WebAssembly.Global<'i32'>;
  mostPatterns: WebAssembly.Global<'i32'>;
  begin: (end: number, sought: number) => number;
  walk: (from: number, to: number) => number;
  walkLast: (from: number, end: number) => number;
  keepFrom: (walked: number) => number;
  isWhole: (end: number) => number;
  hashCaller: (from: number, to: number) => number;
  isLike: (pattern: number, from: number, length: number) => number;
}

export interface ElementFinder {
  /** Text is put here. */
  readonly window: Buffer;
  /** How many bytes are walked at a time. */
  readonly blockBytes: number;
  /** Where what `walk` found begins and ends, in pairs. */
  readonly found: Int32Array;
  /**
   * Begins with a new text, of which the window holds what comes before `end`. Returns where the elements of `Records`
   * begin; -1 where something else precedes them.
   */
  begin(end: number): number;
  /** Walks whole blocks of the window; returns how many elements it found. */
  walk: (from: number, to: number) => number;
  /** Walks what is left of a text that ends at `end`. */
  walkLast: (from: number, end: number) => number;
  /** Where the bytes begin that are still needed; they count as moved to the front of the window. */
  keepFrom: (walked: number) => number;
  /** Whether the text, which ends at `end`, ends as a whole one does. */
  isWhole(end: number): boolean;
  readonly patterns: Patterns;
}

/** Records in which some bytes may be others. */
export interface Patterns {
  readonly most: number;
  /** No pattern is longer, nor shorter than 16 bytes. */
  readonly longest: number;
  /** Sets a pattern; the bytes of these places, which end no string, may be others. */
  set(pattern: number, bytes: Uint8Array, places: readonly { from: number; to: number }[]): void;
  /** A hash of who called, in the record of the window; different callers may have the same. */
  hashCaller: (from: number, to: number) => number;
  /** 1 where the bytes of the window from `from` on are like those of the pattern, and as many; 0 where not. */
  isLike: (pattern: number, from: number, length: number) => number;
}

const bytes = Buffer.from(assemblyModule, 'base64');
/** Null where the processor has no vectors for WebAssembly. */
const compiled = WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null;

/** Null where this machine cannot run it: then a log file has to be read the long way. */
export function makeElementFinder(tokens: readonly string[]): ElementFinder | null {
  if (!compiled) return null;
  const inside = new WebAssembly.Instance(compiled).exports as unknown as Exports;
  const { buffer } = inside.memory;
  const capacity = inside.windowBytes.value;
  const blockBytes = inside.blockBytes.value;
  putTokens(inside, tokens);
  return {
    window: Buffer.from(buffer, inside.window.value, capacity),
    blockBytes,
    found: new Int32Array(buffer, inside.found.value, capacity / 4),
    begin: (end) => inside.begin(end, tokens.length),
    walk: inside.walk,
    walkLast: inside.walkLast,
    keepFrom: inside.keepFrom,
    isWhole: (end) => inside.isWhole(end) !== 0,
    patterns: patternsIn(inside),
  };
}

function patternsIn(inside: Exports): Patterns {
  const memory = new Uint8Array(inside.memory.buffer);
  const longest = inside.patternBytes.value;
  return {
    most: inside.mostPatterns.value,
    longest,
    set(pattern, bytes, places) {
      const at = inside.patterns.value + pattern * 2 * longest;
      memory.set(bytes, at);
      memory.fill(0xff, at + longest, at + longest + bytes.length);
      for (const { from, to } of places) memory.fill(0, at + longest + from, at + longest + to);
    },
    hashCaller: inside.hashCaller,
    isLike: inside.isLike,
  };
}

/** Each as a whole string, with its quotes. */
function putTokens({ memory, tokens, tokenBytes, mostTokens }: Exports, sought: readonly string[]): void {
  if (sought.length > mostTokens.value) throw new Error(`Cannot seek more than ${mostTokens.value} strings`);
  const view = new DataView(memory.buffer);
  for (const [index, text] of sought.entries()) {
    const whole = Buffer.from(`"${text}"`);
    if (whole.length < 6 || whole.length > tokenBytes.value - 4)
      throw new Error(`Cannot seek ${text}: only strings of 4 to ${tokenBytes.value - 6} bytes`);
    const place = tokens.value + index * tokenBytes.value;
    view.setInt32(place, whole.length, true);
    new Uint8Array(memory.buffer).set(whole, place + 4);
  }
}
