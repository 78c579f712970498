/** Keeps marks in a folder of this machine. */
import { isNativeError } from 'node:util/types';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LocalizedError } from '../localized-error.ts';
import { makeMarks, type MarkOptions, type Marks, type MarkStore } from './marks.ts';

/** Marks in files below a folder, which is made when needed. */
export function fileMarks(folder: string, options: MarkOptions = {}): Marks {
  return makeMarks(fileStore(folder), options);
}

function fileStore(folder: string): MarkStore {
  return {
    create: (name, text) => create(join(folder, name), text),
    read: (name) => read(join(folder, name)),
  };
}

/** The name appears at once and only once (O_EXCL), and is on the disk before anything is sent. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (isError(error, 'EEXIST')) return false;
    throw new LocalizedError(
      {
        en: `Cannot write the mark ${path}: make its folder writable`,
        ja: `送信の記録 ${path} に書き込めません: フォルダーを書き込み可能にしてください`,
      },
      { cause: error },
    );
  }
}

/** A name is safe from a power cut only when its folder is; Windows cannot open folders, and needs no such care. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function read(path: string): Promise<{ text: string; writtenMs: number } | null> {
  try {
    const text = await readFile(path, 'utf8');
    return { text, writtenMs: (await stat(path)).mtimeMs };
  } catch (error) {
    if (isError(error, 'ENOENT')) return null;
    throw new LocalizedError(
      {
        en: `Cannot read the mark ${path}: make it readable`,
        ja: `送信の記録 ${path} を読み取れません: 読み取り可能にしてください`,
      },
      { cause: error },
    );
  }
}

function isError(error: unknown, code: string): boolean {
  return isNativeError(error) && 'code' in error && error.code === code;
}
