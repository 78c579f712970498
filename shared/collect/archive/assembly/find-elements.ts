/**
 * Finds the elements of `Records` that hold a token, in AssemblyScript: `npm run generate` compiles it to WebAssembly. It
 * looks at every byte, 64 at a time, and tells strings from structure as simdjson does (Langdale and Lemire, "Parsing
 * Gigabytes of JSON per Second", 2019): so it knows exactly where each element begins and ends, whatever stands in it.
 * Text is read through a window, and the state between two calls is that after the last byte that was walked.
 */

/** Bytes of text that the window holds at most. */
export const windowBytes: i32 = 256 * 1024;
export const blockBytes: i32 = 64;
/** The last block and the last token may be read beyond the end of the text. */
export const window: usize = memory.data(windowBytes + 4 * blockBytes, 16);

/** No element that holds a token is shorter: `{"x":"token"}`. */
const shortestFound: i32 = 8;
/** What `walk` found: for each element where it begins and where it ends, as offsets in the window. */
export const found: usize = memory.data((windowBytes / shortestFound) * 8, 16);

export const mostTokens: i32 = 4;
export const tokenBytes: i32 = 64;
/** The tokens that are sought: for each of them its length, then its bytes. */
export const tokens: usize = memory.data(mostTokens * tokenBytes, 16);
let tokenCount: i32 = 0;

const quote: i8 = 0x22;
const backslash: i8 = 0x5c;
const openBrace: i8 = 0x7b;
const closeBrace: i8 = 0x7d;
/** With this bit `[` and `]` are `{` and `}`, and no other byte of JSON's structure becomes one of them. */
const braceBit: i8 = 0x20;

/** How deep the elements of `Records` lie: within its array, within the object. */
const withinRecords: i32 = 2;

let depth: i32 = 0;
/** All bits where the last byte stood within a string; none where not. */
let insideString: u64 = 0;
/** The lowest bit where the last byte was a backslash that escapes the next. */
let escapesNext: u64 = 0;
/** Where the element that has not ended begins; -1 where there is none. */
let openElement: i32 = -1;
/** The first byte behind the end of `Records`; -1 before that. */
let behindRecords: i32 = -1;

/** Begins with a new text, of which what comes first is the first element of `Records`. */
export function begin(sought: i32): void {
  tokenCount = sought;
  depth = withinRecords;
  insideString = 0;
  escapesNext = 0;
  openElement = -1;
  behindRecords = -1;
}

/** Walks whole blocks of the window, from `from` to at least `to`, and returns how many elements it found. */
export function walk(from: i32, to: i32): i32 {
  let count = 0;
  for (let at = from; at < to; at += blockBytes) {
    const block = window + at;
    const a = v128.load(block);
    const b = v128.load(block, 16);
    const c = v128.load(block, 32);
    const d = v128.load(block, 48);
    const strings = stringsIn(a, b, c, d);
    const bracketA = v128.or(a, i8x16.splat(braceBit));
    const bracketB = v128.or(b, i8x16.splat(braceBit));
    const bracketC = v128.or(c, i8x16.splat(braceBit));
    const bracketD = v128.or(d, i8x16.splat(braceBit));
    const opens = whereEqual(bracketA, bracketB, bracketC, bracketD, openBrace) & ~strings;
    const closes = whereEqual(bracketA, bracketB, bracketC, bracketD, closeBrace) & ~strings;
    const lowest = depth - <i32>popcnt(closes);
    if (lowest > withinRecords) depth = lowest + <i32>popcnt(opens);
    else count = takeBrackets(at, opens, closes, count);
  }
  return count;
}

/** Bits of the bytes that stand within strings, opening quotes included. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function stringsIn(a: v128, b: v128, c: v128, d: v128): u64 {
  let quotes = whereEqual(a, b, c, d, quote);
  const backslashes = whereEqual(a, b, c, d, backslash);
  if ((backslashes | escapesNext) != 0) quotes &= ~escapedBy(backslashes);
  const strings = oddBefore(quotes) ^ insideString;
  insideString = <u64>(<i64>strings >> 63);
  return strings;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function whereEqual(a: v128, b: v128, c: v128, d: v128, byte: i8): u64 {
  const wanted = i8x16.splat(byte);
  return (
    <u64>(<u32>i8x16.bitmask(i8x16.eq(a, wanted))) |
    (<u64>(<u32>i8x16.bitmask(i8x16.eq(b, wanted))) << 16) |
    (<u64>(<u32>i8x16.bitmask(i8x16.eq(c, wanted))) << 32) |
    (<u64>(<u32>i8x16.bitmask(i8x16.eq(d, wanted))) << 48)
  );
}

const evenBits: u64 = 0x5555555555555555;

/** Bits of the bytes that a backslash escapes: those behind an odd number of backslashes. */
function escapedBy(backslashes: u64): u64 {
  const escaping = backslashes & ~escapesNext;
  const follows = (escaping << 1) | escapesNext;
  const oddStarts = escaping & ~evenBits & ~follows;
  const sum = oddStarts + escaping;
  escapesNext = sum < escaping ? 1 : 0;
  return (evenBits ^ (sum << 1)) & follows;
}

/** Each bit says whether the number of bits up to it is odd. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function oddBefore(bits: u64): u64 {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  bits ^= bits << 16;
  return bits ^ (bits << 32);
}

/** Takes the brackets of a block one by one, for elements may begin or end among them. */
function takeBrackets(at: i32, opens: u64, closes: u64, count: i32): i32 {
  for (let brackets = opens | closes; brackets != 0; brackets &= brackets - 1) {
    const index = <i32>ctz(brackets);
    const place = at + index;
    if ((opens >> index) & 1) {
      if (depth == withinRecords && load<u8>(window + place) == openBrace) openElement = place;
      depth++;
    } else if (--depth == withinRecords && openElement >= 0) {
      if (holdsToken(openElement, place + 1)) {
        store<i32>(found + count * 8, openElement);
        store<i32>(found + count * 8, place + 1, 4);
        count++;
      }
      openElement = -1;
    } else if (depth < withinRecords && behindRecords < 0) behindRecords = place + 1;
  }
  return count;
}

function holdsToken(from: i32, to: i32): bool {
  for (let index = 0; index < tokenCount; index++) {
    const token = tokens + index * tokenBytes;
    if (holds(from, to, load<i32>(token), token + 4)) return true;
  }
  return false;
}

/** Looks for the fifth byte from the end and the last at once: the end of a name in camel case is rare. */
function holds(from: i32, to: i32, length: i32, bytes: usize): bool {
  const rare = i8x16.splat(load<i8>(bytes + length - 5));
  const last = i8x16.splat(load<i8>(bytes + length - 1));
  for (let at = from; at + length <= to; at += 16) {
    const block = window + at + length - 5;
    const same = v128.and(i8x16.eq(v128.load(block), rare), i8x16.eq(v128.load(block, 4), last));
    for (let bits = i8x16.bitmask(same); bits != 0; bits &= bits - 1) {
      const place = at + ctz(bits);
      if (place + length <= to && memory.compare(window + place, bytes, length) == 0) return true;
    }
  }
  return false;
}

/**
 * Where the bytes begin that are still needed once those before `walked` were: from now on they count as moved to the
 * front of the window.
 */
export function keepFrom(walked: i32): i32 {
  const from = behindRecords >= 0 ? behindRecords : openElement >= 0 ? openElement : walked;
  if (openElement >= 0) openElement -= from;
  if (behindRecords >= 0) behindRecords = 0;
  return from;
}

/** The first byte behind the end of `Records`; -1 before that. */
export function endOfRecords(): i32 {
  return behindRecords;
}
