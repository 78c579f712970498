/** A result of Athena's, read like a log file of CloudTrail: it becomes one when it is opened. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline as pipelineOf, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { UnreadableFile, type ArchiveFile, type OpenedFile } from './archive-file.ts';
import { isAthenaResult, logFileOf } from './athena-result.ts';
import { DamagedFile } from './damaged-file.ts';
import { checkExpansion } from './inflater.ts';
import type { Content } from './file-decoder.ts';

/** The file itself where it is no result of Athena's. */
export function asLogFile(file: ArchiveFile): ArchiveFile {
  return isAthenaResult(file.name) ? { ...file, open: () => convert(file) } : file;
}

async function convert(file: ArchiveFile): Promise<OpenedFile> {
  const opened = await file.open();
  const folder = await mkdtemp(join(tmpdir(), 'clusterwhy-scan-'));
  const release = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'records.json');
  try {
    const records = logFileOf(file.name, textOf(opened.content));
    await pipeline(Readable.from(records), createWriteStream(path, { mode: 0o600 }));
    return { content: { path }, release };
  } catch (error) {
    await release();
    if (error instanceof DamagedFile) throw new UnreadableFile(error.message, { cause: error });
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UnreadableFile(`it cannot be read (${message})`, { cause: error });
  } finally {
    await opened.release?.();
  }
}

/** In parts, decompressed where it is compressed. */
async function* textOf(content: Content): AsyncGenerator<string> {
  const storedBytes = 'path' in content ? (await stat(content.path)).size : content.bytes.length;
  const bytes = 'path' in content ? createReadStream(content.path) : Readable.from(parts(content.bytes));
  const decoder = new TextDecoder();
  let length = 0;
  for await (const part of decompressed(bytes)) {
    length += part.length;
    checkExpansion(storedBytes, length);
    yield decoder.decode(part, { stream: true });
  }
  yield decoder.decode();
}

const partBytes = 1024 * 1024;

function* parts(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += partBytes)
    yield bytes.subarray(start, start + partBytes);
}

/** Tells by the first byte, as scanning does. */
async function* decompressed(source: Readable): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const first = await iterator.next();
  const all = (async function* () {
    for (let part = first; !part.done; part = await iterator.next()) yield part.value;
  })();
  if (first.done || first.value[0] !== 0x1f) {
    yield* all;
    return;
  }
  const gunzip = createGunzip();
  // What goes wrong on either side is thrown where its output is read.
  pipelineOf(Readable.from(all), gunzip, () => undefined);
  yield* gunzip as AsyncIterable<Uint8Array>;
}
