/** The log files below a prefix of an S3 bucket: only the accounts, regions and days that are asked for are listed. */
import { LocalizedError } from '../../localized-error.ts';
import type { Localized } from '../../words.ts';
import { cannot } from '../cannot.ts';
import { damageInWords } from './damage-words.ts';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { messageOf, refusalKind } from '../aws/refusal.ts';
import {
  isLogFile,
  latestDeliveryMs,
  mayCount,
  UnreadableFile,
  type ArchiveFile,
  type FileFilter,
  type OpenedFile,
} from './archive-file.ts';
import { isAthenaResult } from './athena-result.ts';
import { inTurn, type InTurn } from './in-turn.ts';
import { keepInFile } from './temporary-file.ts';

/** Where a trail writes. */
export interface BucketArchive {
  client: S3Client;
  bucket: string;
  /** Before `AWSLogs/`, or any part of what follows it; empty for the whole bucket. */
  prefix: string;
}

/** What reading an archive needs on its bucket. */
export const bucketPermissions = ['s3:GetObject', 's3:ListBucket'] as const;

/** Objects beyond this many bytes are read from a file, so that several of them fit. */
const mostInMemory = 4 * 1024 * 1024;

/** Objects that are fetched side by side: about as many as the client has connections, for which others would wait in memory. */
const fetchedAtATime = 48;

/** Prefixes that are listed side by side. */
const listedAtATime = 8;

/** Page by page, in the order of their prefixes. @throws {Error} where the bucket is not there, or may not be listed. */
export async function* filesInBucket(
  archive: BucketArchive,
  filter: FileFilter,
  signal?: AbortSignal,
): AsyncGenerator<ArchiveFile[]> {
  const list: Lister = (prefix, delimiter) => listAll(archive, prefix, delimiter, signal);
  const prefixes = await leavesOf(list, startOf(archive.prefix), filter);
  const fetch = inTurn(fetchedAtATime);
  for (let start = 0; start < prefixes.length; start += listedAtATime) {
    const pages = prefixes.slice(start, start + listedAtATime).map((prefix) => list(prefix, false));
    const first = pages.map((listing) => listing.next());
    void Promise.allSettled(first); // one that fails before its turn is told when that comes
    for (const [index, listing] of pages.entries()) {
      for (let page = await first[index]; page && !page.done; page = await listing.next()) {
        yield page.value.objects
          .filter(({ key }) => isWanted(key, archive) && mayCount(key, filter))
          .map((object) => fileOf(archive, object, fetch, signal));
      }
    }
  }
}

interface Listed {
  key: string;
  size: number;
  etag: string;
}

interface Page {
  objects: Listed[];
  /** Common prefixes. */
  folders: string[];
}

type Lister = (prefix: string, delimiter: boolean) => AsyncGenerator<Page, void>;

async function* listAll(
  { client, bucket }: BucketArchive,
  prefix: string,
  delimiter: boolean,
  abortSignal: AbortSignal | undefined,
): AsyncGenerator<Page, void> {
  const input = {
    Bucket: bucket,
    Prefix: prefix,
    ...(delimiter && { Delimiter: '/' }),
  };
  try {
    const options = abortSignal ? { abortSignal } : {};
    for await (const page of paginateListObjectsV2({ client }, input, options)) {
      yield {
        objects: (page.Contents ?? []).map(({ Key = '', Size = 0, ETag = '' }) => ({
          key: Key,
          size: Size,
          etag: ETag,
        })),
        folders: (page.CommonPrefixes ?? []).flatMap(({ Prefix }) => Prefix ?? []),
      };
    }
  } catch (error) {
    const why = damageInWords(whyRefused(error, 's3:ListBucket'));
    throw new LocalizedError(cannot(listingOf(`s3://${bucket}/${prefix}`), why), { cause: error });
  }
}

/** A prefix is a folder, unless it names a file. */
function startOf(prefix: string): string {
  const isFile = isLogFile(prefix) || isAthenaResult(prefix);
  return prefix === '' || prefix.endsWith('/') || isFile ? prefix : `${prefix}/`;
}

/** A result of Athena's only where it is named: beside one lies what Athena says of its columns. */
function isWanted(key: string, { prefix }: BucketArchive): boolean {
  return isLogFile(key) || (key === prefix && isAthenaResult(key));
}

/** The prefixes below which log files lie, as deep as the layout of trails lets it choose among them. */
async function leavesOf(list: Lister, prefix: string, filter: FileFilter): Promise<string[]> {
  const children = await childrenOf(list, prefix, filter);
  if (children === null) return [prefix];
  const leaves: string[] = [];
  for (const child of children) leaves.push(...(await leavesOf(list, child, filter)));
  return leaves;
}

