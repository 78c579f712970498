/** The log files below a folder, or one file. */
import { readdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { LocalizedError } from '../../localized-error.ts';
import type { Localized } from '../../words.ts';
import { cannot } from '../cannot.ts';
import { isLogFile, mayCount, type ArchiveFile, type FileFilter } from './archive-file.ts';

/**
 * Folder by folder, in the order of their names; a file that is named itself is taken whatever its name is.
 * @throws {Error} where there is no such file or folder, or it may not be read.
 */
export async function* filesOnDisk(path: string, filter: FileFilter): AsyncGenerator<ArchiveFile[]> {
  if (!statOf(path).isDirectory()) yield [fileAt(path)];
  else for (const folder of foldersFrom(path)) yield filesIn(folder, filter);
}

interface Folder {
  path: string;
  /** Names of files. */
  names: string[];
}

/** The folder, and those below it. */
function* foldersFrom(path: string): Generator<Folder> {
  const entries = entriesOf(path);
  yield {
    path,
    names: entries.flatMap(({ name, isFolder }) => (isFolder ? [] : name)),
  };
  for (const { name, isFolder } of entries)
    if (isFolder && isLogFile(`${name}/x.json`)) yield* foldersFrom(join(path, name));
}

function filesIn({ path, names }: Folder, filter: FileFilter): ArchiveFile[] {
  return names
    .filter((name) => isLogFile(name) && mayCount(name, filter))
    .map((name) => fileAt(path + sep + name));
}

/** Asked for in this thread: there are thousands of small files, and waiting for each costs more than the answer. */
function entriesOf(folder: string): { name: string; isFolder: boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isFile() || entry.isSymbolicLink())
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function fileAt(path: string): ArchiveFile {
  let version: string | null = null;
  return {
    name: path,
    size: null,
    version: () => (version ??= versionOf(path)),
    open: async () => ({ content: { path } }),
  };
}

function versionOf(path: string): string {
  const { size, mtimeMs } = statOf(path);
  return `${size}-${Math.round(mtimeMs)}`;
}

function statOf(path: string) {
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
