/** CloudTrail records in the shape that CloudTrail gives them. */
import { createHash } from 'node:crypto';

/** Any record: only what the look-up itself needs must be there. */
export interface CloudTrailRecord {
  /** ISO 8601 UTC, whole seconds. */
  eventTime: string;
  eventID: string;
  eventName: string;
  eventSource: string;
  userIdentity?: Record<string, unknown> | null;
  readOnly?: boolean;
  resources?: { accountId?: string; type: string; ARN: string }[];
  errorCode?: string;
  requestParameters?: Record<string, unknown> | null;
  [field: string]: unknown;
}

/** One AssumeRoleWithWebIdentity call, as its record tells it. */
export interface WebIdentityCall {
  /** Account whose trail has the record: the role's. */
  account: string;
  region: string;
  time: Date;
  /** As the caller wrote it. */
  roleArn: string;
  subject: string;
  provider: string;
  audience: string;
  sessionName: string;
  /** Left out of the record where the caller sent none. */
  durationSeconds?: number | undefined;
  sourceIp: string;
  userAgent: string;
  /** STS host that was called: it tells the regional from the global endpoint. */
  host: string;
  /** For a call through an interface endpoint. */
  vpcEndpointId?: string | undefined;
  /** Absent for a call that succeeded. */
  error?: { code: string; message: string } | undefined;
  /** Two calls with the same seed have the same ids. */
  seed: string;
}

/** The record of a call that STS answered or refused (fields as in real records, event version 1.08 and later). */
export function webIdentityRecord(call: WebIdentityCall): CloudTrailRecord {
  const [eventID, requestID] = uuids(call.seed);
  const time = isoSeconds(call.time);
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'WebIdentityUser',
      principalId: `${call.provider}:${call.audience}:${call.subject}`,
      userName: call.subject,
      identityProvider: call.provider,
    },
    eventTime: time,
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRoleWithWebIdentity',
    awsRegion: call.region,
    sourceIPAddress: call.sourceIp,
    userAgent: call.userAgent,
    ...(call.error && { errorCode: call.error.code, errorMessage: call.error.message }),
    requestParameters: {
      roleArn: call.roleArn,
      roleSessionName: call.sessionName,
      ...(call.durationSeconds !== undefined && { durationSeconds: call.durationSeconds }),
    },
    responseElements: call.error ? null : grantedElements(call),
    ...(!call.error && { additionalEventData: servedBy(call) }),
    requestID,
    eventID,
    readOnly: true,
    ...(call.roleArn.includes(`:${call.account}:`) && {
      resources: [{ accountId: call.account, type: 'AWS::IAM::Role', ARN: call.roleArn }],
    }),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: call.account,
    ...(call.vpcEndpointId && {
      vpcEndpointId: call.vpcEndpointId,
      vpcEndpointAccountId: call.account,
    }),
    eventCategory: 'Management',
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: call.host,
    },
  };
}

/** `Apr 16, 2024, 3:20:04 PM`, as STS writes it into records. */
const expiry = new Intl.DateTimeFormat('en-US', {
  timeZone: 'UTC',
  dateStyle: 'medium',
  timeStyle: 'medium',
});

function grantedElements(call: WebIdentityCall): Record<string, unknown> {
  const expires = new Date(call.time.getTime() + (call.durationSeconds ?? 3600) * 1000);
  const roleName = call.roleArn.split('/').at(-1) ?? call.roleArn;
  return {
    credentials: {
      accessKeyId: `ASIA${digest(call.seed).slice(0, 16).toUpperCase()}`,
      sessionToken: 'REDACTED',
      expiration: expiry.format(expires).replaceAll('\u202f', ' '),
    },
    subjectFromWebIdentityToken: call.subject,
    assumedRoleUser: {
      assumedRoleId: `AROA${digest(call.roleArn).slice(0, 17).toUpperCase()}:${call.sessionName}`,
      arn: `arn:aws:sts::${call.account}:assumed-role/${roleName}/${call.sessionName}`,
    },
    provider: call.provider,
    audience: call.audience,
  };
}

function servedBy(call: WebIdentityCall): Record<string, unknown> {
  return {
    identityProviderConnectionVerificationMethod: 'IAMTrustStore',
    RequestDetails: {
      awsServingRegion: call.region,
      endpointType: call.host === 'sts.amazonaws.com' ? 'global' : 'regional',
    },
  };
}

/** Two ids in the form of CloudTrail's, the same for the same seed. */
export function uuids(seed: string): [string, string] {
  const hex = digest(seed);
  const uuid = (h: string) =>
    `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`;
  return [uuid(hex.slice(0, 32)), uuid(hex.slice(32))];
}

/** CloudTrail's time: ISO 8601 UTC without a fraction. */
export function isoSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
