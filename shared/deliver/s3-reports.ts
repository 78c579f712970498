/** Keeps every report in a bucket, as JSON and as a page. */
import type { S3Client } from '@aws-sdk/client-s3';
import { renderHtml } from '../render/html.tsx';
import { renderJson } from '../render/json.ts';
import type { Report } from '../report.ts';
import { openBucket, type Bucket, type WriteOptions } from './bucket.ts';
import { messageOf, RefusedError, type Channel } from './channel.ts';
import { reportKey } from './report-key.ts';

export interface S3ReportsOptions {
  client: S3Client;
  bucket: string;
}

/**
 * A channel that writes `report.json`, which is never written over, and `report.html`; writing again changes nothing.
 * Needs s3:PutObject.
 */
export function s3ReportsChannel({ client, bucket: name }: S3ReportsOptions): Channel {
  const bucket = openBucket(client, name);
  return {
    id: `s3:${name}`,
    async send(report, { signal }) {
      try {
        await writeReport(bucket, report, { signal });
      } catch (error) {
        throw new RefusedError(messageOf(error), { cause: error });
      }
    },
  };
}

async function writeReport(bucket: Bucket, report: Report, options: WriteOptions): Promise<void> {
  await bucket.create(reportKey(report, 'report.json'), renderJson(report), options);
  await bucket.write(reportKey(report, 'report.html'), renderHtml(report), {
    ...options,
    contentType: 'text/html; charset=utf-8',
  });
}
