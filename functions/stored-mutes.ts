/** Mutes that are kept in the bucket of the reports. */
import type { Bucket } from '../shared/deliver/bucket.ts';
import { messageOf } from '../shared/deliver/channel.ts';
import { parseMutes } from '../shared/mutes-file.ts';
import { applyMutes } from '../shared/mutes.ts';
import type { Report } from '../shared/report.ts';
import { environment } from '../shared/settings.ts';

/**
 * How reports are muted by the file under this key; null for none. Where it cannot be read everything stands, and the
 * reports say why: a file with a misprint must neither hide a finding nor keep a report from going out.
 */
export async function storedMutes(bucket: Bucket, key: string | null): Promise<(report: Report) => Report> {
  if (key === null) return (report) => report;
  try {
    const stored = await bucket.read(key);
    if (!stored) throw new Error(`there is no such object; write it, or correct ${environment.mutes}`);
    const mutes = parseMutes(stored.text);
    return (report) => applyMutes(report, mutes);
  } catch (error) {
    const why = `The mutes s3://${bucket.name}/${key} cannot be used, so nothing is muted by them: ${messageOf(error)}`;
    return (report) => ({
      ...report,
      coverage: [...report.scope.slice(0, 1).map((place) => gapOf(place, why)), ...report.coverage],
    });
  }
}

function gapOf({ cloud, account }: Report['scope'][number], why: string): Report['coverage'][number] {
  return { cloud, account, location: null, fact: 'mutes', complete: false, why };
}
