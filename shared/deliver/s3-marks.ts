/** Keeps marks in a bucket, by conditional writes. */
import { isNativeError } from 'node:util/types';
import {
  GetObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { environment } from '../settings.ts';
import { messageOf } from './channel.ts';
import { makeMarks, type MarkOptions, type Marks, type MarkStore } from './marks.ts';

export interface S3MarksOptions extends MarkOptions {
  client: S3Client;
  bucket: string;
}

/**
 * Marks under `deliveries/` in a bucket. Needs s3:PutObject and s3:GetObject on them, and s3:ListBucket: without it S3
 * answers for what does not exist as for what is forbidden.
 */
export function s3Marks({ client, bucket, ...options }: S3MarksOptions): Marks {
  return makeMarks(s3Store(client, bucket), options);
}

function s3Store(client: S3Client, bucket: string): MarkStore {
  return {
    create: (name, text) => create(client, { Bucket: bucket, Key: name, Body: text, IfNoneMatch: '*' }),
    async read(name) {
      const command = new GetObjectCommand({ Bucket: bucket, Key: name });
      return answered(`read s3://${bucket}/${name}`, { NoSuchKey: null }, async () => {
        const { Body, LastModified } = await client.send(command);
        return { text: (await Body?.transformToString()) ?? '', writtenMs: LastModified?.getTime() ?? 0 };
      });
    },
  };
}

/** S3 answers 409 where another write of the same key is under way, and wants to be asked again. */
async function create(client: S3Client, input: PutObjectCommandInput, tries = 5): Promise<boolean> {
  const answers = { PreconditionFailed: false, ...(tries > 1 && { ConditionalRequestConflict: null }) };
  const created = await answered(`write s3://${input.Bucket}/${input.Key}`, answers, async () => {
    await client.send(new PutObjectCommand(input));
    return true;
  });
  return created ?? create(client, input, tries - 1);
}

/** Runs a request; errors of some names are answers. */
async function answered<Answer, Other>(
  action: string,
  answers: Record<string, Other>,
  run: () => Promise<Answer>,
): Promise<Answer | Other> {
  try {
    return await run();
  } catch (error) {
    if (isNativeError(error) && Object.hasOwn(answers, error.name)) return answers[error.name] as Other;
    throw new Error(
      `Cannot ${action}: ${messageOf(error)}; grant s3:PutObject, s3:GetObject and s3:ListBucket to the auditor, or correct ${environment.bucket}`,
      { cause: error },
    );
  }
}
