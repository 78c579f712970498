/** Where a report is delivered, and how a channel says what became of a message. */
import { isNativeError } from 'node:util/types';
import { printableLine } from '../render/printable.ts';
import type { Report } from '../report.ts';

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
export class RefusedError extends Error {
  override name = 'RefusedError';
}

/** What an error says, on one line, with its name where the message alone does not tell. */
export function messageOf(error: unknown): string {
  if (!isNativeError(error)) return printableLine(String(error));
  const generic = error.name === 'Error' || error.name === 'RefusedError';
  const message = printableLine(error.message.replaceAll(/\s+/g, ' ').trim());
  return generic ? message : [error.name, message].filter(Boolean).join(': ');
}
