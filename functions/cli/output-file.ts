/** Writes a result to a file so that nobody ever sees half of it. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { LocalizedError, saidBy } from '../../shared/localized-error.ts';
import { ja, type Localized } from '../../shared/words.ts';
import { UserError } from './user-error.ts';

/** Fails at once, before anything slow begins, where the file could not be written later. */
export async function checkWritable(path: string): Promise<void> {
  try {
    if (path.trim() === '') throw new LocalizedError({ en: 'its name is empty', ja: '名前が空です' });
    const existing = await statOf(path);
    if (existing?.isDirectory())
      throw new LocalizedError({ en: 'it is a directory', ja: 'ディレクトリです' });
    if (existing) await access(path, constants.W_OK);
    if (!existing || existing.isFile()) await access(dirname(resolve(path)), constants.W_OK);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/**
 * Writes the whole text: under a temporary name beside it, then renamed. What is no regular file (a pipe, a terminal,
 * `/dev/null`) is written directly; a symbolic link stays one.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  try {
    const existing = await statOf(path);
    if (existing && !existing.isFile()) return await writeFile(path, text);
    await replaceFile(existing ? await realpath(path) : resolve(path), text);
  } catch (error) {
    throw unwritable(path, error);
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

const denied = { en: 'permission was denied', ja: 'アクセス許可がありません' };

const reasons: Readonly<Record<string, Localized>> = {
  ENOENT: { en: 'its directory does not exist', ja: 'ディレクトリが存在しません' },
  ENOTDIR: { en: 'a part of its path is no directory', ja: 'パスの一部がディレクトリではありません' },
  EACCES: denied,
  EPERM: denied,
  EROFS: { en: 'the file system is read-only', ja: 'ファイルシステムが読み取り専用です' },
  ENOSPC: { en: 'the disk is full', ja: 'ディスクの空き容量がありません' },
};

function unwritable(path: string, error: unknown): UserError {
  const why = reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? saidBy(error);
  return new UserError(
    {
      en: `Cannot write ${path || 'the report'}: ${why.en}; give --output-file a file in a writable directory`,
      ja: ja`${path || 'レポート'} に書き込めません: ${why.ja}。--output-file には書き込み可能なディレクトリのファイルを指定してください`,
    },
    { cause: error },
  );
}
