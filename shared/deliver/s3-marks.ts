/** Keeps marks in a bucket, by conditional writes. */
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
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
    async create(name, text) {
      const command = new PutObjectCommand({ Bucket: bucket, Key: name, Body: text, IfNoneMatch: '*' });
      return attempt(`write s3://${bucket}/${name}`, 'PreconditionFailed', false, async () => {
        await client.send(command);
        return true;
      });
    },
    async read(name) {
      const command = new GetObjectCommand({ Bucket: bucket, Key: name });
      return attempt(`read s3://${bucket}/${name}`, 'NoSuchKey', null, async () => {
        const { Body, LastModified } = await client.send(command);
        return { text: (await Body?.transformToString()) ?? '', writtenMs: LastModified?.getTime() ?? 0 };
      });
    },
  };
}

/** Runs a request whose error of one name is an answer. */
async function attempt<Answer, Otherwise>(
  action: string,
  expected: string,
  answer: Otherwise,
  run: () => Promise<Answer>,
): Promise<Answer | Otherwise> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Error && error.name === expected) return answer;
    throw new Error(
      `Cannot ${action}: ${messageOf(error)}; grant s3:PutObject, s3:GetObject and s3:ListBucket to the auditor, or correct ${environment.bucket}`,
      { cause: error },
    );
  }
}
