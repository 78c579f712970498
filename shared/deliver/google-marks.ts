/** Marks of delivery that the auditor of Google Cloud keeps below the one prefix that it may read and write. */
import { googlePrefix } from '../deployment.ts';
import type { Bucket } from './bucket.ts';
import { makeMarks, type MarkOptions, type Marks } from './marks.ts';

/**
 * Needs s3:PutObject and s3:GetObject on `reports/google/*`, and may do without s3:ListBucket: S3 then answers for what
 * does not exist as for what is forbidden, so a refusal counts as absent. Where reading is forbidden indeed, the
 * conditional writes that come first are refused too, and that is an error.
 */
export function googleMarks(bucket: Bucket, options: MarkOptions = {}): Marks {
  return makeMarks(
    {
      create: (name, text) => bucket.create(googlePrefix + name, text),
      async read(name) {
        try {
          return await bucket.read(googlePrefix + name);
        } catch (error) {
          if (isRefusal(error)) return null;
          throw error;
        }
      },
    },
    options,
  );
}

function isRefusal(error: unknown): boolean {
  const { cause } = error as { cause?: unknown };
  return (cause as Error | undefined)?.name === 'AccessDenied';
}
