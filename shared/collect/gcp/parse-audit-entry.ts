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
  if (!audit?.serviceName || !audit.methodName || !entry.timestamp) return null;
  const { methodName: method, request } = audit;
  return {
    id: entry.insertId ?? '',
    time: new Date(entry.timestamp).toISOString(),
    principal: audit.authenticationInfo?.principalEmail || null,
    service: audit.serviceName,
    method,
    resource: audit.resourceName ?? '',
    labels: { ...entry.resource?.labels },
    error: audit.status?.code ? { code: audit.status.code, message: audit.status.message ?? '' } : null,
    bindingDeltas: (audit.serviceData?.policyDelta?.bindingDeltas ?? []).flatMap(parseDelta),
    rotateCredentials:
      method.endsWith('.StartIPRotation') && request ? request.rotateCredentials === true : null,
    last: entry.operation ? entry.operation.last === true : true,
  };
}

function parseDelta({ action, role = '', member = '' }: { action?: string; role?: string; member?: string }) {
  return action === 'ADD' || action === 'REMOVE' ? [{ action, role, member } as const] : [];
}

/** One refused call, as a group of one; null where the entry is no refusal or lacks what a refusal has. */
export function parseDenial(entry: LogEntry): AccessDenial | null {
  const audit = auditLogOf(entry);
  if (!audit?.serviceName || !audit.status?.code || !entry.timestamp) return null;
  const time = new Date(entry.timestamp).toISOString();
  const { cluster_name: cluster, location } = entry.resource?.labels ?? {};
  return {
    principal: audit.authenticationInfo?.principalEmail || null,
    service: audit.serviceName,
    method: audit.methodName ?? '',
    permission: audit.authorizationInfo?.find(({ granted }) => granted !== true)?.permission ?? null,
    resource: audit.resourceName ?? '',
    cluster: cluster ?? null,
    location: location ?? null,
    code: audit.status.code,
    message: audit.status.message ?? null,
    events: 1,
    firstSeen: time,
    lastSeen: time,
    sampleEventIds: entry.insertId ? [entry.insertId] : [],
    callerIp: audit.requestMetadata?.callerIp ?? null,
    userAgent: audit.requestMetadata?.callerSuppliedUserAgent ?? null,
  };
}

function auditLogOf({ protoPayload, timestamp }: LogEntry): AuditLog | null {
  const isAudit = protoPayload && !Number.isNaN(Date.parse(timestamp ?? ''));
  return isAudit ? protoPayload : null;
}
