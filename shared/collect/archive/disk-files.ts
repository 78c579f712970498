/** The log files below a folder, or one file. */
import { createReadStream, readdirSync, statSync, type Stats } from 'node:fs';
import { join, sep } from 'node:path';
import { LocalizedError } from '../../localized-error.ts';
import type { Localized } from '../../words.ts';
import { cannot } from '../cannot.ts';
import { isLogFile, mayCount, UnreadableFile, type ArchiveFile, type FileFilter } from './archive-file.ts';
import { keepInFile } from './temporary-file.ts';
import { whyUnreadable } from './why-unreadable.ts';

/**
 * Folder by folder, in the order of their names; a file that is named itself is taken whatever its name is.
 * @throws {Error} where there is no such file or folder, or it may not be read.
 */
export async function* filesOnDisk(path: string, filter: FileFilter): AsyncGenerator<ArchiveFile[]> {
  const found = statOf(path);
  if (found.isFIFO()) yield [pipeAt(path)];
  else if (!found.isDirectory()) yield [fileAt(path)];
  else for (const entries of foldersFrom(path, topEntries(path))) yield filesIn(entries, filter);
}

interface Folder {
  path: string;
  /** Names of files. */
  names: string[];
  /** Why it cannot be read; null where it can. */
  failure: unknown;
}

interface Entry {
  name: string;
  isFolder: boolean;
}

/** The folder, and those below it. */
function* foldersFrom(path: string, entries: readonly Entry[]): Generator<Folder> {
  yield {
    path,
    names: entries.flatMap(({ name, isFolder }) => (isFolder ? [] : name)),
    failure: null,
  };
  for (const { name, isFolder } of entries)
    if (isFolder && isLogFile(`${name}/x.json`)) yield* foldersBelow(join(path, name));
}

function* foldersBelow(path: string): Generator<Folder> {
  let entries: Entry[];
  try {
    entries = entriesOf(path);
  } catch (failure) {
    yield { path, names: [], failure };
    return;
  }
  yield* foldersFrom(path, entries);
}

function filesIn({ path, names, failure }: Folder, filter: FileFilter): ArchiveFile[] {
  if (failure !== null) return [unreadableAt(path, failure)];
  return names
    .filter((name) => isLogFile(name) && mayCount(name, filter))
    .map((name) => fileAt(path + sep + name));
}

function topEntries(folder: string): Entry[] {
  try {
    return entriesOf(folder);
  } catch (error) {
    throw unreadable(folder, error);
  }
}

/** Asked for in this thread: there are thousands of small files, and waiting for each costs more than the answer. */
function entriesOf(folder: string): Entry[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isFile() || entry.isSymbolicLink())
    .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function fileAt(path: string): ArchiveFile {
  let told: { version: string; failure: unknown } | null = null;
  return {
    name: path,
    size: null,
    version: () => (told ??= versionOf(path)).version,
    open: async () => {
      // Were it there by now and counted, nobody could tell the next time that it was.
      if (told?.failure) throw unreadableFile(told.failure);
      return { content: { path } };
    },
  };
}

function versionOf(path: string): { version: string; failure: unknown } {
  try {
    const { size, mtimeMs } = statSync(path);
    return { version: `${size}-${Math.round(mtimeMs)}`, failure: null };
  } catch (failure) {
    return { version: '', failure };
  }
}

/** What comes through a pipe comes once, and some files are read twice. */
function pipeAt(path: string): ArchiveFile {
  return { ...fileAt(path), open: () => keepInFile(createReadStream(path)) };
}

function unreadableAt(path: string, failure: unknown): ArchiveFile {
  const open = () => Promise.reject(unreadableFile(failure));
  return { name: path, size: 0, version: () => '', open };
}

function unreadableFile(cause: unknown): UnreadableFile {
  return new UnreadableFile(whyUnreadable(cause), { cause });
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const action = { en: `read ${path}`, ja: `${path} を取得` };
  return new LocalizedError(cannot(action, reasons[code ?? ''] ?? message), { cause: error });
}

const denied = {
  en: 'permission was denied; run it as a user who may read it',
  ja: 'アクセス許可がありません。読み取りが許可されたユーザーで実行してください',
};
const reasons: Readonly<Record<string, Localized>> = {
  ENOENT: {
    en: 'there is no such file or folder; check the path',
    ja: 'ファイルまたはフォルダーがありません。パスを確認してください',
  },
  ENOTDIR: {
    en: 'a part of the path is no folder; check the path',
    ja: 'パスの途中にフォルダーではないものがあります。パスを確認してください',
  },
  EACCES: denied,
  EPERM: denied,
};
