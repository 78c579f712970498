import type { Bucket, StoredText } from './bucket.ts';

/**
 * Reads with a role that may do without s3:ListBucket: S3 then answers for what does not exist as for what is forbidden,
 * so a refusal counts as absent. Where reading is forbidden indeed, writes beside it are refused too, and those throw.
 */
export async function readIfThere(bucket: Bucket, key: string): Promise<StoredText | null> {
  try {
    return await bucket.read(key);
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  const { cause } = error as { cause?: unknown };
  return (cause as Error | undefined)?.name === 'AccessDenied';
}
