/** What Cloud Audit Logs tell, as the auditor holds it (logging v2 entries.list, `protoPayload` of type AuditLog). */

/** One Admin Activity entry: a change that was made or refused. */
export interface AdminActivity {
  /** `insertId`. */
  id: string;
  /** `timestamp`, ISO 8601 UTC. */
  time: string;
  /** `authenticationInfo.principalEmail`; null where the log hides it. */
  principal: string | null;
  /** `serviceName`, `cloudresourcemanager.googleapis.com`. */
  service: string;
  /** `methodName`, such as `SetIamPolicy`, `google.iam.admin.v1.DisableServiceAccount`, `google.container.v1.ClusterManager.StartIPRotation`. */
  method: string;
  /** `resourceName`. */
  resource: string;
  /** Values of `resource.labels` that name the subject: `cluster_name`, `location`, `email_id`, `unique_id` … */
  labels: Record<string, string>;
  /** `status.code` (google.rpc.Code) and message; null where the call succeeded. */
  error: { code: number; message: string } | null;
  /** `serviceData.policyDelta.bindingDeltas[]`. */
  bindingDeltas: { action: 'ADD' | 'REMOVE'; role: string; member: string }[];
  /** `request.rotateCredentials` of StartIPRotation; null elsewhere. */
  rotateCredentials: boolean | null;
  /** `operation.last`: whether this is the end of a long-running operation; true where it is none. */
  last: boolean;
}

/** All refused calls with the same caller, permission, resource and status, from Data Access and Admin Activity logs. */
export interface AccessDenial {
  /** `authenticationInfo.principalEmail`; `system:anonymous` where no credential was sent. Null where the log hides it. */
  principal: string | null;
  /** `serviceName`: `container.googleapis.com` or `k8s.io`. */
  service: string;
  method: string;
  /** `authorizationInfo[].permission` that was not granted; null where the entry names none. */
  permission: string | null;
  /** `resourceName`. */
  resource: string;
  /** `resource.labels.cluster_name` and `.location`; null where absent. */
  cluster: string | null;
  location: string | null;
  /** `status.code` (google.rpc.Code): 7 is PERMISSION_DENIED, 16 UNAUTHENTICATED. */
  code: number;
  message: string | null;
  events: number;
  firstSeen: string;
  lastSeen: string;
  /** A few `insertId`s, newest first. */
  sampleEventIds: string[];
  /** `requestMetadata.callerIp` and `callerSuppliedUserAgent` of the newest call. */
  callerIp: string | null;
  userAgent: string | null;
}
