/** Reads one CloudTrail record of AssumeRoleWithWebIdentity, whatever it lacks. */
import type { Localized } from '../words.ts';
import type { CallContext } from './web-identity.ts';

/** One AssumeRoleWithWebIdentity call as CloudTrail recorded it; null where the record has no such field. */
export interface WebIdentityRecord extends Omit<CallContext, 'region'> {
  /** Region in which CloudTrail recorded the call. */
  region: string | null;
  /** As the caller wrote it; the role in `resources` where the record has no request parameters. */
  roleArn: string | null;
  /** The token's `sub`. */
  subject: string | null;
  /** ARN of the IAM OIDC provider, or the name of a built-in one (`accounts.google.com`). */
  provider: string | null;
  audience: string | null;
  /** Without a leading `Client.` and a trailing `Exception`; null where the call succeeded. */
  errorCode: string | null;
  errorMessage: string | null;
}

export type ParsedRecord = { ok: true; record: WebIdentityRecord } | { ok: false; why: Localized };

/**
 * Reads a record from its JSON text or from the object itself. Unknown fields are ignored, as CloudTrail's
 * documentation of record contents advises; fields of another type than documented count as absent.
 */
export function parseWebIdentityRecord(json: string | object): ParsedRecord {
  const event = typeof json === 'string' ? parseObject(json) : fieldsOf(json);
  if (!event) return { ok: false, why: noObject };
  if (event['eventName'] !== 'AssumeRoleWithWebIdentity') {
    return { ok: false, why: otherCall };
  }
  const caller = callerOf(fieldsOf(event['userIdentity']) ?? {});
  const parameters = fieldsOf(event['requestParameters']) ?? {};
  const [code, errorMessage] = [text(event['errorCode']), text(event['errorMessage'])];
  const failed = code !== null || errorMessage !== null;
  return {
    ok: true,
    record: {
      ...caller,
      ...circumstances(event, parameters),
      roleArn: text(parameters['roleArn']) ?? roleInResources(event['resources']),
      errorCode: failed ? (normalErrorCode(code) ?? 'UnknownError') : null,
      errorMessage,
    },
  };
}

const noObject = {
  en: 'the record is not a JSON object',
  ja: 'レコードが JSON オブジェクトではありません',
};
const otherCall = {
  en: 'the record is not of AssumeRoleWithWebIdentity',
  ja: 'レコードが AssumeRoleWithWebIdentity のものではありません',
};

function circumstances(
  event: Fields,
  parameters: Fields,
): Omit<WebIdentityRecord, 'roleArn' | 'subject' | 'provider' | 'audience' | 'errorCode' | 'errorMessage'> {
  return {
    eventId: text(event['eventID']),
    time: isoSeconds(text(event['eventTime'])),
    sourceIp: text(event['sourceIPAddress']),
    vpcEndpointId: text(event['vpcEndpointId']),
    sessionName: text(parameters['roleSessionName']),
    durationSeconds: seconds(parameters['durationSeconds']),
    userAgent: text(event['userAgent']),
    host: text(fieldsOf(event['tlsDetails'])?.['clientProvidedHostHeader']),
    region: text(event['awsRegion']),
  };
}

/** Error codes of AssumeRoleWithWebIdentity, in the STS model's spelling less `Exception`. */
const knownCodes = new Map(
  [
    'AccessDenied',
    'ExpiredToken',
    'IDPCommunicationError',
    'IDPRejectedClaim',
    'InvalidIdentityToken',
    'MalformedPolicyDocument',
    'PackedPolicyTooLarge',
    'RegionDisabled',
    'Throttling',
    'ValidationError',
  ].map((code) => [code.toLowerCase(), code]),
);

/**
 * The code without a leading `Client.` and a trailing `Exception`: the wire, the SDKs and CloudTrail disagree
 * about both. A known code gets the spelling of the STS model.
 */
export function normalErrorCode(code: string | null): string | null {
  if (code === null) return null;
  const bare = code
    .trim()
    .replace(/^Client\./i, '')
    .replace(/Exception$/i, '');
  return knownCodes.get(bare.toLowerCase()) ?? (bare || null);
}

/**
 * Who called. `principalId` is `<provider>:<audience>:<subject>`, and each of the three may hold colons, so it is
 * taken apart from its ends and never split.
 */
function callerOf(identity: Fields): Pick<WebIdentityRecord, 'subject' | 'provider' | 'audience'> {
  const principal = text(identity['principalId']) ?? '';
  const provider = text(identity['identityProvider']) ?? providerIn(principal);
  const rest =
    provider !== null && principal.startsWith(`${provider}:`) ? principal.slice(provider.length + 1) : '';
  const subject = text(identity['userName']) ?? subjectIn(rest);
  const hasSubject = subject !== null && rest.endsWith(`:${subject}`);
  const audience = hasSubject ? rest.slice(0, -subject.length - 1) : '';
  return { subject, provider, audience: audience || null };
}

function providerIn(principal: string): string | null {
  return /^arn:[^:]+:iam::\d*:oidc-provider\/[^:]+/.exec(principal)?.[0] ?? null;
}

/** Only a Kubernetes subject can be told from an audience without knowing either. */
function subjectIn(rest: string): string | null {
  return /(?:^|:)(system:serviceaccount:[^:]+:[^:]+)$/.exec(rest)?.[1] ?? null;
}

function roleInResources(resources: unknown): string | null {
  if (!Array.isArray(resources)) return null;
  const arns = resources.map((resource) => text(fieldsOf(resource)?.['ARN']));
  return arns.find((arn) => arn?.includes(':role/')) ?? null;
}

/** ISO 8601 UTC to the second, so that times compare as text; null for what is no such time. */
export function isoSeconds(time: string | Date | null | undefined): string | null {
  if (typeof time === 'string' && !/^\d{4}-\d\d-\d\dT/.test(time)) return null;
  if (time === null || time === undefined) return null;
  const date = new Date(time);
  const iso = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  return /^\d{4}-/.test(iso) ? `${iso.slice(0, 19)}Z` : null;
}

function seconds(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

type Fields = Record<string, unknown>;

function parseObject(json: string): Fields | null {
  try {
    return fieldsOf(JSON.parse(json));
  } catch {
    // Not JSON: the caller is told so by the null, as for any other text that is no record.
    return null;
  }
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
