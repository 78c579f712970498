/** Runs of CloudTrail events that are made when they are asked for: a million of them take no memory. */
import type { CloudTrailRecord } from './cloudtrail-record.ts';

/** Events in ascending order of time. */
export interface EventSeries {
  /** May grow at its end. */
  readonly length: number;
  /** The name of all its events where they share one: a look-up by another name skips the series. */
  readonly eventName?: string;
  /** Milliseconds since 1970, in whole seconds as CloudTrail has them. */
  timeAt(index: number): number;
  /** The same index gives the same record each time. */
  recordAt(index: number): CloudTrailRecord;
}

/** `count` events spread evenly from the first to the last moment, both included. */
export function evenSeries(options: {
  count: number;
  first: Date;
  last: Date;
  eventName: string;
  recordAt: (index: number, time: Date) => CloudTrailRecord;
}): EventSeries {
  const { count, eventName, recordAt } = options;
  const last = options.last.getTime();
  const step = count > 1 ? (last - options.first.getTime()) / (count - 1) : 0;
  const timeAt = (index: number) => wholeSecond(last - (count - 1 - index) * step);
  return { length: count, eventName, timeAt, recordAt: (index) => recordAt(index, new Date(timeAt(index))) };
}

/** Records that exist already, or are added while the cloud runs; add them in the order of time. */
export class RecordedSeries implements EventSeries {
  readonly #records: CloudTrailRecord[];

  constructor(records: CloudTrailRecord[] = []) {
    this.#records = [...records].sort((a, b) => timeOf(a) - timeOf(b));
  }

  get length(): number {
    return this.#records.length;
  }

  add(record: CloudTrailRecord): void {
    this.#records.push(record);
  }

  timeAt(index: number): number {
    return timeOf(this.recordAt(index));
  }

  recordAt(index: number): CloudTrailRecord {
    const record = this.#records[index];
    if (!record) throw new RangeError(`Cannot read event ${index}: the series has ${this.length}`);
    return record;
  }
}

function timeOf(record: CloudTrailRecord): number {
  return Date.parse(record.eventTime);
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
