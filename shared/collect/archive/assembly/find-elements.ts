/**
 * Finds the elements of `Records` that hold a token. It looks at every byte, 64 at a time, and tells strings from structure
 * as simdjson does (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019): so it knows exactly where each
 * element begins and ends, whatever stands in it. The state between two calls is that after the last byte walked.
 */
import { blockBytes, window, windowBytes } from './window';

/** No element that holds a token is shorter: `{"x":"token"}`. */
const shortestFound: i32 = 8;
/** What `walk` found: for each element where it begins and where it ends, as offsets in the window. */
export const found: usize = memory.data((windowBytes / shortestFound) * 8, 16);

export const mostTokens: i32 = 4;
export const tokenBytes: i32 = 64;
/** The tokens that are sought: for each of them its length, then its bytes. */
export const tokens: usize = memory.data(mostTokens * tokenBytes, 16);
let tokenCount: i32 = 0;

const quote: u8 = 0x22;
const backslash: u8 = 0x5c;
const colon: u8 = 0x3a;
const openBracket: u8 = 0x5b;
const openBrace: u8 = 0x7b;
const closeBrace: u8 = 0x7d;
/** With this bit `[` and `]` are `{` and `}`, and no other byte of JSON's structure becomes one of them. */
const braceBit: u8 = 0x20;

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

/** `"Records"`. */
const recordsKey: usize = memory.data<u8>([0x22, 0x52, 0x65, 0x63, 0x6f, 0x72, 0x64, 0x73, 0x22]);
const recordsKeyBytes: i32 = 9;
/** The byte order mark of UTF-8. */
const mark: usize = memory.data<u8>([0xef, 0xbb, 0xbf]);
const markBytes: i32 = 3;

/**
 * Begins with a new text, of which the window holds what comes before `end`. Returns where the elements of `Records` begin,
 * if nothing else precedes them; -1 otherwise.
 */
export function begin(end: i32, sought: i32): i32 {
  tokenCount = sought;
  depth = withinRecords;
  insideString = 0;
  escapesNext = 0;
  openElement = -1;
  behindRecords = -1;
  let at = memory.compare(window, mark, markBytes) == 0 ? markBytes : 0;
  at = behind(openBrace, at, end);
  at = skipBlanks(at, end);
  if (at < 0 || memory.compare(window + at, recordsKey, recordsKeyBytes) != 0) return -1;
  at = behind(colon, at + recordsKeyBytes, end);
  return behind(openBracket, at, end);
}

/** Whether the text, which ends at `end`, ends as a whole one does: behind `Records` only the object that holds it ends. */
export function isWhole(end: i32): bool {
  return behindRecords >= 0 && skipBlanks(behind(closeBrace, behindRecords, end), end) == end;
}

/** The place behind the byte, which only white space precedes; -1 where it does not come next. */
function behind(byte: u8, from: i32, end: i32): i32 {
  const at = skipBlanks(from, end);
  return at >= 0 && at < end && load<u8>(window + at) == byte ? at + 1 : -1;
}

/** The first place that holds no white space of JSON; a negative one stays as it is. */
function skipBlanks(from: i32, end: i32): i32 {
  let at = from;
  while (at >= 0 && at < end && isBlank(load<u8>(window + at))) at++;
  return at;
}

function isBlank(byte: u8): bool {
  return byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d;
}

/** Walks what is left of a text that ends at `end`. */
export function walkLast(from: i32, end: i32): i32 {
  memory.fill(window + end, 0, blockBytes);
  return walk(from, end);
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
  if (escapesNext != 0 || holdsByte(a, b, c, d, backslash))
    quotes &= ~escapedBy(whereEqual(a, b, c, d, backslash));
  const strings = oddBefore(quotes) ^ insideString;
  insideString = <u64>(<i64>strings >> 63);
  return strings;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function whereEqual(a: v128, b: v128, c: v128, d: v128, byte: u8): u64 {
  const wanted = i8x16.splat(byte);
  return bitsOf(i8x16.eq(a, wanted), i8x16.eq(b, wanted), i8x16.eq(c, wanted), i8x16.eq(d, wanted));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function holdsByte(a: v128, b: v128, c: v128, d: v128, byte: u8): bool {
  const wanted = i8x16.splat(byte);
  const first = v128.or(i8x16.eq(a, wanted), i8x16.eq(b, wanted));
  return v128.any_true(v128.or(first, v128.or(i8x16.eq(c, wanted), i8x16.eq(d, wanted))));
}

/** The highest bit of each byte. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function bitsOf(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a)) |
    (<u64>(<u32>i8x16.bitmask(b)) << 16) |
    (<u64>(<u32>i8x16.bitmask(c)) << 32) |
    (<u64>(<u32>i8x16.bitmask(d)) << 48)
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
  for (let at = from; at + length <= to; at += blockBytes) {
    const block = window + at + length - 5;
    const a = v128.and(i8x16.eq(v128.load(block), rare), i8x16.eq(v128.load(block, 4), last));
    const b = v128.and(i8x16.eq(v128.load(block, 16), rare), i8x16.eq(v128.load(block, 20), last));
    const c = v128.and(i8x16.eq(v128.load(block, 32), rare), i8x16.eq(v128.load(block, 36), last));
    const d = v128.and(i8x16.eq(v128.load(block, 48), rare), i8x16.eq(v128.load(block, 52), last));
    if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) continue;
    for (let bits = bitsOf(a, b, c, d); bits != 0; bits &= bits - 1) {
      const place = at + <i32>ctz(bits);
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
