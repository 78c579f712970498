/** A text of the cloud or of a stranger as part of a sentence: one line, without control characters, at most `most` long. */
export function oneLine(text: string, most = 400): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
