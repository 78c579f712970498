import type { LookupEventsResponse } from '@aws-sdk/client-cloudtrail';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import type { Trail } from '../world.ts';
import type { CloudTrailRecord } from '../cloudtrail-record.ts';
import {
  attributeKeys,
  lookUp,
  readCursor,
  usernameOf,
  writeCursor,
  type LookupQuery,
} from '../event-history.ts';
import { jsonRpcService } from '../protocols/json-rpc.ts';
import type { JsonObject } from '../protocols/json-values.ts';

/** LookupEvents reaches back 90 days. */
const retentionMs = 90 * 24 * 3600 * 1000;
const largestPage = 50;

export const cloudtrail = jsonRpcService('cloudtrail', {
  LookupEvents: { action: 'cloudtrail:LookupEvents', run: lookupEvents },
  DescribeTrails: { action: 'cloudtrail:DescribeTrails', run: describeTrails },
  GetTrailStatus: { action: 'cloudtrail:GetTrailStatus', run: getTrailStatus },
});

/** Trails of other regions are told where they log this one, too. */
function describeTrails(_: JsonObject, { account, region }: Call): object {
  const here = (account.trails ?? []).filter((trail) => trail.isMultiRegion || trail.region === region);
  return {
    trailList: here.map((trail) => ({
      Name: trail.name,
      TrailARN: trailArn(account, trail),
      HomeRegion: trail.region,
      IsMultiRegionTrail: trail.isMultiRegion,
    })),
  };
}

function getTrailStatus({ Name: name }: JsonObject, { account }: Call): object {
  const trail = (account.trails ?? []).find((one) => name === trailArn(account, one));
  if (!trail) throw new AwsError('TrailNotFoundException', `Unknown trail: ${String(name)}`);
  return { IsLogging: trail.isLogging };
}

function trailArn({ id, partition }: Call['account'], { name, region }: Trail): string {
  return `arn:${partition}:cloudtrail:${region}:${id}:trail/${name}`;
}

async function lookupEvents(input: JsonObject, call: Call): Promise<LookupEventsResponse> {
  const { behaviour, lookups } = call.cloud;
  const key = `${call.account.id}/${call.region}`;
  if (!lookups.admits(key, behaviour.lookupsPerSecond, performance.now()))
    throw new AwsError('ThrottlingException', 'Rate exceeded');
  if (behaviour.lookupLatencyMs > 0) await sleep(behaviour.lookupLatencyMs, null, { ref: false });
  const query = readQuery(input, call);
  const pageSize = readPageSize(input);
  const series = call.account.history.filter(({ region }) => region === call.region).map((h) => h.series);
  const token = input['NextToken'] as string | undefined;
  const cursor = token === undefined ? null : readCursor(token, query, series.length);
  if (token !== undefined && !cursor)
    throw new AwsError('InvalidNextTokenException', 'Invalid NextToken passed in the request');
  const page = lookUp(series, query, pageSize, cursor);
  return {
    Events: page.records.map(describe),
    NextToken: page.cursor ? writeCursor(page.cursor, query) : undefined,
  };
}

function readQuery(input: JsonObject, call: Call): LookupQuery {
  const from = milliseconds(input['StartTime']) ?? -Infinity;
  const to = milliseconds(input['EndTime']) ?? Infinity;
  if (from > to)
    throw new AwsError('InvalidTimeRangeException', 'The start time must be before the end time');
  return { from, to, oldest: call.cloud.builtFor.getTime() - retentionMs, attribute: readAttribute(input) };
}

function readAttribute(input: JsonObject): LookupQuery['attribute'] {
  const attributes = (input['LookupAttributes'] ?? []) as {
    AttributeKey?: string;
    AttributeValue?: string;
  }[];
  const [attribute] = attributes;
  if (!attribute) return null;
  const key = attributeKeys.find((known) => known === attribute.AttributeKey);
  if (!key || attribute.AttributeValue === undefined || attributes.length > 1)
    throw new AwsError(
      'InvalidLookupAttributesException',
      'Invalid lookup attributes: give one known attribute',
    );
  return { key, value: attribute.AttributeValue };
}

function readPageSize(input: JsonObject): number {
  const size = (input['MaxResults'] as number | undefined) ?? largestPage;
  if (!Number.isInteger(size) || size < 1 || size > largestPage)
    throw new AwsError('InvalidMaxResultsException', `MaxResults must be between 1 and ${largestPage}`);
  return size;
}

function describe(record: CloudTrailRecord): NonNullable<LookupEventsResponse['Events']>[number] {
  const { userIdentity, resources = [] } = record;
  return {
    EventId: record.eventID,
    EventName: record.eventName,
    ReadOnly: String(record.readOnly ?? false),
    AccessKeyId: userIdentity?.['accessKeyId'] as string | undefined,
    EventTime: new Date(record.eventTime),
    EventSource: record.eventSource,
    Username: usernameOf(record),
    Resources: resources.map(({ type, ARN }) => ({ ResourceType: type, ResourceName: ARN })),
    CloudTrailEvent: JSON.stringify(record),
  };
}

/** AWS JSON has times in seconds since 1970, with a fraction. */
function milliseconds(value: unknown): number | null {
  return typeof value === 'number' ? Math.round(value * 1000) : null;
}
