/** The text that is to be explained: from the arguments, a file, or standard input, piece by piece. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { UserError } from '../user-error.ts';

export interface TextSource {
  pieces: AsyncIterable<string>;
  /** What was given where it looks like the name of a file that is not there; null otherwise. */
  missingFile: string | null;
}

/**
 * Several arguments are one text, as an unquoted paste is; a single one may name a file, and `-` is standard input.
 * @throws {UserError} where there is nothing to read
 */
export async function readText(
  args: readonly string[],
  stdin: NodeJS.ReadableStream & { isTTY?: boolean },
): Promise<TextSource> {
  const [only = ''] = args;
  if (args.length === 0 && stdin.isTTY)
    throw new UserError(
      'Nothing to explain: paste the error as an argument, name a file, or pipe a log into "clusterwhy explain"; see "clusterwhy explain --help"',
    );
  if (args.length === 0 || (args.length === 1 && only === '-'))
    return { pieces: decode(stdin as AsyncIterable<Buffer>, 'standard input'), missingFile: null };
  const file = args.length === 1 ? await fileOf(only) : null;
  if (file?.isDirectory())
    throw new UserError(`Cannot read ${only}: it is a directory; name a file, or pipe its logs`);
  if (args.length > 1) await refuseFiles(args);
  if (file) return { pieces: decode(createReadStream(only), only), missingFile: null };
  return { pieces: once(args.join(' ')), missingFile: args.length === 1 && isFileName(only) ? only : null };
}

/** Several words are one text, in which the names of files would be read as an error. */
async function refuseFiles(args: readonly string[]): Promise<void> {
  for (const name of args)
    if (isFileName(name) && (await fileOf(name)))
      throw new UserError(
        `Cannot read ${name} beside other arguments: name one file, or pipe them all with "cat … | clusterwhy explain"`,
      );
}

/** Null for what names no file, as most texts do. */
async function fileOf(name: string): Promise<Stats | null> {
  try {
    return name.length > 4096 || name.includes('\0') ? null : await stat(name);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL'].includes(code ?? '')) return null;
    throw new UserError(`Cannot read ${name}: ${message}; name a file that you may read`, { cause: error });
  }
}

function isFileName(text: string): boolean {
  return /^[\w./~-]+\.[A-Za-z0-9]{1,6}$|^[\w.~-]*\/[\w./-]+$/.test(text);
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** UTF-8, or UTF-16 with its mark, as PowerShell writes it. What is no text of either becomes U+FFFD. */
async function* decode(chunks: AsyncIterable<Buffer | string>, name: string): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null;
  try {
    for await (const chunk of chunks) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (!decoder && bytes[0] === 0x1f && bytes[1] === 0x8b)
        throw new UserError(
          `Cannot read ${name}: it is compressed; give it as text, as in "zcat FILE | clusterwhy explain"`,
        );
      decoder ??= new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8');
      yield decoder.decode(bytes, { stream: true });
    }
    if (decoder) yield decoder.decode();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`Cannot read ${name}: ${(error as Error).message}; name a file that you may read`, {
      cause: error,
    });
  }
}
