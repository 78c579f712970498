/** Breaks text into lines by the columns that a terminal needs for it. */
import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();

/** Japanese and Chinese marks that no line begins with. */
const neverFirst = /^[、。，．・：；！？）」』】〕］｝〉》ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ]/;

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
  const columns = stringWidth(word);
  if (columns === word.length) return columns <= width ? [{ text: word, columns }] : cut(word, width);
  return runsOf(word).flatMap((run) => {
    const size = stringWidth(run);
    return size <= width ? [{ text: run, columns: size }] : cut(run, width);
  });
}

/** Single wide characters (with the marks that must follow them), and what stands between them. */
function runsOf(word: string): string[] {
  const runs: string[] = [];
  let afterWide = true;
  for (const { segment, size } of sized(word)) {
    const wide = size > 1;
    const joins = runs.length > 0 && (wide ? neverFirst.test(segment) : !afterWide);
    if (joins) runs.push(`${runs.pop()}${segment}`);
    else runs.push(segment);
    afterWide = wide;
  }
  return runs;
}

/** Cuts what is wider than the line. */
function cut(word: string, width: number): Omit<Piece, 'gap'>[] {
  const parts: Omit<Piece, 'gap'>[] = [];
  let text = '';
  let columns = 0;
  for (const { segment, size } of sized(word)) {
    if (text !== '' && columns + size > width) {
      const kept = breakAfter(text);
      parts.push({ text: kept, columns: stringWidth(kept) });
      text = text.slice(kept.length);
      columns = stringWidth(text);
    }
    text += segment;
    columns += size;
  }
  return [...parts, { text, columns }];
}

/** What a reader sees as one character, with its columns; printable ASCII needs no measuring. */
function sized(word: string): { segment: string; size: number }[] {
  if (/^[!-~]*$/.test(word)) return Array.from(word, (segment) => ({ segment, size: 1 }));
  return Array.from(graphemes.segment(word), ({ segment }) => ({ segment, size: stringWidth(segment) }));
}

/** The text up to its last mark that parts names (`/`, `:`, `,`, `=`, `&`) where that is in its second half. */
function breakAfter(text: string): string {
  const end = Math.max(...['/', ':', ',', '=', '&'].map((mark) => text.lastIndexOf(mark))) + 1;
  return end > text.length / 2 ? text.slice(0, end) : text;
}
