/** Writes a result to a file so that nobody ever sees half of it. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from './user-error.ts';

/** Fails at once, before anything slow begins, where the file could not be written later. */
export async function checkWritable(path: string): Promise<void> {
  try {
    if (path.trim() === '') throw new Error('its name is empty');
    const existing = await statOf(path);
    if (existing?.isDirectory()) throw new Error('it is a directory');
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

function unwritable(path: string, error: unknown): UserError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOENT: 'its directory does not exist',
    ENOTDIR: 'a part of its path is no directory',
    EACCES: 'permission was denied',
    EPERM: 'permission was denied',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
  };
  const why = reasons[code ?? ''] ?? message;
  return new UserError(
    `Cannot write ${path || 'the report'}: ${why}; give --output-file a file in a writable directory`,
    {
      cause: error,
    },
  );
}