/**
 * `…AWSLogs/[<organization>/]<account>/CloudTrail/<region>/<year>/<month>/<day>/`
 * (docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html); null where nothing can be
 * chosen below the prefix.
 */
async function childrenOf(list: Lister, prefix: string, filter: FileFilter): Promise<string[] | null> {
  const { accounts, regions } = filter;
  const [, last = ''] = /(?:^|\/)([^/]*)\/$/.exec(prefix) ?? [];
  if (prefix === '' || (prefix.endsWith('/') && !/(?:^|\/)AWSLogs\//.test(prefix))) {
    const below = await foldersBelow(list, prefix);
    return below.includes('AWSLogs') ? [`${prefix}AWSLogs/`] : null;
  }
  if (last === 'AWSLogs' || /^o-[a-z0-9]{10,32}$/.test(last)) {
    const below = await foldersBelow(list, prefix);
    const chosen = below.filter(
      (name) => /^o-/.test(name) || (/^\d{12}$/.test(name) && isIn(accounts, name)),
    );
    return chosen.map((name) => `${prefix}${name}/`);
  }
  if (/^\d{12}$/.test(last)) return [`${prefix}CloudTrail/`];
  if (last === 'CloudTrail') {
    const below = await foldersBelow(list, prefix);
    return below.filter((name) => isIn(regions, name)).map((name) => `${prefix}${name}/`);
  }
  return /\/CloudTrail\/[a-z0-9-]+\/$/.test(prefix) ? daysBelow(prefix, filter) : null;
}

function isIn(chosen: readonly string[] | undefined, name: string): boolean {
  return chosen === undefined || chosen.includes(name);
}

async function foldersBelow(list: Lister, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { folders } of list(prefix, true))
    names.push(...folders.map((folder) => folder.slice(prefix.length, -1)));
  return names;
}

const dayMs = 86_400_000;
/** More days than this are not listed one by one. */
const mostDays = 400;

/** Files lie under the day on which they were delivered; null where the window has no beginning. */
function daysBelow(prefix: string, { from, to }: FileFilter): string[] | null {
  if (from === undefined || to === undefined) return null;
  const first = Math.floor(Date.parse(from) / dayMs);
  const last = Math.floor((Date.parse(to) + latestDeliveryMs) / dayMs);
  if (last - first > mostDays) return null;
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const day = new Date((first + index) * dayMs).toISOString().slice(0, 10);
    return `${prefix}${day.replaceAll('-', '/')}/`;
  });
}

function fileOf(
  archive: BucketArchive,
  { key, size, etag }: Listed,
  fetch: InTurn,
  signal?: AbortSignal,
): ArchiveFile {
  return {
    name: `s3://${archive.bucket}/${key}`,
    size,
    version: () => `${size}-${etag}`,
    open: () => fetch(() => openObject(archive, key, size, signal)),
  };
}

async function openObject(
  { client, bucket }: BucketArchive,
  key: string,
  size: number,
  abortSignal: AbortSignal | undefined,
): Promise<OpenedFile> {
  try {
    const command = new GetObjectCommand({ Bucket: bucket, Key: key });
    const { Body } = await client.send(command, abortSignal ? { abortSignal } : {});
    if (!Body) throw new Error('the answer had no body');
    if (size <= mostInMemory) return { content: { bytes: await Body.transformToByteArray() } };
    return await keepInFile(Body as Readable);
  } catch (error) {
    if (abortSignal?.aborted) throw error;
    // Without credentials no other object can be read either.
    if (['no credentials', 'expired'].includes(refusalKind(error)))
      throw new LocalizedError(
        cannot(readingOf(`s3://${bucket}/${key}`), damageInWords(whyRefused(error, 's3:GetObject'))),
        { cause: error },
      );
    throw new UnreadableFile(whyRefused(error, 's3:GetObject'), { cause: error });
  }
}

function listingOf(place: string): Localized {
  return { en: `list ${place}`, ja: `${place} の一覧を取得` };
}

function readingOf(place: string): Localized {
  return { en: `read ${place}`, ja: `${place} を取得` };
}

function whyRefused(error: unknown, permission: string): string {
  const { name = '' } = error as Error;
  if (name === 'NoSuchBucket') return 'there is no such bucket; check its name';
  if (name === 'NoSuchKey') return 'it is no longer there';
  switch (refusalKind(error)) {
    case 'denied':
      return `${permission} was denied (${messageOf(error)}); allow it in the policies of the caller, the bucket and its key`;
    case 'no credentials':
      return 'no AWS credentials were found; sign in, or choose a profile with --profile';
    case 'expired':
      return 'the AWS credentials have expired; sign in again';
    default:
      return `${name} (${messageOf(error)}); check the name of the bucket, its region and the network`;
  }
}
