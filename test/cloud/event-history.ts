/** Looks up events newest first over many series at once, making only those that it answers with. */
import { createHash } from 'node:crypto';
import type { CloudTrailRecord } from './cloudtrail-record.ts';
import type { EventSeries } from './event-series.ts';

/** What LookupEvents can look up by. */
export const attributeKeys = [
  'EventId',
  'EventName',
  'ReadOnly',
  'Username',
  'ResourceType',
  'ResourceName',
  'EventSource',
  'AccessKeyId',
] as const;
export type AttributeKey = (typeof attributeKeys)[number];

export interface LookupQuery {
  /** Milliseconds since 1970, both inclusive. */
  from: number;
  to: number;
  /** The end of retention; nothing before it is found. */
  oldest: number;
  attribute: { key: AttributeKey; value: string } | null;
}

/** Where a look-up stands: for each series the index of its next event, counting down; -1 is its end. */
export type Cursor = number[];

export interface LookupPage {
  records: CloudTrailRecord[];
  /** Null after the last event. */
  cursor: Cursor | null;
}

/** The next events, newest first; events of the same second come in the order of the series. */
export function lookUp(
  series: EventSeries[],
  query: LookupQuery,
  pageSize: number,
  cursor: Cursor | null,
): LookupPage {
  const next = cursor ? [...cursor] : series.map((one) => startOf(one, query));
  const times = series.map((one, position) => timeOf(one, next[position]));
  const from = Math.max(query.from, query.oldest);
  const records: CloudTrailRecord[] = [];
  for (;;) {
    const newest = newestOf(times, from);
    const one = series[newest];
    const index = next[newest];
    if (!one || index === undefined) return { records, cursor: null };
    if (records.length === pageSize) return { records, cursor: next };
    const record = one.recordAt(index);
    if (matches(record, query.attribute)) records.push(record);
    next[newest] = index - 1;
    times[newest] = timeOf(one, index - 1);
  }
}

/** The time of a series' next event; -Infinity at its end. */
function timeOf(series: EventSeries, index = -1): number {
  return index < 0 ? -Infinity : series.timeAt(index);
}

/** The position of the newest of the times, the first of equals; -1 where all are before `from`. */
function newestOf(times: number[], from: number): number {
  let newest = -1;
  for (const [position, time] of times.entries())
    if (time >= from && time > (times[newest] ?? -Infinity)) newest = position;
  return newest;
}

/** The index of the newest event that is not after the query's end; -1 for none. */
function startOf(series: EventSeries, { to, attribute }: LookupQuery): number {
  if (attribute?.key === 'EventName' && series.eventName && series.eventName !== attribute.value) return -1;
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (series.timeAt(middle) <= to) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function matches(record: CloudTrailRecord, attribute: LookupQuery['attribute']): boolean {
  if (!attribute) return true;
  const { key, value } = attribute;
  const { userIdentity, resources = [] } = record;
  const values: Record<AttributeKey, unknown[]> = {
    EventId: [record.eventID],
    EventName: [record.eventName],
    ReadOnly: [String(record.readOnly ?? false)],
    Username: [usernameOf(record)],
    ResourceType: resources.map(({ type }) => type),
    ResourceName: resources.map(({ ARN }) => ARN),
    EventSource: [record.eventSource],
    AccessKeyId: [userIdentity?.['accessKeyId']],
  };
  return values[key].includes(value);
}

/** What LookupEvents knows a caller by: for a role's session its name, which ends the principal id. */
export function usernameOf({ userIdentity }: CloudTrailRecord): string | undefined {
  const { userName, type, principalId } = userIdentity ?? {};
  if (type !== 'AssumedRole') return userName as string | undefined;
  return String(principalId).split(':').at(-1);
}

/** A token for the next page; it is bound to the query. */
export function writeCursor(cursor: Cursor, query: LookupQuery): string {
  return Buffer.from(JSON.stringify([digest(query), ...cursor])).toString('base64url');
}

/** Null for a token that we did not write, or wrote for another query. */
export function readCursor(token: string, query: LookupQuery, seriesCount: number): Cursor | null {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!/^\["[0-9a-f]+"(,-?\d+)*\]$/.test(text)) return null;
  const [written, ...cursor] = JSON.parse(text) as [string, ...number[]];
  return written === digest(query) && cursor.length === seriesCount ? cursor : null;
}

/** Of what the caller asked for; the end of retention moves with the clock. */
function digest({ from, to, attribute }: LookupQuery): string {
  const asked = JSON.stringify([from, to, attribute]);
  return createHash('sha256').update(asked).digest('hex').slice(0, 16);
}
