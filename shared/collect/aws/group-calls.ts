/** Groups AssumeRoleWithWebIdentity records while they are read: memory grows with distinct groups, not with calls. */
import type { WebIdentityRecord } from '../../domain/cloudtrail-record.ts';
import { webIdentityDenialKey } from '../../domain/denial-key.ts';
import type { CallContext, Caller, Denial } from '../../domain/web-identity.ts';

/** How many sample event ids and source addresses a denial keeps. */
const samples = 5;

/** Where and when a record was found; they stand in for what the record itself lacks. */
export interface Found {
  eventId: string | null;
  /** ISO 8601 UTC to the second. */
  time: string;
  region: string;
}

export interface CallGroups {
  /** Adds one record; false where it is a success without role or subject, which belongs to no group. */
  add(record: WebIdentityRecord, found: Found): boolean;
  /** The groups so far, in an order that depends on what was added and not on when. */
  denials(): Denial[];
  callers(): Caller[];
  /** Calls of groups beyond `limit`, which were counted and not kept. */
  left(): number;
}

/**
 * Groups of calls. `limit` bounds the denials and the callers each: whoever holds a token can ask for any number
 * of roles that do not exist.
 */
export function groupCalls(limit = 100_000): CallGroups {
  const denials = new Map<string, DenialGroup>();
  const callers = new Map<string, CallerGroup>();
  let left = 0;
  return {
    add(record, found) {
      const succeeded = record.errorCode === null;
      if (succeeded && (record.roleArn === null || record.subject === null)) return false;
      const groups = succeeded ? callers : denials;
      const key = succeeded ? callerKey(record) : webIdentityDenialKey(record);
      if (!groups.has(key) && groups.size >= limit) left++;
      else if (succeeded) addCall(callers, key, record, found);
      else addRefusal(denials, key, record, found);
      return true;
    },
    denials: () => inKeyOrder(denials).map(denialOf),
    callers: () => inKeyOrder(callers).map(callerOf),
    left: () => left,
  };
}

function inKeyOrder<Group>(groups: Map<string, Group>): Group[] {
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

interface DenialGroup extends Omit<Denial, 'sampleEventIds' | 'sourceIps' | 'regions'> {
  newestEvents: Newest;
  newestAddresses: Newest;
  regions: Set<string>;
}

function denialOf({ newestEvents, newestAddresses, regions, ...denial }: DenialGroup): Denial {
  return {
    ...denial,
    sampleEventIds: newestEvents.map(({ value }) => value),
    regions: [...regions].sort(),
    sourceIps: newestAddresses.map(({ value }) => value).sort(),
  };
}

function addRefusal(
  groups: Map<string, DenialGroup>,
  key: string,
  record: WebIdentityRecord,
  found: Found,
): void {
  const call = callOf(record, found);
  const time = call.time ?? found.time;
  let group = groups.get(key);
  if (!group) groups.set(key, (group = newGroup(record, call, time)));
  group.events++;
  if (time < group.firstSeen) group.firstSeen = time;
  if (time > group.lastSeen) group.lastSeen = time;
  group.regions.add(call.region);
  keepNewest(group.newestEvents, call.eventId, time);
  keepNewest(group.newestAddresses, call.sourceIp, time);
  if (isNewer(call, group.latest)) {
    group.latest = call;
    group.errorMessage = record.errorMessage;
  }
}

function newGroup(record: WebIdentityRecord, call: CallContext, time: string): DenialGroup {
  return {
    roleArn: record.roleArn,
    subject: record.subject,
    provider: record.provider,
    audience: record.audience,
    errorCode: record.errorCode ?? '',
    errorMessage: record.errorMessage,
    events: 0,
    firstSeen: time,
    lastSeen: time,
    latest: call,
    newestEvents: [],
    newestAddresses: [],
    regions: new Set(),
  };
}

function callOf(record: WebIdentityRecord, found: Found): CallContext {
  return {
    eventId: record.eventId ?? found.eventId,
    time: record.time ?? found.time,
    sourceIp: record.sourceIp,
    vpcEndpointId: record.vpcEndpointId,
    sessionName: record.sessionName,
    durationSeconds: record.durationSeconds,
    userAgent: record.userAgent,
    host: record.host,
    region: record.region ?? found.region,
  };
}

function isNewer(a: CallContext, b: CallContext): boolean {
  const [timeA, timeB] = [a.time ?? '', b.time ?? ''];
  return timeA === timeB ? (a.eventId ?? '') > (b.eventId ?? '') : timeA > timeB;
}

/** A few distinct values with the newest time of each, newest first. */
type Newest = { value: string; time: string }[];

function keepNewest(newest: Newest, value: string | null, time: string): void {
  if (value === null) return;
  const oldest = newest.at(-1);
  if (newest.length === samples && oldest && time < oldest.time) return;
  const known = newest.find((entry) => entry.value === value);
  if (!known) newest.push({ value, time });
  else if (time > known.time) known.time = time;
  newest.sort((a, b) => (a.time === b.time ? (a.value < b.value ? -1 : 1) : a.time > b.time ? -1 : 1));
  if (newest.length > samples) newest.pop();
}

function callerKey({ roleArn, subject, provider }: WebIdentityRecord): string {
  return JSON.stringify([roleArn, subject, provider]);
}

interface CallerGroup extends Omit<Caller, 'userAgents' | 'sessions'> {
  newestAgents: Newest;
  newestSessions: Newest;
}

function callerOf({ newestAgents, newestSessions, ...caller }: CallerGroup): Caller {
  return {
    ...caller,
    userAgents: newestAgents.map(({ value }) => value),
    sessions: newestSessions.map(({ value, time }) => ({ name: value, time })),
  };
}

function addCall(
  callers: Map<string, CallerGroup>,
  key: string,
  record: WebIdentityRecord,
  found: Found,
): void {
  const { provider, audience, durationSeconds } = record;
  const time = record.time ?? found.time;
  let caller = callers.get(key);
  if (!caller) {
    const [roleArn, subject] = [record.roleArn ?? '', record.subject ?? ''];
    caller = {
      roleArn,
      subject,
      provider,
      audience,
      events: 0,
      lastSeen: time,
      longestDurationSeconds: null,
      newestAgents: [],
      newestSessions: [],
    };
    callers.set(key, caller);
  }
  caller.events++;
  keepNewest(caller.newestAgents, record.userAgent, time);
  keepNewest(caller.newestSessions, record.sessionName, time);
  if (time > caller.lastSeen) Object.assign(caller, { lastSeen: time, audience });
  if (durationSeconds !== null) {
    caller.longestDurationSeconds = Math.max(caller.longestDurationSeconds ?? 0, durationSeconds);
  }
}
