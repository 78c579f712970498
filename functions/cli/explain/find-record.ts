/** Finds the CloudTrail record of a request by the request id that a log names. */
import { abortAfter } from '../../../shared/collect/abort-after.ts';
import type { AwsClients } from '../../../shared/collect/aws/account.ts';
import { lookUpEvents } from '../../../shared/collect/aws/look-up-events.ts';
import { tokenBucket } from '../../../shared/collect/aws/token-bucket.ts';
import type { Values } from '../../../shared/explain/error-kind.ts';
import { recordAround } from '../../../shared/explain/known-record.ts';

export interface RecordRequest {
  clients: AwsClients;
  regions: readonly string[];
  requestIds: ReadonlySet<string>;
  eventName: string;
  window: { from: Date; to: Date };
  /** LookupEvents a second in each region. */
  lookupRate: number;
}

export interface FoundRecords {
  /** What the records name, by request id. */
  values: Map<string, Values>;
  /** Why not all of the window was read; null where it was, or where all requests were found. */
  why: string | null;
  /** Whether the time ended before the window did. */
  isLate: boolean;
}

/** Of frequent calls there are more events than anybody waits for. */
const longestMs = 60_000;

/** Reads the events of one name, newest first, until every request was found. */
export async function findRecords(request: RecordRequest): Promise<FoundRecords> {
  const values = new Map<string, Values>();
  const found = new AbortController();
  const late = abortAfter(longestMs, found.signal);
  const results = await Promise.all(
    request.regions.map((region) =>
      lookUpEvents({
        client: request.clients.cloudTrail(region),
        eventName: request.eventName,
        window: request.window,
        bucket: tokenBucket(request.lookupRate),
        signal: late.signal,
        onPage(events) {
          for (const { CloudTrailEvent: json } of events) addRecord(values, request.requestIds, json ?? '');
          if (values.size === request.requestIds.size) found.abort();
        },
      }),
    ),
  );
  late.clear();
  const failed = results.find(({ error }) => error !== null)?.error;
  const isLate = late.signal.aborted && !found.signal.aborted;
  return { values, isLate, why: failed instanceof Error && !found.signal.aborted ? failed.message : null };
}

function addRecord(values: Map<string, Values>, wanted: ReadonlySet<string>, json: string): void {
  const record = recordAround(json, 0);
  const id = record?.values.requestId;
  if (record && id !== undefined && wanted.has(id)) values.set(id, record.values);
}
