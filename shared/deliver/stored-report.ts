/** Reports in the bucket: what is recorded of a run stays as it is. */
import { LocalizedError } from '../localized-error.ts';
import { renderJson } from '../render/json.ts';
import { reportSchema, type Report } from '../report.ts';
import type { Bucket } from './bucket.ts';
import { reportKey } from './report-key.ts';

/** The report under a key of the bucket; null where there is none. */
export async function readReport(bucket: Bucket, key: string): Promise<Report | null> {
  const stored = await bucket.read(key);
  if (!stored) return null;
  try {
    return reportSchema.parse(JSON.parse(stored.text));
  } catch (error) {
    const why = (error as Error).message;
    throw new LocalizedError(
      {
        en: `Cannot read the report s3://${bucket.name}/${key}: ${why}; it must be written by this version`,
        ja: `レポート s3://${bucket.name}/${key} を読み取れません: ${why}。このバージョンで作成されたレポートが必要です`,
      },
      { cause: error },
    );
  }
}

/**
 * Records a run's report before anything is sent, and returns what is recorded: an earlier attempt at the same run may
 * have done so, and may have sent it.
 */
export async function recordReport(bucket: Bucket, report: Report): Promise<Report> {
  const key = reportKey(report, 'report.json');
  if (await bucket.create(key, renderJson(report))) return report;
  const recorded = await readReport(bucket, key);
  if (recorded) return recorded;
  throw new LocalizedError({
    en: `Cannot record the report s3://${bucket.name}/${key}: it was there, and is gone; try again`,
    ja: `レポート s3://${bucket.name}/${key} を記録できません: 存在していましたが、なくなっています。もう一度試してください`,
  });
}
