/** One GET to a cluster's API server, over TLS that is verified with the cluster's own CA, and through no proxy. */
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { Agent, RequestOptions } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

export interface KubernetesEndpoint {
  /** The IP address with the cluster's own CA, or the DNS name with public ones. */
  kind: 'ip' | 'dns';
  /** Host, with a port where it is not 443. */
  host: string;
  /** PEM; null for the system's authorities. */
  ca: string | null;
}

export type KubernetesAnswer =
  | { state: 'answered'; status: number; body: unknown }
  | { state: 'untrusted' | 'unreachable'; code: string; message: string };

export interface RequestLimits {
  timeoutMs: number;
  signal?: AbortSignal;
  /** Keeps the connection for the next request; without one each has its own. */
  agent?: Agent;
}

/** More than any page of a list has. */
const longestBody = 32 * 1024 * 1024;

/** The code of the failure of an answer that is longer. */
export const tooLong = 'ERR_ANSWER_TOO_LONG';

/** The token is sent only after the server has proven itself. */
export async function getFromKubernetes(
  { host, ca }: KubernetesEndpoint,
  path: string,
  token: string,
  { timeoutMs, signal, agent }: RequestLimits,
): Promise<KubernetesAnswer> {
  const options: RequestOptions = {
    headers: { authorization: `Bearer ${token}`, accept: 'application/json', 'accept-encoding': 'gzip' },
    ...(ca ? { ca } : {}),
    agent: agent ?? false,
    signal: signal
      ? AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      : AbortSignal.timeout(timeoutMs),
  };
  try {
    const { status, text } = await send(new URL(path, `https://${host}`), options);
    return { state: 'answered', status, body: parse(text) };
  } catch (error) {
    signal?.throwIfAborted();
    return failure(error as NodeJS.ErrnoException);
  }
}

function send(url: URL, options: RequestOptions): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      // From here on the reading of the body tells why it fails; the request would only say that it was cut off.
      sent.off('error', reject).on('error', () => undefined);
      readBody(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** API servers compress what is long: a list of pods to a tenth. */
async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const collect = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > longestBody) return void response.destroy();
      chunks.push(chunk);
    }
  };
  const isCompressed = response.headers['content-encoding'] === 'gzip';
  try {
    await (isCompressed ? pipeline(response, createGunzip(), collect) : pipeline(response, collect));
  } catch (error) {
    if (bytes <= longestBody) throw error;
  }
  if (bytes > longestBody)
    throw Object.assign(new Error(`the answer is longer than ${longestBody} bytes`), { code: tooLong });
  return Buffer.concat(chunks).toString();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page, say: its status tells what there is to tell.
    return text.slice(0, 300);
  }
}

/** Errors of certificate verification; all else means that there was no TLS at all. */
const untrusted = /CERT|SIGNATURE|SELF_SIGNED|UNABLE_TO_|ALTNAME|ISSUER/;

function failure({ name, code, message }: NodeJS.ErrnoException): KubernetesAnswer {
  const isLate = code === 'ABORT_ERR' || name === 'TimeoutError';
  const told = isLate ? 'ETIMEDOUT' : (code ?? name);
  return { state: untrusted.test(told) ? 'untrusted' : 'unreachable', code: told, message };
}
