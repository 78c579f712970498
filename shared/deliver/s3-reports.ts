/** Keeps every report in a bucket, as JSON and as a page. */
import { isNativeError } from 'node:util/types';
import type { S3Client } from '@aws-sdk/client-s3';
import type { HistoryEntry } from '../render/history.ts';
import { renderHtml } from '../render/html.tsx';
import { renderJson } from '../render/json.ts';
import type { Report } from '../report.ts';
import type { Language } from '../words.ts';
import { openBucket, type Bucket, type WriteOptions } from './bucket.ts';
import { RefusedError, toldBy, type Channel } from './channel.ts';
import { readIndex } from './report-index.ts';
import { reportKey } from './report-key.ts';

export interface S3ReportsOptions {
  client: S3Client;
  bucket: string;
  /** Of the page; English where absent. */
  language?: Language;
  /** Of the report: what it looked at. The picture has earlier reports of the same; none where absent. */
  series?: string | undefined;
}

/**
 * A channel that writes `report.json`, which is never written over, and `report.html`; writing again changes nothing.
 * Needs s3:PutObject, and s3:GetObject for the picture of findings over time.
 */
export function s3ReportsChannel({ client, bucket: name, ...shown }: S3ReportsOptions): Channel {
  const bucket = openBucket(client, name);
  return {
    id: `s3:${name}`,
    async send(report, { signal }) {
      try {
        await writeReport(bucket, report, shown, { signal });
      } catch (error) {
        throw new RefusedError(toldBy(error), { cause: error });
      }
    },
  };
}

async function writeReport(
  bucket: Bucket,
  report: Report,
  { language, series }: Pick<S3ReportsOptions, 'language' | 'series'>,
  options: WriteOptions,
): Promise<void> {
  await bucket.create(reportKey(report, 'report.json'), renderJson(report), options);
  const history = series === undefined ? [] : await historyOf(bucket, series);
  await bucket.write(reportKey(report, 'report.html'), renderHtml(report, { history, language }), {
    ...options,
    contentType: 'text/html; charset=utf-8',
  });
}

/** The picture of findings over time is left out where the bucket may only be written to. */
async function historyOf(bucket: Bucket, series: string): Promise<HistoryEntry[]> {
  try {
    const entries = await readIndex(bucket);
    return entries.filter((entry) => entry.series === series);
  } catch (error) {
    if (isDenied(error)) return [];
    throw error;
  }
}

function isDenied(error: unknown): boolean {
  return isNativeError(error) && isNativeError(error.cause) && error.cause.name === 'AccessDenied';
}
