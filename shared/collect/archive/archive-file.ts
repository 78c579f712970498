/** A log file of an archive, on disk or in a bucket. */
import type { Content } from './file-decoder.ts';

export interface ArchiveFile {
  /** Its path, or its key. */
  name: string;
  /** Bytes; null where asking for them costs as much as reading a small file. */
  size: number | null;
  /** Changes when its content does: its size, with the time of its last change or its ETag; stays as it was when first asked for. */
  version(): string;
  open(): Promise<OpenedFile>;
}

export interface OpenedFile {
  content: Content;
  /** Removes what was made for reading it. */
  release?: () => Promise<void>;
}

/** Why a file could not be opened, as its reader can mend it. */
export class UnreadableFile extends Error {
  override name = 'UnreadableFile';
}

/** What a trail writes beside its log files: digests of them, and insights, which hold no calls. */
const otherFolder = /(?:^|\/)CloudTrail-(?:Digest|Insight|Aggregated)(?:\/|$)/;

/** Whether the path or key is that of a log file. */
export function isLogFile(name: string): boolean {
  return /\.json(\.gz)?$/i.test(name) && !otherFolder.test(name);
}

/** What the name of a log file tells: `<account>_CloudTrail_<region>_<YYYYMMDDTHHmmZ>_<id>.json.gz`. */
export function readLogFileName(name: string): { account: string; region: string; delivered: string } | null {
  const parts = /(?:^|\/)(\d{12})_CloudTrail_([a-z0-9-]+)_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_[^/]+$/.exec(
    name,
  );
  if (!parts) return null;
  const [, account = '', region = '', year, month, day, hour, minute] = parts;
  return { account, region, delivered: `${year}-${month}-${day}T${hour}:${minute}:59Z` };
}

/** How late a trail may deliver, in milliseconds: mostly within minutes, by its documentation without a bound. */
export const latestDeliveryMs = 24 * 3600 * 1000;

export interface FileFilter {
  from?: string;
  to?: string;
  accounts?: readonly string[];
  regions?: readonly string[];
}

/** Whether the file may hold events that count, as far as its name tells. */
export function mayCount(name: string, { from, to, accounts, regions }: FileFilter): boolean {
  const told = readLogFileName(name);
  if (!told) return true;
  if (accounts && !accounts.includes(told.account)) return false;
  if (regions && !regions.includes(told.region)) return false;
  if (from !== undefined && told.delivered < from) return false;
  return to === undefined || Date.parse(told.delivered) < Date.parse(to) + latestDeliveryMs;
}
