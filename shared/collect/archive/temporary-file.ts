/** A file for what has to lie on disk while it is read. */
import { createWriteStream, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { OpenedFile } from './archive-file.ts';

const folders = new Set<string>();

/** Keeps what comes in a file that only this user may read, until it is released or the process ends. */
export async function keepInFile(source: Readable): Promise<OpenedFile> {
  const folder = await mkdtemp(join(tmpdir(), 'clusterwhy-scan-'));
  if (folders.size === 0) process.once('exit', removeAll);
  folders.add(folder);
  const path = join(folder, 'object');
  const release = () => remove(folder);
  try {
    await pipeline(source, createWriteStream(path, { mode: 0o600 }));
    return { content: { path }, release };
  } catch (error) {
    await release();
    throw error;
  }
}

async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  folders.delete(folder);
  if (folders.size === 0) process.off('exit', removeAll);
}

/** An interrupted process waits for nothing. */
function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
