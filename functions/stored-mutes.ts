/** Mutes that are kept in the bucket of the reports. */
import type { Bucket } from '../shared/deliver/bucket.ts';
import { LocalizedError, saidBy } from '../shared/localized-error.ts';
import { parseMutes } from '../shared/mutes-file.ts';
import { applyMutes } from '../shared/mutes.ts';
import { coverageLine, type CoverageNote, type Report } from '../shared/report.ts';
import { environment, type Settings } from '../shared/settings.ts';
import { en, ja, type Localized } from '../shared/words.ts';

/**
 * How reports are muted by the file that the settings name, if any. Where it cannot be read everything stands, and the
 * reports say why: a file with a misprint must neither hide a finding nor keep a report from going out.
 */
export async function storedMutes(
  bucket: Bucket,
  { mutes: key, language }: Pick<Settings, 'mutes' | 'language'>,
): Promise<(report: Report) => Report> {
  if (key === null) return (report) => report;
  try {
    const stored = await bucket.read(key);
    if (!stored) throw new LocalizedError(noSuchObject);
    const mutes = parseMutes(stored.text);
    return (report) => applyMutes(report, mutes);
  } catch (error) {
    const why = unusable(bucket.address(key), saidBy(error));
    return (report) => ({
      ...report,
      coverage: [
        ...report.scope.slice(0, 1).map((place) => coverageLine(gapOf(place, why), language)),
        ...report.coverage,
      ],
    });
  }
}

const noSuchObject = {
  en: `there is no such object; write it, or correct ${environment.mutes}`,
  ja: `オブジェクトがありません。作成するか、${environment.mutes} を訂正してください`,
};

function unusable(address: string, why: Localized): Localized {
  return {
    en: en`The mutes ${address} cannot be used, so nothing is muted by them: ${why}`,
    ja: ja`${address} のミュートは使用できないため、何もミュートしていません: ${why}`,
  };
}

function gapOf({ cloud, account }: Report['scope'][number], why: Localized): CoverageNote {
  return { cloud, account, location: null, fact: 'mutes', complete: false, why };
}
