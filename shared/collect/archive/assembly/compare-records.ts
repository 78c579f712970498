/** Compares records with patterns: records in which some bytes may be others. */
import { window } from './window';

export const mostPatterns: i32 = 512;
/** No pattern is longer, nor shorter than a vector of 16 bytes. */
export const patternBytes: i32 = 4096;
/** For each pattern its bytes, then for each of them all bits where it must be the same, none where it may be another. */
export const patterns: usize = memory.data(mostPatterns * 2 * patternBytes, 16);

const firstPrintable: u8 = 0x20;
const quote: u8 = 0x22;
const backslash: u8 = 0x5c;
const closeBraces: u64 = 0x7d7d7d7d7d7d7d7d;
/** Carries each bit into many higher ones. */
const oddFactor: u64 = 0x9e3779b97f4a7c15;

/** A hash of the bytes before the first brace that closes, eight at a time: in records, those that tell who called. */
export function hashCaller(from: i32, to: i32): i32 {
  let hash: u64 = 0;
  for (let at = from; at + 8 <= to; at += 8) {
    const bytes = load<u64>(window + at);
    if (holdsZero(bytes ^ closeBraces)) break;
    hash = (hash ^ bytes) * oddFactor;
    hash ^= hash >> 32;
  }
  return <i32>hash;
}

/** Whether one of the eight bytes is zero. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function holdsZero(bytes: u64): bool {
  return ((bytes - 0x0101010101010101) & ~bytes & 0x8080808080808080) != 0;
}

/** Whether the record at `from` has the bytes of the pattern, and where they may be others such as end no string. */
export function isLike(pattern: i32, from: i32, length: i32): bool {
  const record = window + from;
  const bytes = patterns + pattern * 2 * patternBytes;
  for (let at = 0; at < length - 16; at += 16) if (differs(record, bytes, at)) return false;
  return !differs(record, bytes, length - 16);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function differs(record: usize, bytes: usize, at: i32): bool {
  const here = v128.load(record + at);
  const mustBeSame = v128.load(bytes + patternBytes + at);
  const other = v128.and(v128.xor(here, v128.load(bytes + at)), mustBeSame);
  const special = v128.or(
    i8x16.lt_u(here, i8x16.splat(firstPrintable)),
    v128.or(i8x16.eq(here, i8x16.splat(quote)), i8x16.eq(here, i8x16.splat(backslash))),
  );
  return v128.any_true(v128.or(other, v128.andnot(special, mustBeSame)));
}
