/** Scans the log files of an archive, side by side, and groups what was refused in them. */
import type { ArchiveFile, OpenedFile } from './archive-file.ts';
import { UnreadableFile } from './archive-file.ts';
import { RefusedCalls } from './refused-calls.ts';
import type { Content } from './file-decoder.ts';
import type { ScanThreads } from './scan-threads.ts';

export interface ArchiveProblem {
  /** Path, or address in S3. */
  file: string;
  why: string;
}

export interface ScanTotals {
  /** Files that were scanned, damaged ones included. */
  files: number;
  storedBytes: number;
  jsonBytes: number;
  /** Files of which nothing counts. */
  damaged: number;
  /** The first of them. */
  problems: ArchiveProblem[];
}

export interface ScanProgress {
  totals: ScanTotals;
  calls: RefusedCalls;
}

export interface ScanRequest {
  /** In parts, as they are listed. */
  files: AsyncIterable<readonly ArchiveFile[]>;
  threads: ScanThreads;
  /** What an earlier scan of the same archive found, which is added to. */
  progress?: ScanProgress;
  /** Whether an earlier scan has done the file. */
  isDone?: (file: ArchiveFile) => boolean;
  /** Called in the same turn in which what was found in these files is counted; files with a problem are not among them. */
  onCounted?: (files: readonly ArchiveFile[], progress: ScanProgress) => void;
  /** Called after each batch. */
  afterBatch?: () => Promise<void>;
  /** Ends the scan early: batches under way are finished. */
  signal?: AbortSignal;
}

const mostProblems = 1000;

/** A batch is given to a thread as one, so that small files cost few messages and large ones little memory. */
const mostFiles = 64;
const mostBytes = 4 * 1024 * 1024;
/** Taken for the size of files until the first are scanned. */
const firstSize = 512 * 1024;

export function noProgress(): ScanProgress {
  const totals = { files: 0, storedBytes: 0, jsonBytes: 0, damaged: 0, problems: [] };
  return { totals, calls: new RefusedCalls() };
}

/** Every file is counted once, or told among the problems. Throws what keeps all files from being read. */
export async function scanArchive(request: ScanRequest): Promise<ScanProgress> {
  const { threads, progress = noProgress(), afterBatch, signal } = request;
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const scan = async (files: readonly ArchiveFile[]) => {
    try {
      await scanBatch(files, request, progress);
      await afterBatch?.();
    } catch (error) {
      failures.push(error);
    }
  };
  for await (const files of batchesOf(request, progress)) {
    if (underWay.size >= batchesAtATime(threads.count)) await Promise.race(underWay);
    if (failures.length > 0 || signal?.aborted) break;
    const scanning: Promise<void> = scan(files).finally(() => underWay.delete(scanning));
    underWay.add(scanning);
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
  return progress;
}

/** Twice as many as there are threads, so that none waits for its next; some more where they are few, for those that are being fetched. */
function batchesAtATime(threads: number): number {
  return Math.max(6, 2 * threads);
}

/** Batches of the files that are not done. */
async function* batchesOf(
  { files, isDone }: ScanRequest,
  { totals }: ScanProgress,
): AsyncGenerator<ArchiveFile[]> {
  let batch: ArchiveFile[] = [];
  let bytes = 0;
  for await (const part of files) {
    for (const file of part) {
      if (isDone?.(file)) continue;
      const size = file.size ?? usualSize(totals);
      if (batch.length > 0 && (batch.length === mostFiles || bytes + size > mostBytes)) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(file);
      bytes += size;
    }
  }
  if (batch.length > 0) yield batch;
}

/** The mean of the files that were scanned. */
function usualSize({ files, storedBytes }: ScanTotals): number {
  return files === 0 ? firstSize : storedBytes / files;
}

async function scanBatch(
  files: readonly ArchiveFile[],
  { threads, onCounted }: ScanRequest,
  progress: ScanProgress,
): Promise<void> {
  const opened = await openAll(files);
  try {
    const readable = opened.filter((one) => one.content !== null);
    const contents = readable.flatMap(({ content }) => content ?? []);
    const scanned = contents.length > 0 ? await threads.scan(contents) : null;
    // From here on nothing waits: what is counted and what is done belong together.
    for (const { index, why } of scanned?.problems ?? []) (readable[index] as Opened).problem = why;
    const { totals, calls } = progress;
    totals.storedBytes += scanned?.storedBytes ?? 0;
    totals.jsonBytes += scanned?.jsonBytes ?? 0;
    for (const one of opened) count(totals, one);
    if (scanned) calls.join(scanned.calls);
    const counted = opened.filter(({ problem }) => problem === null).map(({ file }) => file);
    onCounted?.(counted, progress);
  } finally {
    await releaseAll(opened);
  }
}

interface Opened {
  file: ArchiveFile;
  /** Null where it cannot be read. */
  content: Content | null;
  release: OpenedFile['release'];
  /** Why nothing of it counts; null where all of it does. */
  problem: string | null;
}

/** All or none. */
async function openAll(files: readonly ArchiveFile[]): Promise<Opened[]> {
  const tried = await Promise.allSettled(files.map(open));
  const opened = tried.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const failed = tried.find((one) => one.status === 'rejected');
  if (!failed) return opened;
  await releaseAll(opened);
  throw failed.reason;
}

async function releaseAll(opened: readonly Opened[]): Promise<void> {
  for (const { release } of opened) if (release) await release();
}

async function open(file: ArchiveFile): Promise<Opened> {
  try {
    const { content, release } = await file.open();
    return { file, content, release, problem: null };
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return { file, content: null, release: undefined, problem: error.message };
  }
}

function count(totals: ScanTotals, { file, problem }: Opened): void {
  totals.files++;
  if (problem === null) return;
  totals.damaged++;
  if (totals.problems.length < mostProblems) totals.problems.push({ file: file.name, why: problem });
}
