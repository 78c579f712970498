/** Archives on disk that change while they are read, and odd things that lie in them. */
import { execFileSync } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { filesOnDisk } from '../../shared/collect/archive/disk-files.ts';
import { scanArchive, type ScanTotals } from '../../shared/collect/archive/scan-archive.ts';
import { startThreads } from '../../shared/collect/archive/scan-threads.ts';
import type { ArchiveFile } from '../../shared/collect/archive/archive-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clusterwhy-test-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const empty = '{"Records":[]}';

async function totalsOf(
  files: AsyncIterable<readonly ArchiveFile[]>,
  isDone: (file: ArchiveFile) => boolean = () => false,
): Promise<ScanTotals> {
  const threads = startThreads({}, { script: null, count: 1 });
  return (await scanArchive({ files, threads, isDone })).totals;
}

async function onlyFile(path: string): Promise<ArchiveFile> {
  const all: ArchiveFile[] = [];
  for await (const part of filesOnDisk(path, {})) all.push(...part);
  expect(all).toHaveLength(1);
  return all[0] as ArchiveFile;
}

/** Asks for the version of each file, as a scan does that goes on with an earlier one. */
function askingVersions(file: ArchiveFile): boolean {
  return file.version() === 'of an earlier scan';
}

it('a folder that vanishes before its turn is told, and the others are read', async () => {
  for (const name of ['a', 'b', 'c']) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'x.json'), empty);
  }
  const vanishing = (async function* () {
    for await (const files of filesOnDisk(folder, {})) {
      yield files;
      await rm(join(folder, 'b'), { recursive: true, force: true });
    }
  })();
  const { files, problems } = await totalsOf(vanishing, askingVersions);
  expect(problems).toEqual([{ file: join(folder, 'b'), why: 'it is no longer there' }]);
  expect(files).toBe(3);
});

it.each([
  ['that leads nowhere', 'nowhere.json', 'it is no longer there'],
  ['that leads to itself', 'link.json', 'it is a link that leads to itself'],
  ['to a folder', '.', 'it is a link to a folder, and those are not followed'],
])('a link %s is told, also by a scan that goes on with an earlier one', async (_, target, why) => {
  await symlink(target, join(folder, 'link.json'));
  await writeFile(join(folder, 'x.json'), empty);
  for (const isDone of [askingVersions, () => false]) {
    const { files, problems } = await totalsOf(filesOnDisk(folder, {}), isDone);
    expect({ files, problems }).toEqual({ files: 2, problems: [{ file: join(folder, 'link.json'), why }] });
  }
});

it('a file that came after its version was asked for is left to the next scan', async () => {
  const path = join(folder, 'x.json');
  await symlink('y.txt', path);
  const file = await onlyFile(folder);
  file.version();
  await writeFile(join(folder, 'y.txt'), empty);
  await expect(file.open()).rejects.toThrow('it is no longer there');
  await expect((await onlyFile(folder)).open()).resolves.toEqual({ content: { path } });
});

it('what comes through a pipe is read to its end, and nothing of it stays', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const text = `{"head":"${'x'.repeat(300_000)}","Records":[{"errorCode":"${'y'.repeat(300_000)}"}]}`;
  const writing = pipeline(Readable.from([gzipSync(text, { level: 0 })]), createWriteStream(pipe));
  const { content, release } = await (await onlyFile(pipe)).open();
  await writing;
  const path = 'path' in content ? content.path : '';
  const { jsonBytes, problems } = await totalsOf(filesOnDisk(path, {}));
  expect({ jsonBytes, problems }).toEqual({ jsonBytes: text.length, problems: [] });
  await release?.();
  expect(existsSync(path)).toBe(false);
});

it.each([256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 512 * 1024])(
  'a file of %d bytes is read to its end, plain and compressed',
  async (length) => {
    const plain = Buffer.alloc(length, ' ');
    plain.write(empty);
    await writeFile(join(folder, 'a.json'), plain);
    await writeFile(join(folder, 'b.json.gz'), storedIn(plain));
    const { storedBytes, problems } = await totalsOf(filesOnDisk(folder, {}));
    expect({ storedBytes, problems }).toEqual({ storedBytes: 2 * length, problems: [] });
  },
);

/** Of as much of the text as its own length allows: it is not compressed, so that its length can be chosen. */
function storedIn(text: Buffer): Buffer {
  const store = (length: number) => gzipSync(text.subarray(0, length), { level: 0 });
  let length = text.length - 18;
  while (store(length).length > text.length) length--;
  return store(length);
}
