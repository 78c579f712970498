/** Scans a few log files and groups what was refused in them: the work of one turn of a thread. */
import { isoSeconds } from '../../domain/cloudtrail-record.ts';
import { DamagedFile } from './damaged-file.ts';
import { tokenOf, type Hit, type JsonObject, type Search } from './find-records.ts';
import type { Varying } from './known-records.ts';
import { readRefusedCall, sameCallAgain, whenAndWhich, type RefusedCall } from './refused-call.ts';
import { RefusedCalls, type RefusedCallsData } from './refused-calls.ts';
import { FileScanner, type Content, type Sink } from './scan-file.ts';

/** Which events count. Plain data. */
export interface ScanFilter {
  /** ISO 8601 UTC to the second; events from `from` on and before `to`. */
  from?: string;
  to?: string;
  accounts?: readonly string[];
  regions?: readonly string[];
  /** Whether calls of AssumeRoleWithWebIdentity that succeeded count as well. */
  callers?: boolean;
}

export interface BatchFile {
  name: string;
  content: Content;
}

export interface FileOutcome {
  name: string;
  storedBytes: number;
  jsonBytes: number;
  /** Why nothing of it counts; null where all of it does. */
  problem: string | null;
}

export interface ScannedBatch {
  files: FileOutcome[];
  calls: RefusedCallsData;
}

export type ScanBatch = (files: readonly BatchFile[]) => ScannedBatch;

const refused = tokenOf('errorCode', 'Code');
const webIdentity = tokenOf('AssumeRoleWithWebIdentity', 'WebIdentity');

/** What a scan seeks. */
export function searchFor(filter: ScanFilter): Search<RefusedCall> {
  return {
    tokens: filter.callers ? [refused, webIdentity] : [refused],
    read: (record) => (isCounted(record, filter) ? readRefusedCall(record) : null),
  };
}

function isCounted(record: JsonObject, filter: ScanFilter): boolean {
  const { eventTime, recipientAccountId, awsRegion } = record;
  const { accounts, regions } = filter;
  if (accounts && !accounts.includes(String(recipientAccountId))) return false;
  if (regions && !regions.includes(String(awsRegion))) return false;
  return isWithin(typeof eventTime === 'string' ? (isoSeconds(eventTime) ?? '') : '', filter);
}

/** An event without a time cannot be said to lie outside. */
function isWithin(time: string, { from, to }: ScanFilter): boolean {
  if (time === '') return true;
  return (from === undefined || time >= from) && (to === undefined || time < to);
}

/** Makes a scanner for one thread, which it blocks while it scans. */
export function makeBatchScanner(filter: ScanFilter): ScanBatch {
  const scanner = new FileScanner(searchFor(filter));
  return (batch) => {
    const calls = new RefusedCalls();
    const files = batch.map((file) => scanInto(calls, scanner, file, filter));
    return { files, calls: calls.data() };
  };
}

function scanInto(
  calls: RefusedCalls,
  scanner: FileScanner<RefusedCall>,
  { name, content }: BatchFile,
  filter: ScanFilter,
): FileOutcome {
  try {
    const { sink, ...sizes } = scanner.scan(content, () => new HeldCalls(filter));
    sink.moveTo(calls);
    return { name, ...sizes, problem: null };
  } catch (error) {
    return { name, storedBytes: 0, jsonBytes: 0, problem: problemOf(error) };
  }
}

/** What is wrong with a file, as its reader can mend it; a fault of ours is thrown on. */
function problemOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof DamagedFile) return message;
  if (code === undefined) throw error;
  const reasons: Record<string, string> = {
    ENOENT: 'it is no longer there',
    EACCES: 'permission to read it was denied',
    EPERM: 'permission to read it was denied',
  };
  return reasons[code] ?? `it cannot be read (${message})`;
}

/** Calls of one file that are held as they are; more of them are grouped, so that memory is bounded. */
const mostHeld = 20_000;

/** The calls of one file. */
export class HeldCalls implements Sink<RefusedCall> {
  readonly #filter: ScanFilter;
  #calls: RefusedCall[] = [];
  /** The values of calls that were recognised, by the call that each is like. */
  #again = new Map<RefusedCall, Varying[]>();
  #held = 0;
  #grouped: RefusedCalls | null = null;

  constructor(filter: ScanFilter) {
    this.#filter = filter;
  }

  add({ found, values }: Hit<RefusedCall>): void {
    if (this.#held === mostHeld) this.#group();
    if (values === null) this.#calls.push(found);
    else if (isWithin(values.eventTime, this.#filter)) this.#addAgain(found, values);
    this.#held++;
  }

  moveTo(calls: RefusedCalls): void {
    if (this.#grouped) calls.join(this.#grouped.data());
    this.#addTo(calls);
  }

  #addAgain(call: RefusedCall, values: Varying): void {
    const said = call.kind === 'caller' ? null : call.told.errorMessage;
    const known = this.#again.get(call);
    if ((values.errorMessage || null) !== said) this.#calls.push(sameCallAgain(call, values));
    else if (known) known.push(values);
    else this.#again.set(call, [values]);
  }

  #group(): void {
    this.#grouped ??= new RefusedCalls();
    this.#addTo(this.#grouped);
    this.#calls = [];
    this.#again = new Map();
    this.#held = 0;
  }

  #addTo(calls: RefusedCalls): void {
    for (const call of this.#calls) calls.add(call);
    for (const [call, all] of this.#again) {
      const newest = all.reduce((best, one) => (isNewer(one, best) ? one : best));
      const others = all.filter((one) => one !== newest).map(whenAndWhich);
      calls.add(sameCallAgain(call, newest), others);
    }
  }
}

function isNewer(a: Varying, b: Varying): boolean {
  return a.eventTime === b.eventTime ? a.eventID > b.eventID : a.eventTime > b.eventTime;
}
