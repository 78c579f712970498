/** Saves what the demo's auditor wrote and sent, so that people can open it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { prefixes } from '../../../shared/deployment.ts';
import { writeReport } from '../write-report.ts';
import { bucket } from './demo-clouds.ts';
import type { Day, Play } from './play-days.ts';
import { demoFault } from './demo-fault.ts';

/** Paths of what was saved. */
export interface SavedFiles {
  /** List of all reports; its links lead to their pages. */
  index: string;
  /** Page of the last day. */
  page: string;
  /** The last report in the forms for people and programs. */
  reports: string[];
  /** Mails of the days, as they were received. */
  mails: string[];
  /** HTML of the last mail. */
  html: string;
}

export async function saveFiles(
  { session, clouds, folder }: Play,
  days: readonly Day[],
): Promise<SavedFiles> {
  const last = days.at(-1);
  if (!last) throw demoFault({ en: 'There is no day to save', ja: '保存する日がありません' });
  await savePages(clouds.aws.s3.get(bucket), folder);
  const page = join(folder, last.key.replace(/json$/, 'html'));
  const reports = ['txt', 'json', 'csv', 'ocsf'].map((ending) => join(folder, `report.${ending}`));
  await writeReport({ ...session, log: () => undefined }, { outputFile: reports }, last.report);
  const { default: PostalMime } = await import('postal-mime');
  const mails = days.map(({ number }) => join(folder, `mail-${number}.eml`));
  for (const [index, { mail }] of days.entries()) await writeFile(mails[index] ?? '', mail);
  const html = join(folder, `mail-${days.length}.html`);
  await writeFile(html, (await PostalMime.parse(last.mail)).html ?? '');
  return { index: join(folder, `${prefixes.reports}index.html`), page, reports, mails, html };
}

/** Every page of the bucket under the same name, for they link to each other. */
async function savePages(
  objects: ReadonlyMap<string, { body: Buffer }> | undefined,
  folder: string,
): Promise<void> {
  for (const [key, { body }] of objects ?? [])
    if (key.startsWith(prefixes.reports) && key.endsWith('.html')) {
      const path = join(folder, key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, body);
    }
}
