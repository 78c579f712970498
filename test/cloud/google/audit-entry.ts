/** Cloud Audit Logs entries in the shape in which logging v2 sends them. */
import { createHash } from 'node:crypto';
import type { logging_v2 } from '@googleapis/logging';
import type { ProjectWorld } from './project-world.ts';

export type LogEntry = logging_v2.Schema$LogEntry;

interface Audit {
  project: ProjectWorld;
  log: 'activity' | 'data_access';
  time: string;
  principal: string;
  service: string;
  method: string;
  resourceName: string;
  resource: { type: string; labels: Record<string, string> };
  severity?: string;
  /** Further fields of `protoPayload`. */
  payload?: Record<string, unknown>;
  operation?: { id: string; producer: string; first?: boolean; last?: boolean };
}

/** One entry; the builders below give the ones that matter here. */
export function auditEntry(audit: Audit): LogEntry {
  const { project, time, service, method, resourceName } = audit;
  const insertId = createHash('sha256').update(
    JSON.stringify([project.id, time, method, resourceName, audit.principal]),
  );
  return {
    insertId: insertId.digest('hex').slice(0, 14),
    logName: `projects/${project.id}/logs/cloudaudit.googleapis.com%2F${audit.log}`,
    timestamp: time,
    receiveTimestamp: time,
    severity: audit.severity ?? 'NOTICE',
    resource: { type: audit.resource.type, labels: { project_id: project.id, ...audit.resource.labels } },
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      serviceName: service,
      methodName: method,
      resourceName,
      authenticationInfo: { principalEmail: audit.principal },
      requestMetadata: {
        callerIp: '198.51.100.7',
        callerSuppliedUserAgent: 'google-cloud-sdk gcloud/528.0.0',
      },
      ...audit.payload,
    },
    ...(audit.operation ? { operation: audit.operation } : {}),
  };
}

interface Change {
  project: ProjectWorld;
  time: string;
  principal: string;
}

/** A SetIamPolicy on the project, with what it added and removed. */
export function policyChange(
  change: Change,
  deltas: { action: 'ADD' | 'REMOVE'; role: string; member: string }[],
): LogEntry {
  return auditEntry({
    ...change,
    log: 'activity',
    service: 'cloudresourcemanager.googleapis.com',
    method: 'SetIamPolicy',
    resourceName: `projects/${change.project.id}`,
    resource: { type: 'project', labels: {} },
    payload: {
      status: {},
      serviceData: {
        '@type': 'type.googleapis.com/google.iam.v1.logging.AuditData',
        policyDelta: { bindingDeltas: deltas },
      },
    },
  });
}

/** Disabling, enabling, deleting or re-creating a service account. */
export function accountChange(
  change: Change,
  verb: 'Disable' | 'Enable' | 'Delete' | 'Undelete' | 'Create',
  account: { email: string; uniqueId: string },
): LogEntry {
  return auditEntry({
    ...change,
    log: 'activity',
    service: 'iam.googleapis.com',
    method: `google.iam.admin.v1.${verb}ServiceAccount`,
    resourceName: `projects/-/serviceAccounts/${account.uniqueId}`,
    resource: { type: 'service_account', labels: { email_id: account.email, unique_id: account.uniqueId } },
    payload: { status: {} },
  });
}

/** An API turned on or off. */
export function serviceChange(change: Change, verb: 'Enable' | 'Disable', service: string): LogEntry {
  return auditEntry({
    ...change,
    log: 'activity',
    service: 'serviceusage.googleapis.com',
    method: `google.api.serviceusage.v1.ServiceUsage.${verb}Service`,
    resourceName: `projects/${change.project.number}/services/${service}`,
    resource: {
      type: 'audited_resource',
      labels: {
        service: 'serviceusage.googleapis.com',
        method: `google.api.serviceusage.v1.ServiceUsage.${verb}Service`,
      },
    },
    payload: { request: { name: `projects/${change.project.number}/services/${service}` } },
  });
}

interface ClusterChange extends Change {
  cluster: string;
  location: string;
}

/** A call to the cluster manager: `StartIPRotation`, `CompleteIPRotation`, `DeleteCluster` … */
export function clusterChange(
  change: ClusterChange,
  method: string,
  request: Record<string, unknown> = {},
  status: { code?: number; message?: string } = {},
): LogEntry {
  const { project, cluster, location } = change;
  return auditEntry({
    ...change,
    log: 'activity',
    severity: status.code ? 'ERROR' : 'NOTICE',
    service: 'container.googleapis.com',
    method: `google.container.v1.ClusterManager.${method}`,
    resourceName: `projects/${project.id}/locations/${location}/clusters/${cluster}`,
    resource: { type: 'gke_cluster', labels: { cluster_name: cluster, location } },
    payload: { request, ...(status.code ? { status } : {}) },
  });
}

/** The end of a long-running cluster operation, with its failure. */
export function operationEnd(change: ClusterChange, method: string, code: number, message: string): LogEntry {
  const entry = clusterChange(change, method, {}, { code, message });
  return {
    ...entry,
    operation: { id: 'operation-1700000000000-end', producer: 'container.googleapis.com', last: true },
  };
}

interface Refused extends ClusterChange {
  permission: string;
}

/** A refused `container.clusters.*` call: only in Data Access logs, only where they are on. */
export function refusedClusterCall(refused: Refused, method = 'GetCluster'): LogEntry {
  const { project, cluster, location, permission } = refused;
  const resourceName = `projects/${project.id}/locations/${location}/clusters/${cluster}`;
  return auditEntry({
    ...refused,
    log: 'data_access',
    severity: 'ERROR',
    service: 'container.googleapis.com',
    method: `google.container.v1.ClusterManager.${method}`,
    resourceName,
    resource: { type: 'gke_cluster', labels: { cluster_name: cluster, location } },
    payload: {
      authorizationInfo: [{ permission, resource: resourceName, resourceAttributes: {} }],
      status: { code: 7, message: `Required "${permission}" permission(s) for "${resourceName}".` },
    },
  });
}

/** A refused call to a cluster's API server; reads stand in Data Access logs, writes in Admin Activity. */
export function refusedKubernetesCall(
  refused: Refused & { resourceName: string; code?: number },
  log: 'activity' | 'data_access' = 'data_access',
): LogEntry {
  const { cluster, location, permission, resourceName, code = 7 } = refused;
  return auditEntry({
    ...refused,
    log,
    service: 'k8s.io',
    method: permission,
    resourceName,
    resource: { type: 'k8s_cluster', labels: { cluster_name: cluster, location } },
    payload: {
      authorizationInfo: [{ granted: false, permission, resource: resourceName }],
      status: { code, message: code === 7 ? 'PERMISSION_DENIED' : 'UNAUTHENTICATED' },
    },
  });
}
