/** Marks of delivery that the auditor of Google Cloud keeps below the one prefix that it may read and write. */
import { googlePrefix } from '../deployment.ts';
import type { Bucket } from './bucket.ts';
import { makeMarks, type MarkOptions, type Marks } from './marks.ts';
import { readIfThere } from './read-if-there.ts';

/** Needs to read and write `reports/google/*`; on S3 s3:PutObject and s3:GetObject. */
export function googleMarks(bucket: Bucket, options: MarkOptions = {}): Marks {
  return makeMarks(
    {
      create: (name, text) => bucket.create(googlePrefix + name, text),
      read: (name) => readIfThere(bucket, googlePrefix + name),
    },
    options,
  );
}
