/** Scans a few log files and groups what was refused in them: the work of one turn of a thread. */
import { isoSeconds } from '../../domain/cloudtrail-record.ts';
import { DamagedFile } from './damaged-file.ts';
import type { Varying } from './known-records.ts';
import { readRefusedCall, sameCallAgain, whenAndWhich, type RefusedCall } from './refused-call.ts';
import { RefusedCalls, type RefusedCallsData } from './refused-calls.ts';
import type { Content } from './file-decoder.ts';
import { FileScanner, type Sink } from './scan-file.ts';
import type { Hit, JsonObject, Search } from './search.ts';
import { whyUnreadable } from './why-unreadable.ts';

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

/** Of a few files together, for this is sent from thread to thread. */
export interface ScannedBatch {
  /** Of the files that count: bytes as they lie there, and bytes of JSON. */
  storedBytes: number;
  jsonBytes: number;
  /** Files of which nothing counts, by their place in the batch. */
  problems: { index: number; why: string }[];
  calls: RefusedCallsData;
}

export type ScanBatch = (files: readonly Content[]) => ScannedBatch;

const refused = 'errorCode';
const webIdentity = 'AssumeRoleWithWebIdentity';

/** What a scan seeks. */
export function searchFor(filter: ScanFilter): Search<RefusedCall> {
  return {
    tokens: filter.callers ? [refused, webIdentity] : [refused],
    read: (record) => (isCounted(record, filter) ? readRefusedCall(record) : null),
    readsText: ({ kind }) => kind === 'service',
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
  const makeSink = () => new HeldCalls(filter);
  return (files) => {
    const calls = new RefusedCalls();
    const batch: Omit<ScannedBatch, 'calls'> = {
      storedBytes: 0,
      jsonBytes: 0,
      problems: [],
    };
    for (const [index, content] of files.entries()) {
      try {
        const { sink, storedBytes, jsonBytes } = scanner.scan(content, makeSink);
        sink.moveTo(calls);
        batch.storedBytes += storedBytes;
        batch.jsonBytes += jsonBytes;
      } catch (error) {
        batch.problems.push({ index, why: problemOf(error) });
      }
    }
    return { ...batch, calls: calls.data() };
  };
}

/** What is wrong with a file, as its reader can mend it; a fault of ours is thrown on. */
function problemOf(error: unknown): string {
  if (error instanceof DamagedFile) return error.message;
  if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  return whyUnreadable(error);
}

/** Calls of one file that are held as they are; more of them are grouped, so that memory is bounded. */
const mostHeld = 20_000;

/** The calls of one file. */
export class HeldCalls implements Sink<RefusedCall> {
  readonly #filter: ScanFilter;
  #hits: Hit<RefusedCall>[] = [];
  #grouped: RefusedCalls | null = null;

  constructor(filter: ScanFilter) {
    this.#filter = filter;
  }

  add(hit: Hit<RefusedCall>): void {
    if (hit.values !== null && !isWithin(hit.values.eventTime, this.#filter)) return;
    if (this.#hits.push(hit) < mostHeld) return;
    this.#addTo((this.#grouped ??= new RefusedCalls()));
    this.#hits = [];
  }

  moveTo(calls: RefusedCalls): void {
    if (this.#grouped) calls.join(this.#grouped.data());
    this.#addTo(calls);
  }

  /** From the last on, for they mostly come from old to new: then only one of those that are alike is told anew. */
  #addTo(calls: RefusedCalls): void {
    const newest = new Map<RefusedCall, string>();
    for (let index = this.#hits.length - 1; index >= 0; index--) {
      const { found, values } = this.#hits[index] as Hit<RefusedCall>;
      if (values === null) calls.add(found);
      else if (!isSameText(found, values)) calls.add(sameCallAgain(found, values));
      else if (values.eventTime > (newest.get(found) ?? '') || !calls.addOlder(found, whenAndWhich(values))) {
        calls.add(sameCallAgain(found, values));
        newest.set(found, values.eventTime);
      }
    }
  }
}

function isSameText(call: RefusedCall, { errorMessage }: Varying): boolean {
  return call.kind === 'caller' || (errorMessage || null) === call.told.errorMessage;
}
