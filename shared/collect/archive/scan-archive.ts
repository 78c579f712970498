/** Scans the log files of an archive, side by side, and groups what was refused in them. */
import type { ArchiveFile, OpenedFile } from './archive-file.ts';
import { UnreadableFile } from './archive-file.ts';
import { RefusedCalls } from './refused-calls.ts';
import type { BatchFile, FileOutcome } from './scan-batch.ts';
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
  files: AsyncIterable<ArchiveFile>;
  threads: ScanThreads;
  /** Batches under way at a time. */
  batches: number;
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
const mostFiles = 16;
const mostBytes = 8 * 1024 * 1024;

export function noProgress(): ScanProgress {
  const totals = { files: 0, storedBytes: 0, jsonBytes: 0, damaged: 0, problems: [] };
  return { totals, calls: new RefusedCalls() };
}

/** Every file is counted once, or told among the problems. Throws what keeps all files from being read. */
export async function scanArchive(request: ScanRequest): Promise<ScanProgress> {
  const { batches, progress = noProgress(), afterBatch, signal } = request;
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
  for await (const files of inBatches(newFiles(request))) {
    if (underWay.size >= batches) await Promise.race(underWay);
    if (failures.length > 0 || signal?.aborted) break;
    const scanning: Promise<void> = scan(files).finally(() => underWay.delete(scanning));
    underWay.add(scanning);
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
  return progress;
}

async function* newFiles({ files, isDone }: ScanRequest): AsyncGenerator<ArchiveFile> {
  for await (const file of files) if (!isDone?.(file)) yield file;
}

async function* inBatches(files: AsyncIterable<ArchiveFile>): AsyncGenerator<ArchiveFile[]> {
  let batch: ArchiveFile[] = [];
  let bytes = 0;
  for await (const file of files) {
    if (batch.length > 0 && (batch.length === mostFiles || bytes + file.size > mostBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(file);
    bytes += file.size;
  }
  if (batch.length > 0) yield batch;
}

async function scanBatch(
  files: readonly ArchiveFile[],
  { threads, onCounted }: ScanRequest,
  progress: ScanProgress,
): Promise<void> {
  const opened = await Promise.all(files.map(open));
  try {
    const batch = opened.flatMap(({ file }) => file ?? []);
    const scanned = batch.length > 0 ? await threads.scan(batch) : null;
    // From here on nothing waits: what is counted and what is done belong together.
    const outcomes = [...opened.flatMap(({ problem }) => problem ?? []), ...(scanned?.files ?? [])];
    for (const outcome of outcomes) count(progress.totals, outcome);
    if (scanned) progress.calls.join(scanned.calls);
    const failed = new Set(outcomes.filter(({ problem }) => problem !== null).map(({ name }) => name));
    onCounted?.(
      files.filter(({ name }) => !failed.has(name)),
      progress,
    );
  } finally {
    for (const { release } of opened) await release?.();
  }
}

interface Opened {
  file?: BatchFile;
  release?: OpenedFile['release'];
  problem?: FileOutcome;
}

async function open(file: ArchiveFile): Promise<Opened> {
  const { name } = file;
  try {
    const { content, release } = await file.open();
    return { file: { name, content }, ...(release && { release }) };
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return { problem: { name, storedBytes: 0, jsonBytes: 0, problem: error.message } };
  }
}

function count(totals: ScanTotals, { name, storedBytes, jsonBytes, problem }: FileOutcome): void {
  totals.files++;
  totals.storedBytes += storedBytes;
  totals.jsonBytes += jsonBytes;
  if (problem === null) return;
  totals.damaged++;
  if (totals.problems.length < mostProblems) totals.problems.push({ file: name, why: problem });
}
