/** The file with which an interrupted scan goes on: what was found, and in which files; both change together. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ArchiveFile } from '../../../shared/collect/archive/archive-file.ts';
import type { RefusedCallsData } from '../../../shared/collect/archive/refused-calls.ts';
import {
  noProgress,
  type ScanProgress,
  type ScanTotals,
} from '../../../shared/collect/archive/scan-archive.ts';
import type { ScanFilter } from '../../../shared/collect/archive/scan-batch.ts';
import { writeWhole } from '../output-file.ts';
import { UserError } from '../user-error.ts';

export interface ScanState {
  /** With the bounds of the scan that began it: "the last 7 days" are still the same ones. */
  filter: ScanFilter;
  progress: ScanProgress;
  /** Files that earlier scans had read. */
  filesBefore: number;
  isDone(file: ArchiveFile): boolean;
  /** Remembers files that are counted in the progress by now. */
  done(files: readonly ArchiveFile[]): void;
  /** Writes the file where that is due. */
  saveFromTimeToTime(): Promise<void>;
  save(): Promise<void>;
}

/** What was asked for; a file of another question is refused. */
export interface ScanQuestion {
  source: string;
  filter: ScanFilter;
  since: string | null;
  until: string | null;
}

interface Saved {
  format: 'clusterwhy scan 1';
  question: string;
  filter: ScanFilter;
  totals: ScanTotals;
  calls: RefusedCallsData;
  /** Eight bytes of the hash of each file's name and version. */
  done: string;
}

const hashBytes = 8;

/** The file is written no more often than this, and takes no more than one part in so many of the time. */
const leastPauseMs = 5_000;
const shareOfTime = 20;

/** @throws {UserError} where the file is none of ours, or that of another scan. */
export async function openScanState(path: string, question: ScanQuestion): Promise<ScanState> {
  const saved = await readSaved(path, question);
  const filter = saved?.filter ?? question.filter;
  const progress = progressOf(saved);
  const done = new Set(saved ? hashesOf(saved.done) : []);
  let nextSave = 0; // what the first files told is kept at once
  const save = async () => {
    nextSave = Infinity;
    const started = Date.now();
    await writeWhole(path, JSON.stringify(savedOf(question, filter, progress, done)));
    nextSave = Date.now() + Math.max(leastPauseMs, shareOfTime * (Date.now() - started));
  };
  return {
    filter,
    progress,
    filesBefore: progress.totals.files,
    isDone: (file) => done.has(hashOf(file)),
    done: (files) => files.forEach((file) => done.add(hashOf(file))),
    saveFromTimeToTime: async () => void (Date.now() >= nextSave && (await save())),
    save,
  };
}

/** Files that could not be read are not done: they are tried again, and told again where that fails. */
function progressOf(saved: Saved | null): ScanProgress {
  const progress = noProgress();
  if (!saved) return progress;
  const { files, damaged } = saved.totals;
  progress.calls.join(saved.calls);
  return { ...progress, totals: { ...saved.totals, files: files - damaged, damaged: 0, problems: [] } };
}

function savedOf(
  question: ScanQuestion,
  filter: ScanFilter,
  { totals, calls }: ScanProgress,
  done: ReadonlySet<string>,
): Saved {
  const hashes = Buffer.concat([...done].map((hash) => Buffer.from(hash, 'base64url')));
  const saved = { question: textOf(question), filter, totals, calls: calls.data() };
  return { format: 'clusterwhy scan 1', ...saved, done: hashes.toString('base64') };
}

function hashesOf(done: string): string[] {
  const bytes = Buffer.from(done, 'base64');
  return Array.from({ length: Math.floor(bytes.length / hashBytes) }, (_, index) =>
    bytes.toString('base64url', index * hashBytes, (index + 1) * hashBytes),
  );
}

function hashOf(file: ArchiveFile): string {
  return createHash('sha256')
    .update(`${file.name}\n${file.version()}`)
    .digest()
    .toString('base64url', 0, hashBytes);
}

/** The bounds count as they were given: as moments they are later ones at each start. */
function textOf({ source, filter, since, until }: ScanQuestion): string {
  const { accounts = null, regions = null, callers = false } = filter;
  return JSON.stringify({ source, since, until, accounts, regions, callers });
}

async function readSaved(path: string, question: ScanQuestion): Promise<Saved | null> {
  const text = await readText(path);
  if (text === null || text.trim() === '') return null;
  const saved = parse(text);
  if (saved?.format !== 'clusterwhy scan 1')
    throw new UserError({
      en: `Cannot go on with ${path}: it is no file that "clusterwhy scan --resume" wrote; give --resume the name of another file`,
      ja: `${path} から続行できません: "clusterwhy scan --resume" が書き込んだファイルではありません。--resume には別のファイル名を指定してください`,
    });
  if (saved.question === textOf(question)) return saved;
  throw new UserError({
    en: `Cannot go on with ${path}: it belongs to a scan with other arguments (${saved.question}); give them again, or another file`,
    ja: `${path} から続行できません: 別の引数によるスキャンのファイルです (${saved.question})。同じ引数を指定するか、別のファイルを指定してください`,
  });
}

function parse(text: string): Saved | null {
  try {
    return JSON.parse(text) as Saved | null;
  } catch {
    // What is no JSON is no such file either, and the caller says so.
    return null;
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    const why = (error as Error).message;
    throw new UserError(
      {
        en: `Cannot read ${path}: ${why}; give --resume another file`,
        ja: `${path} を読み取れません: ${why}。--resume には別のファイルを指定してください`,
      },
      { cause: error },
    );
  }
}
