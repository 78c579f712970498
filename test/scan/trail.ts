/** Writes what a simulated account recorded as the log files of a trail into a bucket of the simulated cloud. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { CloudTrailRecord } from '../cloud/cloudtrail-record.ts';
import type { RunningCloud } from '../cloud/start.ts';

export interface TrailOptions {
  bucket: string;
  /** Before `AWSLogs/`, with its slash. */
  prefix?: string;
  /** Of an organization's trail. */
  organization?: string;
}

/** One file an hour and region, as `…AWSLogs/[o-…/]<account>/CloudTrail/<region>/YYYY/MM/DD/`. */
export function writeTrail(cloud: RunningCloud, account: string, options: TrailOptions): void {
  for (const { region, series } of cloud.account(account).history) {
    const byHour = new Map<string, CloudTrailRecord[]>();
    for (let index = 0; index < series.length; index++) {
      const record = series.recordAt(index);
      const hour = record.eventTime.slice(0, 13);
      byHour.set(hour, [...(byHour.get(hour) ?? []), { ...record, recipientAccountId: account }]);
    }
    for (const [hour, records] of byHour) putLog(cloud, options, { account, region, hour, records });
  }
}

interface Log {
  account: string;
  region: string;
  /** `2026-01-01T06`. */
  hour: string;
  records: unknown[];
}

export function putLog(
  cloud: RunningCloud,
  options: TrailOptions,
  { account, region, hour, records }: Log,
): string {
  const { bucket, prefix = '', organization } = options;
  const next = new Date(Date.parse(`${hour}:00:00Z`) + 3_600_000).toISOString();
  const stamp = `${next.slice(0, 16).replaceAll(/[-:]/g, '')}Z`;
  const text = JSON.stringify({ Records: records });
  const unique = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const folder = `${prefix}AWSLogs/${organization ? `${organization}/` : ''}${account}/CloudTrail/${region}`;
  const key = `${folder}/${next.slice(0, 10).replaceAll('-', '/')}/${account}_CloudTrail_${region}_${stamp}_${unique}.json.gz`;
  putObject(cloud, bucket, key, gzipSync(text));
  return key;
}

export function putObject(cloud: RunningCloud, bucket: string, key: string, body: Buffer): void {
  const objects = cloud.s3.get(bucket) ?? new Map<string, never>();
  cloud.s3.set(bucket, objects);
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  const contentType = 'application/json';
  cloud.s3.get(bucket)?.set(key, { body, etag, contentType, lastModified: new Date(), metadata: {} });
}
