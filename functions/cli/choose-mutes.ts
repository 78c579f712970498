/** Which findings an audit by hand mutes: those of a file of this machine, else those of the settings. */
import { readFile } from 'node:fs/promises';
import { openBucket } from '../../shared/deliver/bucket.ts';
import { parseMutes } from '../../shared/mutes-file.ts';
import { applyMutes } from '../../shared/mutes.ts';
import { saidBy } from '../../shared/localized-error.ts';
import type { Report } from '../../shared/report.ts';
import type { Settings } from '../../shared/settings.ts';
import { makeDeliveryClients, type AwsClientSettings } from '../aws-clients.ts';
import { storedMutes } from '../stored-mutes.ts';
import { UserError } from './user-error.ts';

/**
 * What mutes a report.
 * @throws {UserError} where the file cannot be used; a stored one that cannot be is told in the report.
 */
export async function chooseMutes(
  { mute: path }: { mute?: string },
  { bucket, mutes, language }: Settings,
  aws: AwsClientSettings,
): Promise<(report: Report) => Report> {
  if (path !== undefined) {
    const fromFile = await readMutes(path);
    return (report) => applyMutes(report, fromFile);
  }
  if (bucket === null || mutes === null) return (report) => report;
  return storedMutes(openBucket(makeDeliveryClients(aws).s3, bucket), { mutes, language });
}

const noFile = { en: 'There is no such file', ja: 'このファイルはありません' };

async function readMutes(path: string) {
  try {
    return parseMutes(await readFile(path, 'utf8'));
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = isAbsent ? noFile : saidBy(error);
    throw new UserError(
      {
        en: `Cannot use the mutes of ${path}: ${why.en}`,
        ja: `${path} のミュートを使用できません: ${why.ja}`,
      },
      { cause: error },
    );
  }
}
