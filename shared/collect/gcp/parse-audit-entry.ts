/** Entries of Cloud Audit Logs as the auditor holds them. */
import type { logging_v2 } from '@googleapis/logging';
import type { AccessDenial, AdminActivity } from '../../domain/google-audit.ts';

export type LogEntry = logging_v2.Schema$LogEntry;

/** The parts of `google.cloud.audit.AuditLog` that are read; any of them may be missing. */
interface AuditLog {
  serviceName?: string;
  methodName?: string;
  resourceName?: string;
  authenticationInfo?: { principalEmail?: string };
  authorizationInfo?: { permission?: string; granted?: boolean }[];
  requestMetadata?: { callerIp?: string; callerSuppliedUserAgent?: string };
  request?: { rotateCredentials?: boolean };
  status?: { code?: number; message?: string };
  serviceData?: { policyDelta?: { bindingDeltas?: { action?: string; role?: string; member?: string }[] } };
}

/** Id of the project whose log holds the entry; null where the entry does not say. */
export function projectOfEntry({ logName, resource }: LogEntry): string | null {
  return /^projects\/([^/]+)\/logs\//.exec(logName ?? '')?.[1] ?? resource?.labels?.project_id ?? null;
}

/** Null where the entry is no audit log or lacks time, service or method. */
export function parseAdminActivity(entry: LogEntry): AdminActivity | null {
  const audit = auditLogOf(entry);
  const service = textOf(audit?.serviceName);
  const method = textOf(audit?.methodName);
  if (!audit || service === null || method === null) return null;
  const { request, status } = audit;
  return {
    id: entry.insertId ?? '',
    time: timeOf(entry),
    principal: textOf(audit.authenticationInfo?.principalEmail),
    service,
    method,
    resource: textOf(audit.resourceName) ?? '',
    labels: { ...entry.resource?.labels },
    error: status?.code ? { code: Number(status.code), message: textOf(status.message) ?? '' } : null,
    bindingDeltas: listOf(audit.serviceData?.policyDelta?.bindingDeltas).flatMap(parseDelta),
    rotateCredentials:
      method.endsWith('.StartIPRotation') && request ? request.rotateCredentials === true : null,
    last: entry.operation ? entry.operation.last === true : true,
  };
}

function parseDelta({ action, role, member }: { action?: string; role?: string; member?: string }) {
  if (action !== 'ADD' && action !== 'REMOVE') return [];
  return [{ action, role: textOf(role) ?? '', member: textOf(member) ?? '' } as const];
}

/** One refused call, as a group of one; null where the entry is no refusal or lacks what a refusal has. */
export function parseDenial(entry: LogEntry): AccessDenial | null {
  const audit = auditLogOf(entry);
  const service = textOf(audit?.serviceName);
  if (!audit?.status?.code || service === null) return null;
  const time = timeOf(entry);
  const { cluster_name: cluster, location } = entry.resource?.labels ?? {};
  const refused = listOf(audit.authorizationInfo).find(({ granted }) => granted !== true);
  return {
    principal: textOf(audit.authenticationInfo?.principalEmail),
    service,
    method: textOf(audit.methodName) ?? '',
    permission: textOf(refused?.permission),
    resource: textOf(audit.resourceName) ?? '',
    cluster: textOf(cluster),
    location: textOf(location),
    code: Number(audit.status.code),
    message: textOf(audit.status.message),
    events: 1,
    firstSeen: time,
    lastSeen: time,
    sampleEventIds: entry.insertId ? [entry.insertId] : [],
    callerIp: textOf(audit.requestMetadata?.callerIp),
    userAgent: textOf(audit.requestMetadata?.callerSuppliedUserAgent),
  };
}

function auditLogOf({ protoPayload, timestamp }: LogEntry): AuditLog | null {
  const isAudit = protoPayload && !Number.isNaN(Date.parse(timestamp ?? ''));
  return isAudit ? protoPayload : null;
}

function timeOf({ timestamp }: LogEntry): string {
  return new Date(timestamp ?? '').toISOString();
}

/** A text that is not empty; services fill the fields of their logs with what they like. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** What a field holds that should be a list of objects. */
function listOf<T extends object>(value: readonly T[] | undefined): T[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.filter((each): each is T => typeof each === 'object' && each !== null);
}
