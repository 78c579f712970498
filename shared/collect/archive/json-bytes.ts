/**
 * Finds its way in the bytes of JSON text without parsing it. A position is structural where it lies outside of all
 * strings; from one structural position both directions can be walked exactly, since a quote within a string always has
 * an odd number of backslashes before it.
 */

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Whether the byte is white space of JSON. */
export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The index of the last byte before `from` that is no white space; less than `begin` where there is none. */
export function beforeBlanks(bytes: Uint8Array, from: number, begin: number): number {
  let index = from - 1;
  while (index >= begin && isBlank(bytes[index])) index--;
  return index;
}

/** The index of the quote that ends the string whose content begins at `from`; `end` where it does not end before. */
export function closingQuote(bytes: Uint8Array, from: number, end: number): number {
  for (let index = from; index < end; index++) {
    const byte = bytes[index];
    if (byte === quote) return index;
    if (byte === backslash) index++;
  }
  return end;
}

/** The index of the quote that begins the string whose last quote is at `last`; `begin - 1` where it begins before. */
function openingQuote(bytes: Uint8Array, last: number, begin: number): number {
  for (let index = last - 1; index >= begin; index--) {
    if (bytes[index] === quote && backslashesBefore(bytes, index, begin) % 2 === 0) return index;
  }
  return begin - 1;
}

function backslashesBefore(bytes: Uint8Array, index: number, begin: number): number {
  let count = 0;
  while (index - count - 1 >= begin && bytes[index - count - 1] === backslash) count++;
  return count;
}

/** The brace of the object that holds the structural position; -1 where an array holds it, or it opens before `begin`. */
export function openingBrace(bytes: Uint8Array, position: number, begin: number): number {
  let depth = 0;
  for (let index = position - 1; index >= begin; index--) {
    const byte = bytes[index];
    if (byte === quote) index = openingQuote(bytes, index, begin);
    else if (byte === closeBrace || byte === closeBracket) depth++;
    else if (byte === openBrace || byte === openBracket) {
      if (depth === 0) return byte === openBrace ? index : -1;
      depth--;
    }
  }
  return -1;
}

/** What a byte can be outside of strings; everything else cannot stand there in valid JSON. */
const impossible = 0;
const filler = 1;
const kinds = new Uint8Array(256).fill(impossible);
for (const character of ' \t\r\n:,+-.0123456789Etruefalsn') kinds[character.charCodeAt(0)] = filler;
for (const byte of [quote, openBrace, closeBrace, openBracket, closeBracket]) kinds[byte] = byte;

/** What has to close, innermost last, while `closingOf` walks: it is called for every array, and must not allocate. */
const closers = new Uint8Array(1024);

/**
 * Walks from an opening brace or bracket to the one that closes it, as though it were structural. Returns its index;
 * `end` where it does not close before, or nests too deep; `~index` (less than 0) where a byte at `index` proves that it is not structural
 * but stands in a string, the text being valid JSON.
 */
export function closingOf(bytes: Uint8Array, open: number, end: number): number {
  let depth = 0;
  for (let index = open; index < end; index++) {
    const byte = bytes[index] as number;
    const kind = kinds[byte];
    if (kind === filler) continue;
    if (kind === quote) {
      index = closingQuote(bytes, index + 1, end);
    } else if (kind === openBrace || kind === openBracket) {
      if (depth === closers.length) return end;
      closers[depth++] = byte + 2; // the closing one of either pair comes two characters later
    } else if (kind === impossible || closers[--depth] !== byte) {
      return ~index;
    } else if (depth === 0) return index;
  }
  return end;
}
