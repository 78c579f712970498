/** Tells in one sentence why AWS did not let us look: what was tried, what it said, what to do. */
import type { Gap } from '../../observation.ts';

/** What was tried when an error came. */
export interface Attempt {
  /** Reads on after "Cannot": `list the EKS clusters`. */
  action: string;
  /** The reader's own permission, named where the error does not name one. */
  permission: string;
  /** Region; null for what has none. */
  location: string | null;
}

export type RefusalKind =
  | 'denied'
  | 'not enabled'
  | 'no credentials'
  | 'expired'
  | 'throttled'
  | 'unreachable'
  | 'out of time'
  | 'other';

/** Error names by kind; services spell the same refusal differently. */
const names: Partial<Record<RefusalKind, readonly string[]>> = {
  denied: ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'UnauthorizedException'],
  'not enabled': [
    'OptInRequired',
    'UnrecognizedClientException',
    'InvalidClientTokenId',
    'AuthFailure',
    'SubscriptionRequiredException',
    'RegionDisabledException',
  ],
  'no credentials': ['CredentialsProviderError', 'TokenProviderError'],
  expired: ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'RequestTimeTooSkewed'],
  throttled: [
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'RequestThrottledException',
    'TooManyRequestsException',
    'SlowDown',
  ],
  unreachable: [
    'TimeoutError',
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ],
  'out of time': ['AbortError'],
};

/** What kind of refusal an error of the SDK is. */
export function refusalKind(error: unknown): RefusalKind {
  const { name = '', code = '' } = (error ?? {}) as SdkError;
  for (const [kind, known] of Object.entries(names)) {
    if (known.some((one) => one === name || one === code)) return kind as RefusalKind;
  }
  const status = statusOf(error);
  if (status === 429) return 'throttled';
  if (status === 403) return 'denied';
  return isWrappedNetworkError(error) ? 'unreachable' : 'other';
}

/** An error that the SDK does not know as one of the language is wrapped, and only its text is left. */
function isWrappedNetworkError(error: unknown): boolean {
  const { message = '' } = (error ?? {}) as SdkError;
  const words = message.startsWith('AWS SDK error wrapper for ') ? message.split(/[\s:]+/) : [];
  return words.some((word) => names.unreachable?.includes(word));
}

function statusOf(error: unknown): number {
  const { $metadata, $response } = (error ?? {}) as SdkError;
  return $metadata?.httpStatusCode ?? $response?.statusCode ?? 0;
}

/** Whether the same request may succeed when it is sent again: network trouble and the service's own errors. */
export function isTransient(error: unknown): boolean {
  return refusalKind(error) === 'unreachable' || statusOf(error) >= 500;
}

/** The gap that an error leaves. */
export function gapOf(error: unknown, attempt: Attempt): Gap {
  const { action, location } = attempt;
  const kind = refusalKind(error);
  const message = messageOf(error);
  const why = `Cannot ${action}${location ? ` in ${location}` : ''}: ${explain(kind, error, attempt)}`;
  if (kind !== 'denied' && kind !== 'not enabled') return { location, why };
  return { location, why, missingPermission: deniedAction(message) ?? attempt.permission };
}

/** One gap for each kind of trouble that some items met, instead of one for each item. */
export function gapsOf(failures: { item: string; error: unknown }[], attempt: Attempt): Gap[] {
  const alike = new Map<string, { items: string[]; error: unknown }>();
  for (const { item, error } of failures) {
    const key = `${refusalKind(error)} ${deniedAction(messageOf(error)) ?? nameOf(error)}`;
    const group = alike.get(key) ?? { items: [], error };
    group.items.push(item);
    alike.set(key, group);
  }
  return [...alike.values()].map(({ items, error }) =>
    gapOf(error, { ...attempt, action: `${attempt.action} ${listed(items)}` }),
  );
}

function listed(items: string[]): string {
  const shown = items.slice(0, 3).map((item) => `"${item}"`);
  const more = items.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function explain(kind: RefusalKind, error: unknown, attempt: Attempt): string {
  switch (kind) {
    case 'denied':
      return denied(messageOf(error), attempt);
    case 'not enabled':
      return `AWS does not accept the credentials there (${nameOf(error)}); enable the region for the account, or leave it out with --region`;
    case 'no credentials':
      return `no credentials were found (${messageOf(error)}); sign in, or choose a profile with --profile`;
    case 'expired':
      return `the credentials have expired (${nameOf(error)}); sign in again and run it once more`;
    case 'throttled':
      return `AWS kept throttling the requests (${nameOf(error)}); run it again when fewer tools read the same account`;
    case 'unreachable':
      return `the endpoint did not answer (${messageOf(error)}); check the region's name and the network`;
    case 'out of time':
      return 'the time that was given ended; allow more of it, or ask for fewer regions';
    case 'other':
      return `AWS answered ${nameOf(error)} (${messageOf(error)}); run it again, and report it if it stays`;
  }
}

/**
 * IAM's sentence: `User: <arn> is not authorized to perform: <action> on resource: <arn> because …|with an explicit
 * deny in a …` (docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html).
 */
function denied(message: string, { permission }: Attempt): string {
  const principal = /\bUser: (\S+)/.exec(message)?.[1];
  const policy = /with an explicit deny in (an? [a-z -]+)/i.exec(message)?.[1]?.trim();
  const to = principal ? ` to ${principal}` : '';
  const by = policy ? ` by an explicit deny in ${policy}` : '';
  const remedy = policy
    ? 'lift the denial there, or leave this out'
    : 'allow it in the policies of the auditor';
  return `${deniedAction(message) ?? permission} was denied${to}${by}; ${remedy}`;
}

function deniedAction(message: string): string | null {
  return /is not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)/.exec(message)?.[1] ?? null;
}

interface SdkError {
  name?: string;
  code?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number };
}

function nameOf(error: unknown): string {
  const { name, code } = (error ?? {}) as SdkError;
  return code ?? name ?? 'an error';
}

/** The error's own words on one line, cut short: they may hold a whole HTML page of a proxy. */
export function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as SdkError;
  const line = (message ?? String(error)).replaceAll(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
