/** Refused calls of workloads' roles to AWS services, and calls that pods make with their node's role. */
import type { Localized } from '../words.ts';

/** All refused calls with the same role, action, resource and error. */
export interface ServiceDenial {
  /** ARN of the role (`arn:aws:iam::…:role/…`, with its path where the record tells it). */
  roleArn: string;
  /** How the session came about: IRSA, EKS Pod Identity, or an instance profile. */
  session: 'web-identity' | 'pod-identity' | 'node';
  /** The workload, where the session tells it. */
  namespace: string | null;
  serviceAccount: string | null;
  /** The cluster's issuer (`oidc.eks.…`) for IRSA, its name for Pod Identity; null where the session tells neither. */
  cluster: string | null;
  /** IAM action, `s3:PutObject`; from the message, else from the event's source and name. */
  action: string;
  /** The resource that was called; null where neither message nor record names it. */
  resource: string | null;
  errorCode: string;
  errorMessage: string | null;
  /** The kind of policy that refused, as the message says; null where it does not. */
  policyType:
    'identity' | 'boundary' | 'session' | 'scp' | 'rcp' | 'vpc-endpoint' | 'resource' | 'role-trust' | null;
  /** True for an explicit deny; null where the message does not say. */
  explicit: boolean | null;
  /** The refusing policy's ARN, where the message names it. */
  policyArn: string | null;
  events: number;
  firstSeen: string;
  lastSeen: string;
  sampleEventIds: string[];
  regions: string[];
  userAgent: string | null;
  vpcEndpointId: string | null;
}

/** The key of a refused call's check: `<roleArn> <action> <resource or *>`. */
export function permissionCheckKey(call: Pick<ServiceDenial, 'roleArn' | 'action' | 'resource'>): string {
  return `${call.roleArn} ${call.action} ${call.resource ?? '*'}`;
}

/** What IAM itself says of a refused call: iam:SimulatePrincipalPolicy, and access-analyzer:ValidatePolicy of the narrowest statement. */
export interface PermissionCheck {
  /** `allowed`, `explicitDeny`, `implicitDeny`, or why it could not be simulated. */
  decision: 'allowed' | 'explicitDeny' | 'implicitDeny' | { unknown: Localized };
  allowedByOrganizations: boolean | null;
  allowedByBoundary: boolean | null;
  /** Ids of the statements that matched. */
  matchedPolicies: string[];
  /** Findings of type ERROR about the statement that would repair it; null where it was not validated. */
  invalid: string[] | null;
  /** Whether the call is allowed with the narrowest statement besides; null or absent where that was not simulated. */
  allowedWithGrant?: boolean | null;
  /** What sts:DecodeAuthorizationMessage tells of an encoded refusal; null or absent where there is none, or it was not decoded. */
  decoded?: { action: string | null; resource: string | null; explicit: boolean } | null;
}

/** All refused AssumeRoleForPodIdentity calls that are alike. */
export interface PodIdentityDenial {
  clusterName: string;
  region: string;
  namespace: string | null;
  serviceAccount: string | null;
  pod: string | null;
  /** Instance id or name of the node whose agent asked last; null where no record tells it. */
  node: string | null;
  /** All of them, a few dozen at most; absent where nobody looked. */
  nodes?: string[];
  roleArn: string | null;
  errorCode: string;
  errorMessage: string | null;
  events: number;
  firstSeen: string;
  lastSeen: string;
  sampleEventIds: string[];
}

/** Calls by one node role's sessions that no part of a node makes: what pods call when they have no identity of their own. */
export interface NodeRoleCall {
  roleArn: string;
  instanceId: string;
  /** `s3.amazonaws.com`. */
  eventSource: string;
  eventName: string;
  errorCode: string | null;
  userAgent: string | null;
  events: number;
  lastSeen: string;
  sampleEventIds: string[];
}
