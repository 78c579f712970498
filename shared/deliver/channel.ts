/** Where a report is delivered, and how a channel says what became of a message. */
import { isNativeError } from 'node:util/types';
import { LocalizedError } from '../localized-error.ts';
import { printableLine } from '../render/printable.ts';
import type { Report } from '../report.ts';
import { quoted, type Localized } from '../words.ts';

export interface SendOptions {
  /** Whether an earlier attempt may have sent this report already; the message then says so. */
  possiblySentBefore: boolean;
  /** Aborts when the time for sending is over. */
  signal?: AbortSignal | undefined;
}

export interface Channel {
  /** Names the kind and the destination, `sns:arn:aws:sns:…`, `ses:ops@example.com`; the marks are kept under it. */
  readonly id: string;
  /**
   * Sends one message, and does not repeat it where it may have gone out.
   * @throws {RefusedError} if nothing was sent; any other error leaves open whether the message went out.
   */
  send(report: Report, options: SendOptions): Promise<void>;
}

/** Nothing was sent: the channel refused the message, or was never reached. */
export class RefusedError extends LocalizedError {
  override name = 'RefusedError';
}

/** What an error says, on one line, with its name where the message alone does not tell. */
export function messageOf(error: unknown): string {
  if (!isNativeError(error)) return printableLine(String(error));
  const generic = error.name === 'Error' || error instanceof LocalizedError;
  const message = oneLine(error.message);
  return generic ? message : [error.name, message].filter(Boolean).join(': ');
}

/** The same in every language, as far as it is ours. */
export function toldBy(error: unknown): Localized {
  if (!(error instanceof LocalizedError)) return quoted(messageOf(error));
  return { en: oneLine(error.says.en), ja: oneLine(error.says.ja) };
}

function oneLine(text: string): string {
  return printableLine(text.replaceAll(/\s+/g, ' ').trim());
}

/** The message may have gone out, or not. */
export function uncertain(action: Localized, error: unknown): LocalizedError {
  const why = messageOf(error);
  return new LocalizedError(
    {
      en: `${action.en} brought no answer (${why}): it may have succeeded or not`,
      ja: `${action.ja}への応答がありません (${why}): 成功したかどうかは不明です`,
    },
    { cause: error },
  );
}

/** @param action as a noun, `Mailing ops@example.com` */
export function refused(action: Localized, error: unknown, remedy: Localized): RefusedError {
  const why = messageOf(error);
  return new RefusedError(
    {
      en: `${action.en} failed: ${why}; ${remedy.en}`,
      ja: `${action.ja}に失敗しました: ${why}。${remedy.ja}`,
    },
    { cause: error },
  );
}
