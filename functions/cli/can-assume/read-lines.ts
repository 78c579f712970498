/** Lines of a stream, one at a time, in constant memory. */
import { StringDecoder } from 'node:string_decoder';

/** A line, or that it was too long to be held. */
export type Line = { text: string } | { tooLong: true };

/**
 * Yields each line without its end (`\n` or `\r\n`) and without a byte order mark; the last needs no end. The stream is
 * read only as fast as the lines are taken. A line of more than `limit` characters is passed over and said to be so.
 */
export async function* readLines(
  stream: AsyncIterable<Buffer | string>,
  limit = 16 * 1024 * 1024,
): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let tooLong = false;
  let first = true;
  for await (const chunk of stream) {
    const parts = (typeof chunk === 'string' ? chunk : decoder.write(chunk)).split('\n');
    for (const [index, part] of parts.entries()) {
      if (index > 0) {
        yield finish(rest, tooLong, first);
        [rest, tooLong, first] = ['', false, false];
      }
      tooLong ||= rest.length + part.length > limit;
      rest = tooLong ? '' : rest + part;
    }
  }
  rest += decoder.end();
  if (rest !== '' || tooLong) yield finish(rest, tooLong, first);
}

function finish(text: string, tooLong: boolean, first: boolean): Line {
  if (tooLong) return { tooLong };
  const line = first && text.startsWith('\ufeff') ? text.slice(1) : text;
  return { text: line.endsWith('\r') ? line.slice(0, -1) : line };
}
