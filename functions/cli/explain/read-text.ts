/** The text that is to be explained: from the arguments, a file, or standard input, piece by piece. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { en, ja, type Words } from '../../../shared/words.ts';
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
    throw new UserError({
      en: 'Nothing to explain: paste the error as an argument, name a file, or pipe a log into "clusterwhy explain"; see "clusterwhy explain --help"',
      ja: '説明する対象がありません: エラーを引数として貼り付けるか、ファイルを指定するか、ログをパイプで "clusterwhy explain" に渡してください。"clusterwhy explain --help" を参照してください',
    });
  if (args.length === 0 || (args.length === 1 && only === '-'))
    return { pieces: decode(stdin as AsyncIterable<Buffer>, standardInput), missingFile: null };
  const file = args.length === 1 ? await fileOf(only) : null;
  if (file?.isDirectory())
    throw new UserError({
      en: `Cannot read ${only}: it is a directory; name a file, or pipe its logs`,
      ja: `${only} を読み取れません: ディレクトリです。ファイルを指定するか、中のログをパイプで渡してください`,
    });
  if (args.length > 1) await refuseFiles(args);
  if (file) return { pieces: decode(createReadStream(only), only), missingFile: null };
  return { pieces: once(args.join(' ')), missingFile: args.length === 1 && isFileName(only) ? only : null };
}

/** Several words are one text, in which the names of files would be read as an error. */
async function refuseFiles(args: readonly string[]): Promise<void> {
  for (const name of args)
    if (isFileName(name) && (await fileOf(name)))
      throw new UserError({
        en: `Cannot read ${name} beside other arguments: name one file, or pipe them all with "cat … | clusterwhy explain"`,
        ja: `${name} をほかの引数と一緒に読み取ることはできません: ファイルを 1 つだけ指定するか、"cat … | clusterwhy explain" ですべてをパイプで渡してください`,
      });
}

/** Null for what names no file, as most texts do. */
async function fileOf(name: string): Promise<Stats | null> {
  try {
    return name.length > 4096 || name.includes('\0') ? null : await stat(name);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL'].includes(code ?? '')) return null;
    throw unreadable(name, message, error);
  }
}

function unreadable(name: Words, why: string, cause: unknown): UserError {
  return new UserError(
    {
      en: en`Cannot read ${name}: ${why}; name a file that you may read`,
      ja: ja`${name} を読み取れません: ${why}。読み取り可能なファイルを指定してください`,
    },
    { cause },
  );
}

function isFileName(text: string): boolean {
  return /^[\w./~-]+\.[A-Za-z0-9]{1,6}$|^[\w.~-]*\/[\w./-]+$/.test(text);
}

const standardInput = { en: 'standard input', ja: '標準入力' };

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** UTF-8, or UTF-16 as PowerShell writes it. What is no text of either becomes U+FFFD. */
async function* decode(chunks: AsyncIterable<Buffer | string>, name: Words): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null;
  try {
    for await (const chunk of chunks) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (!decoder && bytes[0] === 0x1f && bytes[1] === 0x8b)
        throw new UserError({
          en: en`Cannot read ${name}: it is compressed; give it as text, as in "zcat FILE | clusterwhy explain"`,
          ja: ja`${name} を読み取れません: 圧縮されています。"zcat FILE | clusterwhy explain" のように、テキストとして渡してください`,
        });
      decoder ??= new TextDecoder(encodingOf(bytes));
      yield decoder.decode(bytes, { stream: true });
    }
    if (decoder) yield decoder.decode();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw unreadable(name, (error as Error).message, error);
  }
}

/** By the mark, or where that is missing by the half of an ASCII letter of UTF-16 that is zero. */
function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  return (first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && second !== undefined)
    ? 'utf-16be'
    : 'utf-8';
}
