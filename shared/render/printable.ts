/** Makes text that strangers wrote safe to show: what cannot be seen, or moves what can, becomes its escape. */

/**
 * Control characters (also those of terminals), bidirectional marks, zero-width and other ignorable characters,
 * line separators, halves of surrogate pairs, and code points that XML forbids. The two variation selectors that only
 * choose the look of an emoji stay.
 */
const unseen =
  /(?![\uFE0E\uFE0F])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

const shortEscapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text as one line: line breaks are escaped too. Nothing is dropped: a value may differ by just what is unseen. */
export function printableLine(text: string): string {
  return text.replaceAll(unseen, escape);
}

/** Text whose line breaks (`\n`) stay. In JSON the escapes leave the value what it was. */
export function printableLines(text: string): string {
  return text.replaceAll(unseen, (char) => (char === '\n' ? char : escape(char)));
}

/** As JSON and JavaScript write it, one `\uXXXX` for each UTF-16 unit. */
function escape(char: string): string {
  const short = shortEscapes[char];
  if (short) return short;
  return Array.from({ length: char.length }, (_, index) => unit(char.charCodeAt(index))).join('');
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
