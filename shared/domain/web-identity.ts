/** The things that take part in one AssumeRoleWithWebIdentity call, as the auditor knows them. */

/** An EKS cluster, from eks:DescribeCluster. */
export interface Cluster {
  name: string;
  arn: string;
  account: string;
  region: string;
  /** CREATING, ACTIVE, DELETING, FAILED, UPDATING or PENDING. */
  status: string;
  version: string | null;
  /** Issuer of the cluster's service account tokens, `https://oidc.eks.<region>.amazonaws.com/id/<ID>`; null where EKS gives none. */
  issuer: string | null;
  endpoint: string | null;
  createdAt: string | null;
  tags: Record<string, string>;
  /** Health issues that EKS itself reports (`StsRegionalEndpointDisabled`, `VpcNotFound` …). */
  healthIssues: { code: string; message: string; resourceIds: string[] }[];
  /** How its API server is reached; absent where EKS gives none yet. */
  access?: {
    /** PEM. */
    certificateAuthority: string;
    publicEndpoint: boolean;
    privateEndpoint: boolean;
    /** API, API_AND_CONFIG_MAP or CONFIG_MAP. */
    authenticationMode: string;
  };
  /** The part of `resourcesVpcConfig` that says where it lies; absent where EKS gives none. */
  network?: {
    vpcId: string;
    subnetIds: string[];
    securityGroupIds: string[];
    clusterSecurityGroupId: string | null;
  };
  /** Whether EKS Auto Mode runs its nodes (and with them the Pod Identity agent and CoreDNS). */
  autoMode?: boolean;
}

/** An IAM OpenID Connect provider, from iam:GetOpenIDConnectProvider. */
export interface OidcProvider {
  arn: string;
  /** Issuer without `https://`, as IAM stores it. */
  url: string;
  clientIds: string[];
  createdAt: string | null;
}

/** An IAM role, from iam:ListRoles or iam:GetRole. */
export interface Role {
  arn: string;
  name: string;
  /** `/` or `/path/`. */
  path: string;
  /** The trust policy as IAM holds it, URL-decoded; text that is no JSON stays a string. */
  trustPolicy: unknown;
  /** Seconds, 3600 to 43200. */
  maxSessionDuration: number;
  createdAt: string | null;
}

/** What CloudTrail tells about the circumstances of one call; null where the record has no such field. */
export interface CallContext {
  eventId: string | null;
  /** ISO 8601, UTC. */
  time: string | null;
  sourceIp: string | null;
  vpcEndpointId: string | null;
  sessionName: string | null;
  /** Seconds; null where the caller sent none (STS then takes 3600). */
  durationSeconds: number | null;
  userAgent: string | null;
  /** The STS host that was called, `sts.eu-west-1.amazonaws.com`. */
  host: string | null;
  /** Region in which CloudTrail recorded the call. */
  region: string;
}

/** All refused AssumeRoleWithWebIdentity calls with the same role, subject, provider, audience and error. */
export interface Denial {
  /** As the caller wrote it: not necessarily a possible ARN. Null where the record has no request parameters. */
  roleArn: string | null;
  /** The token's `sub`; for Kubernetes `system:serviceaccount:<namespace>:<name>`. */
  subject: string | null;
  /** ARN of the IAM OIDC provider that verified the token. */
  provider: string | null;
  audience: string | null;
  /** Without a leading `Client.` and a trailing `Exception`: `AccessDenied`, `ExpiredToken`, `InvalidIdentityToken` … */
  errorCode: string;
  errorMessage: string | null;
  events: number;
  firstSeen: string;
  lastSeen: string;
  /** A few of the events' ids, newest first. */
  sampleEventIds: string[];
  /** Regions whose CloudTrail recorded it, sorted. */
  regions: string[];
  /** The newest call. */
  latest: CallContext;
  /** Distinct source addresses, a few. */
  sourceIps: string[];
}

/** All successful AssumeRoleWithWebIdentity calls with the same role, subject and provider. */
export interface Caller {
  roleArn: string;
  subject: string;
  provider: string | null;
  audience: string | null;
  events: number;
  lastSeen: string;
  /** The longest session that was asked for, in seconds; null where none was named. */
  longestDurationSeconds: number | null;
  /** The programs that called, newest first, a few; absent where nobody looked. */
  userAgents?: string[];
  /** Its newest sessions by name and time, newest first, a few; absent where nobody looked. */
  sessions?: { name: string; time: string }[];
}
