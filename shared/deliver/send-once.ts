/** Sends an AWS request that must not be repeated where one attempt at it may have succeeded. */
import { isNativeError } from 'node:util/types';
import type { Localized } from '../words.ts';
import { refused, uncertain, type RefusedError } from './channel.ts';

/** Where an attempt is guarded in the SDK's middleware: inside its retries, around the network and the answer. */
export const attemptStep = { step: 'deserialize', priority: 'high', name: 'sendOnceMiddleware' } as const;

export interface SendOnce {
  /** Runs one attempt; to be added to the command's middleware at `attemptStep`. */
  attempt<Answer>(run: () => Promise<Answer>): Promise<Answer>;
  /**
   * Runs the whole request.
   * @throws {RefusedError} if nothing was sent.
   * @throws {Error} if the message may have gone out.
   */
  send(run: () => Promise<unknown>): Promise<void>;
}

/**
 * Lets the SDK try again as long as nothing can have gone out: the service answered with an error, or no connection
 * was made. An attempt that ends in silence is the last.
 * @param action What is done, as a noun, with which a sentence begins.
 * @param remedy What to do about a refusal, from the name of its error.
 */
export function sendOnce(action: Localized, remedy: (name: string) => Localized): SendOnce {
  let silence: unknown;
  return {
    async attempt(run) {
      try {
        return await run();
      } catch (error) {
        if (nothingWasSent(error)) throw error;
        silence = error;
        // A cause would invite the SDK to try again: it looks for a network's error there.
        throw new Error('one attempt may have succeeded');
      }
    },
    async send(run) {
      try {
        await run();
      } catch (error) {
        throw silence === undefined ? refusal(error) : uncertain(action, silence);
      }
    },
  };

  function refusal(error: unknown): RefusedError {
    const name = isNativeError(error) ? error.name : '';
    return refused(action, error, remedy(name));
  }
}

/** Error codes of connections that were never made. */
const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Whether an attempt had surely no effect. A gateway's 502 and 504 do not say what the service behind it did. */
function nothingWasSent(error: unknown): boolean {
  if (!isNativeError(error)) return false;
  const { $metadata, code, syscall } = error as Error & {
    $metadata?: { httpStatusCode?: number };
    code?: string;
    syscall?: string;
  };
  const status = $metadata?.httpStatusCode;
  if (status !== undefined) return status >= 400 && status !== 502 && status !== 504;
  return (
    syscall === 'connect' ||
    neverConnected.has(code ?? '') ||
    error.message.includes('did not establish a connection')
  );
}
