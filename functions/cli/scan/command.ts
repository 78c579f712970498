/** `clusterwhy scan`: the refused calls in log files of CloudTrail, on disk or in S3. */
import { noProgress, scanArchive, type ScanProgress } from '../../../shared/collect/archive/scan-archive.ts';
import type { ScanFilter } from '../../../shared/collect/archive/scan-batch.ts';
import type { Severity } from '../../../shared/rule.ts';
import { coverageGaps } from '../../../shared/collect/archive/coverage-gaps.ts';
import { damageInWords } from '../../../shared/collect/archive/damage-words.ts';
import { reasonIn } from '../../../shared/report.ts';
import { archiveFiles, readArchivePlace, type ArchivePlace } from '../../archive.ts';
import type { AwsClientSettings } from '../../aws-clients.ts';
import { version } from '../../version.ts';
import { checkWritable } from '../output-file.ts';
import type { ReportFormat } from '../render-report.ts';
import type { Session } from '../session.ts';
import { UserError, userError } from '../user-error.ts';
import { printAthenaSql } from './athena-sql.ts';
import { scanDenials } from './scan-denials.ts';
import { startScanProgress } from './scan-progress.ts';
import { openScanState, type ScanState } from './scan-state.ts';
import { startScanThreads } from './start-scan-threads.ts';
import { readSpan } from './span.ts';
import { writeScan } from './write-scan.ts';

export interface ScanOptions {
  /** A moment, or how far back. */
  since?: string;
  until?: string;
  account?: string[];
  region?: string[];
  profile?: string;
  diagnose?: boolean;
  /** Only prints the question, for Athena to answer. */
  athenaSql?: boolean;
  resume?: string;
  threads?: number;
  severity?: Severity;
  output?: ReportFormat;
  outputFile?: string;
  exitZero?: boolean;
}

/** What was scanned, and when. */
export interface Scanned {
  source: string;
  startedAt: Date;
  filter: ScanFilter;
  progress: ScanProgress;
  /** Files that an earlier scan, which this one went on with, had read. */
  filesBefore: number;
}

/** Exit code: 0 nothing found, 1 a rule broke, 3 refused calls or findings, 4 none but incomplete. */
export async function scan(session: Session, source: string, options: ScanOptions): Promise<number> {
  const place = userError(() => readArchivePlace(source));
  const startedAt = new Date();
  const wanted = userError(() => filterOf(options, startedAt));
  if (options.athenaSql) {
    await printAthenaSql(session, place, wanted);
    return 0;
  }
  if (!options.diagnose && (options.severity || options.output === 'html' || options.output === 'ocsf'))
    throw new UserError({
      en: 'Only an explained scan has findings: add --diagnose, or leave out --severity and take text, json or csv',
      ja: '検出結果が出るのは原因を説明するスキャンだけです: --diagnose を追加するか、--severity を外して text、json、csv のいずれかを選択してください',
    });
  if (options.outputFile !== undefined) await checkWritable(options.outputFile);
  const state = await openState(options, source, wanted);
  const filter = state?.filter ?? wanted;
  const progress = await readAll(session, { place, source, filter, options, state });
  const scanned = { source, startedAt, filter, progress, filesBefore: state?.filesBefore ?? 0 };
  if (options.diagnose) return (await import('./diagnose.ts')).diagnose(session, scanned, options);
  return report(session, scanned, options);
}

function filterOf({ since, until, account, region, diagnose }: ScanOptions, now: Date): ScanFilter {
  const [from, to] = readSpan({ since, until }, now);
  return {
    ...(from && { from }),
    ...(to && { to }),
    ...(account && { accounts: account }),
    ...(region && { regions: region }),
    // Explaining a denial also takes the calls that went well.
    callers: diagnose ?? false,
  };
}

async function openState(
  { resume, since, until }: ScanOptions,
  source: string,
  filter: ScanFilter,
): Promise<ScanState | null> {
  if (resume === undefined) return null;
  await checkWritable(resume);
  return openScanState(resume, { source, filter, since: since ?? null, until: until ?? null });
}

interface Reading {
  place: ArchivePlace;
  source: string;
  filter: ScanFilter;
  options: ScanOptions;
  state: ScanState | null;
}

async function readAll(session: Session, reading: Reading): Promise<ScanProgress> {
  const { place, source, filter, options, state } = reading;
  const threads = startScanThreads(filter, options.threads);
  const view = await startScanProgress(session, source);
  try {
    const progress = await scanArchive({
      files: archiveFiles(place, filter, awsSettings(options)),
      threads,
      progress: state?.progress ?? noProgress(),
      isDone: (file) => state?.isDone(file) ?? false,
      onCounted: (files, { totals }) => {
        state?.done(files);
        view.show(totals);
      },
      afterBatch: async () => state?.saveFromTimeToTime(),
    });
    await state?.save();
    return progress;
  } finally {
    view.stop();
    await threads.close();
  }
}

export function awsSettings({ profile }: ScanOptions): AwsClientSettings {
  return profile === undefined ? {} : { profile };
}

async function report(session: Session, scanned: Scanned, options: ScanOptions): Promise<number> {
  const { source, startedAt, filter, progress, filesBefore } = scanned;
  const { totals, calls } = progress;
  const denials = scanDenials(calls.byAccount(), session.language);
  const inOrder = totals.problems.toSorted((a, b) => (a.file < b.file ? -1 : 1));
  const notRead = [
    ...inOrder.map(({ file, why }) => ({ file, ...reasonIn(damageInWords(why), session.language) })),
    ...coverageGaps({ source, totals, left: calls.left() }).map((why) => ({
      file: null,
      ...reasonIn(why, session.language),
    })),
  ];
  const refusedCalls = denials.reduce((sum, denial) => sum + denial.calls, 0);
  await writeScan(session, options, {
    schemaVersion: 1,
    tool: { name: 'clusterwhy', version },
    startedAt: startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    source,
    window: { from: filter.from ?? null, to: filter.to ?? null },
    summary: {
      files: totals.files,
      filesReadBefore: filesBefore,
      damagedFiles: totals.damaged,
      storedBytes: totals.storedBytes,
      jsonBytes: totals.jsonBytes,
      refusedCalls,
      denials: denials.length,
    },
    denials,
    notRead,
  });
  if (options.exitZero) return 0;
  return denials.length > 0 ? 3 : notRead.length > 0 ? 4 : 0;
}
