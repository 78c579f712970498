/**
 * Texts in a bucket of Cloud Storage, by its JSON API (cloud.google.com/storage/docs/json_api/v1/objects). What S3 does
 * with ETags, generations do here: a number for each version of an object, 0 where there is none
 * (cloud.google.com/storage/docs/request-preconditions).
 */
import type { AuthClient } from 'google-auth-library';
import { LocalizedError } from '../localized-error.ts';
import type { Localized } from '../words.ts';
import type { Bucket, StoredText, WriteOptions } from './bucket.ts';
import { toldBy } from './channel.ts';

export interface GoogleStorage {
  /** Who asks; called for every request, so that a token never outlives its hour. */
  auth: () => Promise<Pick<AuthClient, 'request'>>;
  /** Base URL with a slash at the end. */
  endpoint: string;
}

/** What it needs on the bucket; `list` tells what does not exist from what is forbidden, `delete` is for writing over. */
export const googleBucketPermissions = [
  'storage.objects.create',
  'storage.objects.delete',
  'storage.objects.get',
  'storage.objects.list',
];

type AuthRequest = Parameters<AuthClient['request']>[0];

/** How often what is read may change between the two requests that reading takes. */
const mostTurns = 5;
const timeoutMs = 60_000;

/** Every write is of one whole object, so one that is sent again after a lost answer does no harm. */
const patience = {
  retry: true,
  retryConfig: {
    retry: 4,
    httpMethodsToRetry: ['GET', 'POST'],
    statusCodesToRetry: [
      [408, 408],
      [429, 429],
      [500, 599],
    ],
  },
};

export function openGoogleBucket(storage: GoogleStorage, name: string): Bucket {
  const put = (key: string, text: string, options: WriteOptions | undefined, generation?: string) =>
    write(storage, name, { key, text, ...options, ...(generation !== undefined && { generation }) });
  return {
    name,
    address: (key) => addressOf(name, key),
    read: (key) => read(storage, name, key),
    create: (key, text, options) => put(key, text, options, '0'),
    replace: (key, text, etag, options) => put(key, text, options, etag),
    async write(key, text, options) {
      await put(key, text, options);
    },
  };
}

function addressOf(bucket: string, key: string): string {
  return `gs://${bucket}/${key}`;
}

/** First which version there is, then that version's content. */
async function read(storage: GoogleStorage, bucket: string, key: string): Promise<StoredText | null> {
  const url = `${storage.endpoint}storage/v1/b/${bucket}/o/${encodeURIComponent(key)}`;
  const ask = <Data>(query: string, responseType: 'json' | 'text') =>
    send<Data>(storage, reading(bucket, key), { url: `${url}?${query}`, responseType }, 404);
  for (let turn = 0; turn < mostTurns; turn++) {
    const known = await ask<{ generation?: string; updated?: string }>('fields=generation,updated', 'json');
    if (known === null) return null;
    const { generation = '', updated = '' } = known;
    const text = await ask<string>(`alt=media&generation=${generation}`, 'text');
    if (text !== null) return { text, etag: generation, writtenMs: Date.parse(updated) };
  }
  throw new LocalizedError({
    en: `Cannot read ${addressOf(bucket, key)}: others changed it ${mostTurns} times in a row; try again later`,
    ja: `${addressOf(bucket, key)} を読み取れません: ほかのプロセスによる変更が ${mostTurns} 回続きました。後でもう一度試してください`,
  });
}

function reading(bucket: string, key: string): Localized {
  return { en: `read ${addressOf(bucket, key)}`, ja: `${addressOf(bucket, key)} を取得` };
}

function writingTo(bucket: string, key: string): Localized {
  return { en: `write ${addressOf(bucket, key)}`, ja: `${addressOf(bucket, key)} を保存` };
}

interface Writing extends WriteOptions {
  key: string;
  text: string;
  /** Which there must be; whatever there is, where absent. */
  generation?: string;
}

/** False where the generation is another. */
async function write(storage: GoogleStorage, bucket: string, writing: Writing): Promise<boolean> {
  const { key, text, generation, contentType = 'application/json', signal } = writing;
  const query = new URLSearchParams({ uploadType: 'media', name: key, fields: 'generation' });
  if (generation !== undefined) query.set('ifGenerationMatch', generation);
  const request: AuthRequest = {
    url: `${storage.endpoint}upload/storage/v1/b/${bucket}/o?${query.toString()}`,
    method: 'POST',
    headers: { 'content-type': contentType },
    // As bytes: the client would write a text that looks like JSON anew.
    data: Buffer.from(text),
    ...(signal && { signal }),
  };
  return (await send(storage, writingTo(bucket, key), request, 412)) !== null;
}

/**
 * What was answered; null for the one status that is an answer, too.
 * @param action reads on after "Cannot" in English, and before 「できません」 in Japanese
 */
async function send<Data>(
  { auth }: GoogleStorage,
  action: Localized,
  request: AuthRequest,
  answer: number,
): Promise<Data | null> {
  try {
    const client = await auth();
    return (await client.request<Data>({ timeout: timeoutMs, ...patience, ...request })).data;
  } catch (error) {
    if ((error as { response?: { status?: number } }).response?.status === answer) return null;
    throw new LocalizedError(refused(action, error), { cause: error });
  }
}

function refused(action: Localized, error: unknown): Localized {
  const { en, ja } = toldBy(error);
  const permissions = googleBucketPermissions.join(', ');
  return {
    en: `Cannot ${action.en}: ${en}; grant ${permissions} to the auditor on this bucket, or correct its name`,
    ja: `${action.ja}できません: ${ja}。監査者にこのバケットの ${permissions} を許可するか、名前を訂正してください`,
  };
}
