/** When the trust policies of refused roles were last changed: a refusal from before says nothing of today's policy. */
import { parseRoleArn } from '../../domain/arn.ts';
import { isoSeconds } from '../../domain/cloudtrail-record.ts';
import type { Denial } from '../../domain/web-identity.ts';
import type { Gap } from '../../observation.ts';
import { outOfTime } from '../cannot.ts';
import { lookUpEvents, type Event } from './look-up-events.ts';
import { gapOf } from './refusal.ts';
import type { AwsSource } from './source.ts';

/** The region in whose event history IAM's calls are recorded, by partition. */
const regionOfIam: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
};

export interface TrustChanges {
  /** The last successful UpdateAssumeRolePolicy by role name, ISO 8601; absent where they were not read to the end. */
  trustChanges?: Record<string, string>;
  gap?: Gap;
}

/** What looking them up takes of an `AwsSource`. */
export type TrustChangesSource = Pick<AwsSource, 'account' | 'partition' | 'now' | 'lookups'> & {
  clients: Pick<AwsSource['clients'], 'cloudTrail'>;
};

/** Reads the changes since the oldest last refusal; without denials of this account's roles nothing is asked. */
export async function readTrustChanges(
  source: TrustChangesSource,
  denials: readonly Denial[],
  signal: AbortSignal,
): Promise<TrustChanges> {
  const refused = denials.filter(
    ({ errorCode, roleArn }) => errorCode === 'AccessDenied' && isOwn(roleArn, source),
  );
  const since = refused.map(({ lastSeen }) => lastSeen).sort()[0];
  const region = regionOfIam[source.partition];
  if (since === undefined) return { trustChanges: {} };
  if (region === undefined) return {};
  const trustChanges: Record<string, string> = {};
  const { uncovered, error } = await lookUpEvents({
    client: source.clients.cloudTrail(region),
    eventName: 'UpdateAssumeRolePolicy',
    window: { from: new Date(since), to: source.now },
    bucket: source.lookups(region),
    signal,
    onPage: (events) => events.forEach((event) => addChange(trustChanges, event)),
  });
  return uncovered.length === 0 ? { trustChanges } : { gap: gapOfChanges(region, error) };
}

function isOwn(roleArn: string | null, { account }: TrustChangesSource): boolean {
  return roleArn !== null && parseRoleArn(roleArn)?.account === account;
}

function gapOfChanges(region: string, error: unknown): Gap {
  const action = {
    en: 'look up changes of trust policies since they refused',
    ja: '拒否の後の信頼ポリシーの変更を検索',
  };
  if (error !== null)
    return gapOf(error, { action, permission: 'cloudtrail:LookupEvents', location: region });
  return {
    location: region,
    why: outOfTime(action),
  };
}

function addChange(
  changes: Record<string, string>,
  { CloudTrailEvent: text = '{}', EventTime }: Event,
): void {
  const name = changedRole(text);
  const time = isoSeconds(EventTime);
  if (name === null || time === null) return;
  if (!Object.hasOwn(changes, name) || (changes[name] ?? '') < time) changes[name] = time;
}

/** The role whose policy the call changed; null where it was refused, or is a record that cannot be understood. */
function changedRole(text: string): string | null {
  try {
    const record = JSON.parse(text) as {
      errorCode?: unknown;
      requestParameters?: { roleName?: unknown } | null;
    };
    const name = record.requestParameters?.roleName;
    return record.errorCode === undefined && typeof name === 'string' ? name : null;
  } catch {
    return null; // a change that is not known leaves the finding, which says that the policy may have changed
  }
}
