/** Records that clouds write as JSON (CloudTrail events, audit-log entries, errors of Google's APIs), said as an error text. */
import { parseWebIdentityRecord } from '../domain/cloudtrail-record.ts';
import { issuerOfProvider } from '../domain/issuer.ts';
import type { Values } from './error-kind.ts';
import {
  at,
  enclosingObjects,
  fieldOfCut,
  fieldsOf,
  textOf,
  type Effort,
  type JsonObject,
} from './json-object.ts';
import { derivedValues, tidyValues } from './values.ts';
import { yamlAround } from './yaml-object.ts';

export interface KnownRecord {
  /** What an SDK or a tool would have said; empty where the call succeeded. */
  message: string;
  values: Values;
  time: string | null;
  /** Where the record stands in the text; the end is exclusive. */
  start: number;
  end: number;
}

/** The record around a place in a text; null where there is none. */
export function recordAround(
  text: string,
  place: number,
  effort: Effort = { left: Infinity },
): KnownRecord | null {
  let known: KnownRecord | null = null;
  let levels = 0;
  for (const { value, start, end } of enclosingObjects(text, place, effort)) {
    const said = sayRecord(value);
    // A record inside of another is what some caller sent with a request: the outer one happened.
    if (said) known = { ...said, start, end };
    if (++levels > 8 || isOutermost(text, start, end)) break;
  }
  if (known || effort.left <= 0 || !text.startsWith('errorCode', place)) return known;
  effort.left -= 2 * cutReach;
  return cutRecord(text, place);
}

/** The same of an entry in YAML, by the place of a key of its own. */
export function yamlRecordAt(text: string, place: number, effort: Effort): KnownRecord | null {
  const document = yamlAround(text, place, effort);
  const said = document && sayRecord(document.value);
  return said && { ...said, start: document.start, end: document.end };
}

type Said = Omit<KnownRecord, 'start' | 'end'>;

function sayRecord(value: JsonObject): Said | null {
  if (textOf(value['eventName']) && (value['eventVersion'] ?? value['userIdentity'] ?? value['eventSource']))
    return sayCloudTrail(value);
  if (fieldsOf(value['protoPayload'])) return sayAuditEntry(value);
  const error = fieldsOf(value['error']);
  return error && textOf(error['message']) && typeof error['code'] === 'number'
    ? sayGoogleError(error, textOf(value['targetLink']))
    : null;
}

/** Whether an object begins a line or is alone at the end of one; then it is inside of no other. */
function isOutermost(text: string, start: number, end: number): boolean {
  if (start === 0 || text[start - 1] === '\n') return true;
  const endsLine = end === text.length || text[end] === '\n' || text[end] === '\r';
  return endsLine && !text.slice(start, end).includes('\n');
}

function sayCloudTrail(event: JsonObject): Said {
  const code = textOf(event['errorCode'])?.replace(/^Client\./, '');
  const operation = textOf(event['eventName']) ?? '';
  const provider = foreignProvider(event);
  const message = `${textOf(event['errorMessage']) ?? ''}${provider === null ? '' : ` (identity provider ${provider})`}`;
  const isKnown = provider === null || provider === 'token.actions.githubusercontent.com';
  return {
    message:
      code && isKnown
        ? `An error occurred (${code}) when calling the ${operation} operation: ${message}`
        : '',
    values: valuesOfEvent(event, operation),
    time: textOf(event['eventTime']) ?? null,
  };
}

/** Who vouches for a caller that is no service account of a cluster; null for one that is, or where nothing says so. */
function foreignProvider(event: JsonObject): string | null {
  const subject = textOf(at(event, 'userIdentity.userName'));
  const provider = textOf(at(event, 'userIdentity.identityProvider'));
  if (subject === undefined || provider === undefined || subject.startsWith('system:serviceaccount:'))
    return null;
  return /:oidc-provider\/([\w./-]{1,200})$/.exec(provider)?.[1] ?? null;
}

function valuesOfEvent(event: JsonObject, operation: string): Values {
  const parsed = parseWebIdentityRecord({ ...event, eventName: 'AssumeRoleWithWebIdentity' });
  const record = parsed.ok && operation === 'AssumeRoleWithWebIdentity' ? parsed.record : null;
  const provider = record?.provider ? issuerOfProvider(record.provider) : null;
  const issuer = textOf(at(event, 'userIdentity.sessionContext.sessionIssuer.arn'));
  return derivedValues(
    tidyValues({
      operation,
      requestId: textOf(event['requestID']),
      eventId: textOf(event['eventID']),
      region: textOf(event['awsRegion']),
      roleArn: record ? (record.roleArn ?? undefined) : issuer,
      subject: record?.subject ?? undefined,
      audience: record?.audience ?? undefined,
      issuer: provider ? `https://${provider}` : undefined,
      cluster: textOf(at(event, 'requestParameters.clusterName')),
    }),
  );
}

