/** Keeps marks in a bucket, by conditional writes. */
import type { S3Client } from '@aws-sdk/client-s3';
import { openBucket } from './bucket.ts';
import { makeMarks, type MarkOptions, type Marks } from './marks.ts';

export interface S3MarksOptions extends MarkOptions {
  client: S3Client;
  bucket: string;
}

/**
 * Marks under `deliveries/` in a bucket. Needs s3:PutObject and s3:GetObject on them, and s3:ListBucket: without it S3
 * answers for what does not exist as for what is forbidden.
 */
export function s3Marks({ client, bucket, ...options }: S3MarksOptions): Marks {
  return makeMarks(openBucket(client, bucket), options);
}
