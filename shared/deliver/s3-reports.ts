/** Keeps every report in a bucket, as JSON and as a page. */
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Report } from '../report.ts';
import { renderHtml } from '../render/html.tsx';
import { renderJson } from '../render/json.ts';
import { environment } from '../settings.ts';
import { messageOf, RefusedError, type Channel } from './channel.ts';
import { reportKey } from './report-key.ts';

export interface S3ReportsOptions {
  client: S3Client;
  bucket: string;
}

/** A channel that writes `report.json` and `report.html`; writing again changes nothing. Needs s3:PutObject. */
export function s3ReportsChannel({ client, bucket }: S3ReportsOptions): Channel {
  return {
    id: `s3:${bucket}`,
    async send(report, { signal }) {
      const files = filesOf(report);
      for (const { key, body, type } of files) {
        const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: type });
        try {
          await client.send(command, { ...(signal && { abortSignal: signal }) });
        } catch (error) {
          throw new RefusedError(
            `Writing s3://${bucket}/${key} failed: ${messageOf(error)}; grant s3:PutObject on it to the auditor, or correct ${environment.bucket}`,
            { cause: error },
          );
        }
      }
    },
  };
}

function filesOf(report: Report): { key: string; body: string; type: string }[] {
  return [
    { key: reportKey(report, 'report.json'), body: renderJson(report), type: 'application/json' },
    { key: reportKey(report, 'report.html'), body: renderHtml(report), type: 'text/html; charset=utf-8' },
  ];
}
