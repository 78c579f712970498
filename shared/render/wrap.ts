/** Breaks and fills text by the columns that a terminal needs for it. */
import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();

/** Marks that no line begins with (kinsoku), those of Latin text where they follow a wide character. */
const neverFirst =
  /^[、。，．・：；！？）」』】〕］｝〉》〟’”…‥ー〜々〻ゝゞヽヾぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ)\]},.:;!?%]/;

/** Marks that no line ends with. */
const neverLast = /[（「『【〔［｛〈《〝‘“([{]$/;

/** What may not be broken further. */
interface Piece {
  text: string;
  columns: number;
  /** Spaces before it. */
  gap: number;
}

/**
 * Lines of at most `width` columns (East Asian wide characters take two). Breaks at spaces and beside wide
 * characters; a word that is wider than the line is cut, after a slash, colon or comma if there is one. Line breaks
 * and indents in the text stay.
 */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, width));
}

/** Columns that a terminal needs for a line of text. */
export function columnsOf(text: string): number {
  return isPlain(text.replaceAll(' ', '')) ? text.length : stringWidth(text);
}

/** The text with spaces behind it, so many columns wide. */
export function padColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

function wrapLine(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const { text: piece, columns, gap } of piecesOf(text, width)) {
    const breaks = line !== '' && used + gap + columns > width;
    if (breaks) lines.push(line);
    const space = breaks || (line === '' && gap + columns > width) ? 0 : gap;
    line = (breaks ? '' : line) + ' '.repeat(space) + piece;
    used = (breaks ? 0 : used) + space + columns;
  }
  return [...lines, line];
}

function piecesOf(text: string, width: number): Piece[] {
  return [...text.matchAll(/( *)([^ ]+)/g)].flatMap(([, gap = '', word = '']) =>
    split(word, width).map((piece, index) => ({ ...piece, gap: index === 0 ? gap.length : 0 })),
  );
}

function split(word: string, width: number): Omit<Piece, 'gap'>[] {
  if (word.length <= width && isPlain(word)) return [{ text: word, columns: word.length }];
  return runsOf(word).flatMap((run) => {
    const columns = sumOf(run);
    return columns <= width ? [{ text: textOf(run), columns }] : cut(run, width);
  });
}

/** What a reader sees as one character. */
interface Character {
  text: string;
  columns: number;
}

/** Single wide characters (with the marks that must stand beside them), and what stands between them. */
function runsOf(word: string): Character[][] {
  const runs: Character[][] = [];
  let afterWide = true;
  let opened = false;
  for (const character of charactersOf(word)) {
    const wide = character.columns > 1;
    const joins = opened || neverFirst.test(character.text) || (!wide && !afterWide);
    const last = runs.at(-1);
    if (joins && last) last.push(character);
    else runs.push([character]);
    afterWide = wide;
    opened = neverLast.test(character.text);
  }
  return runs;
}

/** Cuts what is wider than the line. */
function cut(characters: Character[], width: number): Omit<Piece, 'gap'>[] {
  const parts: Character[][] = [];
  let part: Character[] = [];
  let columns = 0;
  for (const character of characters) {
    if (part.length > 0 && columns + character.columns > width) {
      const end = breakAfter(part);
      parts.push(part.slice(0, end));
      part = part.slice(end);
      columns = sumOf(part);
    }
    part.push(character);
    columns += character.columns;
  }
  return [...parts, part].map((kept) => ({ text: textOf(kept), columns: sumOf(kept) }));
}

/** Measuring is slow: plain words need none, and others only once for each character. */
function charactersOf(word: string): Character[] {
  if (isPlain(word)) return Array.from(word, (text) => ({ text, columns: 1 }));
  const known = new Map<string, Character>();
  return Array.from(graphemes.segment(word), ({ segment: text }) => {
    const character = known.get(text) ?? { text, columns: stringWidth(text) };
    known.set(text, character);
    return character;
  });
}

/** Whether every letter is printable ASCII, and so takes one column. */
function isPlain(word: string): boolean {
  return /^[!-~]*$/.test(word);
}

/** Where to cut: after the last mark that parts names, where that is in the second half; else at the end. */
function breakAfter(part: Character[]): number {
  const end = part.findLastIndex(({ text }) => '/:,=&'.includes(text)) + 1;
  return end > part.length / 2 ? end : part.length;
}

function sumOf(characters: Character[]): number {
  return characters.reduce((sum, { columns }) => sum + columns, 0);
}

function textOf(characters: Character[]): string {
  return characters.map(({ text }) => text).join('');
}