/** Source: google.cloud.audit.AuditLog; `status` is a google.rpc.Status. */
function sayAuditEntry(entry: JsonObject): Said {
  const payload = fieldsOf(entry['protoPayload']) ?? {};
  const code = at(payload, 'status.code');
  const refused = refusedPermission(payload);
  const principal = textOf(at(payload, 'authenticationInfo.principalEmail'));
  const said = textOf(at(payload, 'status.message')) ?? '';
  const anonymous = principal === 'system:anonymous' ? 'User "system:anonymous" was refused. ' : '';
  const demand = refused && !said.includes(refused.permission) ? requiredText(refused) : '';
  const labels = fieldsOf(at(entry, 'resource.labels')) ?? {};
  return {
    message: code || refused ? `${anonymous}${httpText(code)}${said} ${demand}`.trim() : '',
    values: derivedValues(
      tidyValues({
        principal,
        operation: textOf(payload['methodName']),
        eventId: textOf(entry['insertId']),
        project: textOf(labels['project_id']),
        cluster: textOf(labels['cluster_name']),
        location: textOf(labels['location']),
        permission: refused?.permission,
        resource: textOf(payload['resourceName'])?.replace(/^\/\/[a-z.]+\//, ''),
      }),
    ),
    time: textOf(entry['timestamp']) ?? null,
  };
}

interface Refused {
  permission: string;
  resource: string;
}

function requiredText({ permission, resource }: Refused): string {
  return `Required "${permission}" permission(s) for "${resource}".`;
}

/** Entries leave `granted` out where it is false; so do those of which nothing was asked. */
function refusedPermission(payload: JsonObject): Refused | null {
  const all = payload['authorizationInfo'];
  const isDenied = at(payload, 'status.code') === 7;
  const isRefused = (one: JsonObject | null) =>
    one?.['granted'] === false || (isDenied && one?.['granted'] !== true);
  const refused = Array.isArray(all) ? all.map(fieldsOf).find(isRefused) : null;
  const permission = textOf(refused?.['permission']);
  return permission ? { permission, resource: textOf(refused?.['resource']) ?? '' } : null;
}

/** google.rpc.Code of an entry, as the number that the HTTP APIs answer with. */
function httpText(code: unknown): string {
  const http = { 3: 400, 5: 404, 7: 403, 9: 400, 16: 401 }[Number(code)];
  return http === undefined ? '' : `ResponseError: code=${http}, message=`;
}

/**
 * Source: cloud.google.com/apis/design/errors, with `google.rpc.ErrorInfo` among the details. The error of an operation
 * of GKE stands beside a link to what it was about.
 */
function sayGoogleError(error: JsonObject, targetLink?: string): Said {
  const details = Array.isArray(error['details']) ? error['details'].map(fieldsOf) : [];
  const info = details.find((detail) => textOf(detail?.['@type'])?.endsWith('ErrorInfo')) ?? {};
  const value = (name: string) => textOf(at(info, `metadata.${name}`));
  const reason = textOf(info['reason']);
  const said = textOf(error['message']) ?? '';
  const permission = value('permission');
  const demand =
    permission && !said.includes(permission)
      ? ` Permission '${permission}' denied on resource '${value('resource') ?? ''}'`
      : '';
  return {
    message: `googleapi: Error ${String(error['code'])}: ${said}${demand}${reason ? ` reason: ${reason}` : ''}`,
    values: derivedValues(
      tidyValues({
        permission,
        resource: value('resource') ?? targetLink?.replace(/^https:\/\/[\w.-]+\/v1(?:beta1)?\//, ''),
        api: value('service'),
        project: value('consumer')?.replace(/^projects\//, ''),
      }),
    ),
    time: null,
  };
}

/** How far the fields of a record that was cut are looked for. */
const cutReach = 6000;

/** A CloudTrail record of which a part is missing: its fields, where nothing else stands between them. */
function cutRecord(text: string, place: number): KnownRecord | null {
  const before = text.lastIndexOf('"eventVersion"', place);
  const after = text.indexOf('"eventVersion"', place + 1);
  const start = Math.max(before, place - cutReach, 0);
  const end = Math.min(after < 0 ? text.length : after, place + cutReach);
  const part = text.slice(start, end);
  const field = (name: string) => fieldOfCut(part, name);
  const [eventName, errorCode] = [field('eventName'), field('errorCode')];
  if (!eventName || !errorCode) return null;
  const said = sayCloudTrail({
    eventName,
    errorCode,
    errorMessage: field('errorMessage'),
    requestID: field('requestID'),
    eventID: field('eventID'),
    eventTime: field('eventTime'),
    awsRegion: field('awsRegion'),
    userIdentity: {
      userName: field('userName'),
      identityProvider: field('identityProvider'),
      principalId: field('principalId'),
    },
    requestParameters: { roleArn: field('roleArn'), clusterName: field('clusterName') },
  });
  return { ...said, start, end };
}
