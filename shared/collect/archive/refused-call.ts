/** Tells what a record of CloudTrail is to the auditor: a refused call of a workload, or a call that got a role. */
import { isoSeconds, normalErrorCode, parseWebIdentityRecord } from '../../domain/cloudtrail-record.ts';
import type { WebIdentityRecord } from '../../domain/cloudtrail-record.ts';
import { podIdentityDenialKey, serviceDenialKey, webIdentityDenialKey } from '../../domain/denial-key.ts';
import { parseRefusedServiceCall, type RefusedServiceCall } from '../../domain/service-call-record.ts';
import type { PodIdentityDenial, ServiceDenial } from '../../domain/service-denial.ts';
import type { Seen, When } from './event-groups.ts';
import type { Varying } from './known-records.ts';
import type { JsonObject } from './search.ts';

type Counted = 'events' | 'firstSeen' | 'lastSeen' | 'sampleEventIds';
export type PodIdentityCall = Omit<PodIdentityDenial, Counted>;
export type ServiceCall = Omit<ServiceDenial, Counted | 'regions'>;

interface Call<Kind, Told> {
  kind: Kind;
  /** That whose trail recorded the call. */
  account: string;
  /** What calls that are alike have in common; begins with the account and a space. */
  key: string;
  told: Told;
  seen: Seen;
}

export type RefusedCall =
  | Call<'webIdentity', WebIdentityRecord>
  | Call<'caller', WebIdentityRecord>
  | Call<'podIdentity', PodIdentityCall>
  | Call<'service', ServiceCall>;

/** Null for every other record. */
export function readRefusedCall(record: JsonObject): RefusedCall | null {
  const name = record['eventName'];
  if (name === 'AssumeRoleWithWebIdentity')
    return record['eventSource'] === 'sts.amazonaws.com' ? webIdentityCall(record) : null;
  const errorCode = normalErrorCode(text(record['errorCode']));
  if (errorCode === null) return null;
  if (name === 'AssumeRoleForPodIdentity') return podIdentityCall(record, errorCode);
  return serviceCall(record);
}

/** The same call once more, as a record that differs from the other in these values alone. */
export function sameCallAgain(call: RefusedCall, values: Varying): RefusedCall {
  const when = whenAndWhich(values);
  const seen = { ...call.seen, ...when };
  // Its text told what was refused, so it is the same.
  if (call.kind === 'service') return { ...call, seen };
  const errorMessage = values.errorMessage || null;
  const isSameText = errorMessage === call.told.errorMessage;
  if (call.kind === 'podIdentity') {
    const told = { ...call.told, errorMessage };
    const key = isSameText ? call.key : keyIn(call.account, podIdentityDenialKey(told));
    return { ...call, told, seen, key };
  }
  const sessionName = values.roleSessionName || null;
  const told = { ...call.told, ...when, sessionName, errorMessage };
  // The text of an error is part of what makes calls alike, unless it says nothing.
  const isSameKey = call.kind === 'caller' || isSameText;
  const key = isSameKey ? call.key : keyIn(call.account, webIdentityDenialKey(told));
  return { ...call, told, seen, key };
}

function keyIn(account: string, key: string): string {
  return `${account} ${key}`;
}

/** Time and id of the call, as they count in a group. */
export function whenAndWhich({ eventTime, eventID }: Varying): When {
  return { time: eventTime, eventId: eventID || null };
}

function webIdentityCall(record: JsonObject): RefusedCall | null {
  const parsed = parseWebIdentityRecord(record);
  if (!parsed.ok) return null;
  const { record: told } = parsed;
  const { time, eventId, sourceIp, region, durationSeconds: amount } = told;
  const seen = { time: time ?? '', eventId, sourceIp, region, amount };
  const account = accountOf(record) || (told.roleArn?.split(':')[4] ?? '');
  if (told.errorCode !== null)
    return { kind: 'webIdentity', account, key: keyIn(account, webIdentityDenialKey(told)), told, seen };
  if (told.roleArn === null || told.subject === null) return null;
  const key = keyIn(account, JSON.stringify([told.roleArn, told.subject, told.provider]));
  return { kind: 'caller', account, key, told, seen };
}

function podIdentityCall(record: JsonObject, errorCode: string): RefusedCall {
  const request = fieldsOf(record['requestParameters']);
  const told: PodIdentityCall = {
    clusterName: text(request['clusterName']) ?? '',
    region: text(record['awsRegion']) ?? '',
    // The record names neither workload nor role: only the node's session made the call.
    namespace: null,
    serviceAccount: null,
    pod: null,
    node: text(request['eksNodeName']) ?? text(request['instanceId']) ?? sessionName(record),
    roleArn: null,
    errorCode,
    errorMessage: text(record['errorMessage']),
  };
  const account = accountOf(record);
  const key = keyIn(account, podIdentityDenialKey(told));
  return { kind: 'podIdentity', account, key, told, seen: seenOf(record) };
}

/** Only calls with a session of a workload: those of a node are mostly its own. */
function serviceCall(record: JsonObject): RefusedCall | null {
  const call = parseRefusedServiceCall(record);
  if (!call || call.session === 'node') return null;
  const { eventId, time, region } = call;
  const seen = { time: time ?? '', eventId, sourceIp: text(record['sourceIPAddress']), region };
  const account = accountOf(record);
  const key = keyIn(account, serviceDenialKey(call));
  return { kind: 'service', account, key, told: toldOf(call), seen };
}

/** What of the call is that of all calls which are alike. */
function toldOf(call: RefusedServiceCall): ServiceCall {
  const { roleArn, session, namespace, serviceAccount, cluster, action, resource } = call;
  const { errorCode, errorMessage, policyType, explicit, policyArn, userAgent, vpcEndpointId } = call;
  return {
    ...{ roleArn, session, namespace, serviceAccount, cluster, action, resource },
    ...{ errorCode, errorMessage, policyType, explicit, policyArn, userAgent, vpcEndpointId },
  };
}

function seenOf(record: JsonObject): Seen {
  return {
    time: isoSeconds(text(record['eventTime'])) ?? '',
    eventId: text(record['eventID']),
    sourceIp: text(record['sourceIPAddress']),
    region: text(record['awsRegion']),
  };
}

function accountOf(record: JsonObject): string {
  return text(record['recipientAccountId']) ?? text(fieldsOf(record['userIdentity'])['accountId']) ?? '';
}

/** `AROA…:<session name>`. */
function sessionName(record: JsonObject): string | null {
  const principal = text(fieldsOf(record['userIdentity'])['principalId']) ?? '';
  const colon = principal.indexOf(':');
  return colon < 0 ? null : principal.slice(colon + 1) || null;
}

function fieldsOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
