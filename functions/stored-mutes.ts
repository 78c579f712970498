/** Mutes that are kept in the bucket of the reports. */
import type { Bucket } from '../shared/deliver/bucket.ts';
import { messageOf } from '../shared/deliver/channel.ts';
import { parseMutes } from '../shared/mutes-file.ts';
import { applyMutes } from '../shared/mutes.ts';
import type { Report } from '../shared/report.ts';
import { environment } from '../shared/settings.ts';

/**
 * Applies the mutes under this key. Where they cannot be read everything stands, and the report says why: a file with a
 * misprint must neither hide a finding nor keep the report from going out.
 */
export async function applyStoredMutes(report: Report, bucket: Bucket, key: string): Promise<Report> {
  try {
    const stored = await bucket.read(key);
    if (!stored) throw new Error(`there is no such object; write it, or correct ${environment.mutes}`);
    return applyMutes(report, parseMutes(stored.text));
  } catch (error) {
    const why = `The mutes s3://${bucket.name}/${key} cannot be used, so nothing is muted by them: ${messageOf(error)}`;
    return {
      ...report,
      coverage: [...report.scope.slice(0, 1).map((place) => gapOf(place, why)), ...report.coverage],
    };
  }
}

function gapOf({ cloud, account }: Report['scope'][number], why: string): Report['coverage'][number] {
  return { cloud, account, location: null, fact: 'mutes', complete: false, why };
}
