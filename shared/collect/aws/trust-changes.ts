/** When the trust policies of refused roles were last changed: a refusal from before says nothing of today's policy. */
import { LookupEventsCommand, type LookupEventsResponse } from '@aws-sdk/client-cloudtrail';
import { parseRoleArn } from '../../domain/arn.ts';
import { isoSeconds } from '../../domain/cloudtrail-record.ts';
import type { Denial } from '../../domain/web-identity.ts';
import type { AwsSource } from './source.ts';
import { tokenBucket } from './token-bucket.ts';

/** Pages of changes that are read at most, 50 changes each. */
const mostPages = 20;

/** The region in whose event history IAM's calls are recorded, by partition. */
const regionOfIam: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
};

/**
 * The last successful UpdateAssumeRolePolicy by role name, ISO 8601, since the oldest last refusal. Undefined where
 * that could not be read to its end; without denials of this account's roles nothing is asked.
 */
export async function readTrustChanges(
  source: AwsSource,
  denials: readonly Denial[],
  signal: AbortSignal,
): Promise<Record<string, string> | undefined> {
  const refused = denials.filter(
    ({ errorCode, roleArn }) => errorCode === 'AccessDenied' && isOwn(roleArn, source),
  );
  const since = refused.map(({ lastSeen }) => lastSeen).sort()[0];
  const region = regionOfIam[source.partition];
  if (since === undefined) return {};
  if (region === undefined) return undefined;
  try {
    return await readChanges(source, region, new Date(since), signal);
  } catch (error) {
    if (source.signal.aborted) throw error;
    return undefined; // refused, out of time or out of reach: what is not known is not told
  }
}

function isOwn(roleArn: string | null, { account }: AwsSource): boolean {
  return roleArn !== null && parseRoleArn(roleArn)?.account === account;
}

async function readChanges(
  source: AwsSource,
  region: string,
  since: Date,
  signal: AbortSignal,
): Promise<Record<string, string> | undefined> {
  const client = source.clients.cloudTrail(region);
  const bucket = tokenBucket(source.lookupRate);
  const changes: Record<string, string> = {};
  let token: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    await bucket.take(signal);
    const command = new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'UpdateAssumeRolePolicy' }],
      StartTime: since,
      EndTime: source.now,
      ...(token !== undefined && { NextToken: token }),
    });
    const answer = await client.send(command, { abortSignal: signal });
    for (const event of answer.Events ?? []) addChange(changes, event);
    token = answer.NextToken;
    if (token === undefined) return changes;
  }
  return undefined;
}

type Event = NonNullable<LookupEventsResponse['Events']>[number];

function addChange(
  changes: Record<string, string>,
  { CloudTrailEvent: text = '{}', EventTime }: Event,
): void {
  const record = JSON.parse(text) as {
    errorCode?: unknown;
    requestParameters?: { roleName?: unknown } | null;
  };
  const name = record.requestParameters?.roleName;
  const time = isoSeconds(EventTime);
  if (record.errorCode !== undefined || typeof name !== 'string' || time === null) return;
  if (!Object.hasOwn(changes, name) || (changes[name] ?? '') < time) changes[name] = time;
}
