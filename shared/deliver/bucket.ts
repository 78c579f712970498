/** Texts in an S3 bucket: conditional writes are what two processes agree by. */
import { isNativeError } from 'node:util/types';
import {
  GetObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { LocalizedError } from '../localized-error.ts';
import { environment } from '../settings.ts';
import type { Localized } from '../words.ts';
import { toldBy } from './channel.ts';

export interface StoredText {
  text: string;
  etag: string;
  /** Milliseconds since 1970. */
  writtenMs: number;
}

/** Needs s3:PutObject, s3:GetObject, and s3:ListBucket to tell what does not exist from what is forbidden. */
export interface Bucket {
  name: string;
  /** How a key is told to people: `s3://name/key`. */
  address(key: string): string;
  /** Null where the key does not exist. */
  read(key: string): Promise<StoredText | null>;
  /** Writes what does not exist yet; false where it does. */
  create(key: string, text: string, options?: WriteOptions): Promise<boolean>;
  /** Writes over what still has this ETag; false where it has another, or is gone. */
  replace(key: string, text: string, etag: string, options?: WriteOptions): Promise<boolean>;
  write(key: string, text: string, options?: WriteOptions): Promise<void>;
}

export interface WriteOptions {
  contentType?: string;
  signal?: AbortSignal | undefined;
}

export function openBucket(client: S3Client, name: string): Bucket {
  const put = (
    key: string,
    text: string,
    { contentType = 'application/json', signal }: WriteOptions = {},
  ) => ({
    input: { Bucket: name, Key: key, Body: text, ContentType: contentType },
    ...(signal && { signal }),
  });
  return {
    name,
    address: (key) => `s3://${name}/${key}`,
    read: (key) => read(client, name, key),
    create: (key, text, options) => write(client, put(key, text, options), { IfNoneMatch: '*' }),
    replace: (key, text, etag, options) => write(client, put(key, text, options), { IfMatch: etag }),
    async write(key, text, options) {
      await write(client, put(key, text, options), {});
    },
  };
}

/** How often a text is changed anew because others changed it meanwhile. */
const mostTurns = 10;

/**
 * Changes a text that others may change at the same time: `change` is called with what is there (null for nothing) until
 * nobody came between; it answers null where nothing is to be written. Returns the text that is there afterwards.
 */
export async function changeText(
  bucket: Bucket,
  key: string,
  change: (text: string | null) => string | null,
): Promise<string | null> {
  for (let turn = 0; turn < mostTurns; turn++) {
    const found = await bucket.read(key);
    const text = change(found?.text ?? null);
    if (text === null || text === found?.text) return found?.text ?? null;
    const isWritten = found ? bucket.replace(key, text, found.etag) : bucket.create(key, text);
    if (await isWritten) return text;
  }
  throw new LocalizedError({
    en: `Cannot write ${bucket.address(key)}: others changed it ${mostTurns} times in a row; try again later`,
    ja: `${bucket.address(key)} に書き込めません: ほかのプロセスによる変更が ${mostTurns} 回続きました。後でもう一度試してください`,
  });
}

async function read(client: S3Client, bucket: string, key: string): Promise<StoredText | null> {
  const command = new GetObjectCommand({ Bucket: bucket, Key: key });
  const action = { en: `read s3://${bucket}/${key}`, ja: `s3://${bucket}/${key} を取得` };
  return answered(action, { NoSuchKey: null }, async () => {
    const { Body, ETag = '', LastModified } = await client.send(command);
    return {
      text: (await Body?.transformToString()) ?? '',
      etag: ETag,
      writtenMs: LastModified?.getTime() ?? 0,
    };
  });
}

/** S3 answers 409 where another write of the same key is under way, and wants to be asked again. */
async function write(
  client: S3Client,
  { input, signal }: { input: PutObjectCommandInput; signal?: AbortSignal },
  condition: Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>,
  tries = 5,
): Promise<boolean> {
  const lost = { PreconditionFailed: false, ...(condition.IfMatch !== undefined && { NoSuchKey: false }) };
  const answers = { ...lost, ...(tries > 1 && { ConditionalRequestConflict: null }) };
  const address = `s3://${input.Bucket}/${input.Key}`;
  const action = { en: `write ${address}`, ja: `${address} を保存` };
  const isWritten = await answered(action, answers, async () => {
    const command = new PutObjectCommand({ ...input, ...condition });
    await client.send(command, { ...(signal && { abortSignal: signal }) });
    return true;
  });
  return isWritten ?? write(client, { input, ...(signal && { signal }) }, condition, tries - 1);
}

/**
 * Runs a request; errors of some names are answers.
 * @param action reads on after "Cannot" in English, and before 「できません」 in Japanese
 */
async function answered<Answer, Other>(
  action: Localized,
  answers: Record<string, Other>,
  run: () => Promise<Answer>,
): Promise<Answer | Other> {
  try {
    return await run();
  } catch (error) {
    if (isNativeError(error) && Object.hasOwn(answers, error.name)) return answers[error.name] as Other;
    const why = toldBy(error);
    throw new LocalizedError(
      {
        en: `Cannot ${action.en}: ${why.en}; grant s3:PutObject, s3:GetObject and s3:ListBucket to the auditor, or correct ${environment.bucket}`,
        ja: `${action.ja}できません: ${why.ja}。監査者に s3:PutObject、s3:GetObject、s3:ListBucket を許可するか、${environment.bucket} を修正してください`,
      },
      { cause: error },
    );
  }
}
