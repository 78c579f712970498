/** One run of the command line: its streams, and what it may say on them. */
import { inspect } from 'node:util';
import { readLanguage } from '../../shared/settings.ts';
import { LocalizedError } from '../../shared/localized-error.ts';
import type { Language } from '../../shared/words.ts';
import { cliMessagesIn, type CliMessages } from './messages/messages-in.ts';
import { userError } from './user-error.ts';
import { printableLine } from '../../shared/render/printable.ts';

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Streams {
  stdin: NodeJS.ReadableStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
}

/** The options that every command has. */
export interface CommonOptions {
  color: boolean;
  quiet?: boolean;
  /** That of the environment where absent. */
  lang?: Language;
  logLevel: LogLevel;
}

export interface Session extends Streams {
  /** Whether results on stdout are coloured. */
  color: boolean;
  /** Whether colour was not switched off, by `--no-color` or `NO_COLOR`. */
  colorAllowed: boolean;
  /** Of results, notes and failures. */
  language: Language;
  /** What is said besides results. */
  says: CliMessages;
  /** Columns of the terminal. */
  width: number;
  quiet: boolean;
  /** Whether a line of this level is wanted on stderr. */
  logs(level: LogLevel): boolean;
  /** Writes a line to stderr where its level is wanted. */
  log(level: LogLevel, line: string): void;
  /** Writes a result to stdout and waits until it is taken; false where nobody reads any more. */
  write(text: string): Promise<boolean>;
}

/** The width of a page where stdout is no terminal. */
export const defaultWidth = 100;

export function openSession(
  streams: Streams,
  { color, quiet = false, lang, logLevel }: CommonOptions,
): Session {
  const { stdout, stderr, env } = streams;
  const language = lang ?? userError(() => readLanguage(env));
  const colorAllowed = color && !env['NO_COLOR'];
  const logs = (level: LogLevel) => logLevels.indexOf(level) <= logLevels.indexOf(quiet ? 'error' : logLevel);
  return {
    ...streams,
    color: colorAllowed && stdout.isTTY,
    colorAllowed,
    language,
    says: cliMessagesIn(language),
    width: stdout.columns || defaultWidth,
    quiet,
    logs,
    log: (level, line) => void (logs(level) && stderr.write(`${printableLine(line)}\n`)),
    write: (text) => writeOut(stdout, text),
  };
}

/**
 * A pipe whose reader has gone (`clusterwhy rules | head -1`) is no failure: what is left is not written, and the exit
 * code stays what it would have been.
 */
async function writeOut(stdout: NodeJS.WritableStream, text: string): Promise<boolean> {
  if (!stdout.writable) return false;
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => {
      if (!error) resolve(true);
      else if (isClosedPipe(error)) resolve(false);
      else reject(writeError(error));
    });
  });
}

/** The disk that standard output goes to is full, say. */
export function writeError(error: Error): Error {
  return new LocalizedError(
    {
      en: `Cannot write to standard output: ${error.message}; make room there, or send it elsewhere`,
      ja: `標準出力に書き込めません: ${error.message}。空き容量を確保するか、別の出力先を指定してください`,
    },
    { cause: error },
  );
}

/** Whether the error says that the reader of a pipe has gone. */
export function isClosedPipe(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
}

/** An error with its stack and causes, for `--log-level debug`. */
export function inspectError(error: unknown): string {
  return inspect(error, { depth: 6, colors: false });
}
