import type { Localized } from '../../words.ts';
import { tooManyDenials } from '../cannot.ts';
import type { ScanTotals } from './scan-archive.ts';

export interface ScannedArchive {
  source: string;
  totals: ScanTotals;
  /** Calls of denials beyond those that are kept. */
  left: number;
  /** Whether the time for reading ended before its end. */
  isCutOff?: boolean;
}

/** What was not read, apart from single files. */
export function coverageGaps({ source, totals, left, isCutOff = false }: ScannedArchive): Localized[] {
  const unnamed = totals.damaged - totals.problems.length;
  return [
    ...(isCutOff ? [endedAfter(source, totals.files)] : []),
    ...(totals.files === 0 && !isCutOff ? [noFilesIn(source)] : []),
    ...(unnamed > 0 ? [moreFiles(unnamed)] : []),
    ...(left > 0 ? [tooManyDenials(left)] : []),
  ];
}

function endedAfter(source: string, files: number): Localized {
  return {
    en: `The time for reading ${source} ended after ${files === 1 ? '1 log file' : `${files} log files`}; allow more of it, or ask for a shorter window or fewer regions`,
    ja: `ログファイルを ${files} 個読み取ったところで、${source} の読み取りの時間が終わりました。より長い時間を許可するか、対象の期間を短くするか、リージョンを減らしてください`,
  };
}

function noFilesIn(source: string): Localized {
  return {
    en: `There is no log file of CloudTrail in ${source} for what was asked; check the place, the time, and whether the trail is on`,
    ja: `${source} には、対象となる CloudTrail のログファイルがありません。場所、期間、証跡が有効かどうかを確認してください`,
  };
}

function moreFiles(files: number): Localized {
  return {
    en: `${files} more log files could not be read`,
    ja: `ほかに ${files} 個のログファイルを読み取れませんでした`,
  };
}
