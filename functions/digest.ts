/** Lambda: makes one report of the reports of a run, and sends it. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { DeliveryResult } from '../shared/deliver/deliver.ts';
import { reportSchema, type Report } from '../shared/report.ts';
import { environment, readSettings, type Settings } from '../shared/settings.ts';
import { makeDeliveryClients } from './aws-clients.ts';
import { sendReport } from './delivery.ts';
import { readDigestEvent } from './event.ts';
import { mergeReports } from './merge-reports.ts';
import { failIfBroken, resultOf, type ReportResult } from './report-result.ts';

export interface DigestAnswer extends ReportResult {
  runId: string;
  /** How many reports it was made of. */
  reports: number;
  delivered: DeliveryResult[];
}

/** Reports read side by side. */
const readAtATime = 8;

/** The event names the reports: `{"keys": ["reports/…/report.json"]}`, or what audits answered. */
export async function handler(event: unknown): Promise<DigestAnswer> {
  const { keys, runId } = readDigestEvent(event);
  const settings = readSettings(process.env);
  const bucket = bucketOf(settings);
  const { s3 } = makeDeliveryClients();
  const reports: Report[] = [];
  for (let start = 0; start < keys.length; start += readAtATime)
    reports.push(
      ...(await Promise.all(
        keys.slice(start, start + readAtATime).map((key) => readReport(s3, bucket, key)),
      )),
    );
  const report = mergeReports(reports, runId);
  const delivered = await sendReport(report, settings, { aws: {} });
  const result = resultOf(report);
  failIfBroken(result);
  return { runId: report.runId, reports: reports.length, ...result, delivered };
}

function bucketOf({ bucket, topicArn, mail }: Settings): string {
  if (bucket === null)
    throw new Error(`Cannot read the reports: set ${environment.bucket} to the bucket of the reports`);
  if (topicArn === null && mail === null)
    throw new Error(
      `There is nowhere to send the digest to: set ${environment.topicArn}, or ${environment.mailFrom} and ${environment.mailTo}`,
    );
  return bucket;
}

async function readReport(client: S3Client, bucket: string, key: string): Promise<Report> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return reportSchema.parse(JSON.parse((await Body?.transformToString()) ?? ''));
  } catch (error) {
    throw new Error(
      `Cannot read the report s3://${bucket}/${key}: ${(error as Error).message}; it must exist, be readable by this function, and be written by this version`,
      { cause: error },
    );
  }
}
