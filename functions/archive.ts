/** Where the log files of a trail are. */
import type { ArchiveFile, FileFilter } from '../shared/collect/archive/archive-file.ts';
import { asLogFile } from '../shared/collect/archive/athena-file.ts';
import { LocalizedError } from '../shared/localized-error.ts';
import type { AwsClientSettings } from './aws-clients.ts';

/** A folder or file, or a prefix of a bucket. */
export type ArchivePlace = { path: string } | { bucket: string; prefix: string };

/** Reads `s3://BUCKET/PREFIX`, or takes the text for a path. @throws {LocalizedError} for a bucket without a possible name. */
export function readArchivePlace(text: string): ArchivePlace {
  const [, rest] = /^s3:\/\/(.*)$/i.exec(text.trim()) ?? [];
  if (rest === undefined) return { path: text };
  const [bucket = '', ...prefix] = rest.split('/');
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    throw new LocalizedError({
      en: `"${text}" names no bucket: give s3://BUCKET, or s3://BUCKET/PREFIX of a trail`,
      ja: `"${text}" はバケットを指していません: s3://BUCKET、または証跡の s3://BUCKET/PREFIX を指定してください`,
    });
  return { bucket, prefix: prefix.join('/') };
}

/** The files there in parts, as far as their names say that they may count; a result of Athena's is read like one of them. */
export async function* archiveFiles(
  place: ArchivePlace,
  filter: FileFilter,
  aws: AwsClientSettings,
  signal?: AbortSignal,
): AsyncGenerator<ArchiveFile[]> {
  for await (const files of filesAt(place, filter, aws, signal)) yield files.map(asLogFile);
}

async function* filesAt(
  place: ArchivePlace,
  filter: FileFilter,
  aws: AwsClientSettings,
  signal?: AbortSignal,
): AsyncGenerator<ArchiveFile[]> {
  if ('path' in place) {
    const { filesOnDisk } = await import('../shared/collect/archive/disk-files.ts');
    yield* filesOnDisk(place.path, filter);
    return;
  }
  const [{ filesInBucket }, { makeArchiveClient }] = await Promise.all([
    import('../shared/collect/archive/bucket-files.ts'),
    import('./aws-clients.ts'),
  ]);
  yield* filesInBucket({ client: makeArchiveClient(aws), ...place }, filter, signal);
}
