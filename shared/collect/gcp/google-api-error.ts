/** What a Google API answered instead of a result, with the parts that tell causes apart. */
import { LocalizedError } from '../../localized-error.ts';

/** Why a request was refused. */
export type RefusalKind =
  /** IAM: the caller lacks a permission. */
  | 'denied'
  /** The API is off in the project that the request is about or is billed to. */
  | 'disabled'
  /** VPC Service Controls: a 403 that no role repairs. */
  | 'perimeter'
  /** A quota or rate limit: 429, or one of the 403s that mean the same. */
  | 'limited'
  | 'missing'
  /** The service's own fault, or the network's. */
  | 'unavailable'
  | 'other';

interface ErrorInfo {
  reason: string | null;
  metadata: Record<string, string>;
}

/** An answer with an error status, or none at all (`status` 0). Readers tell by `kind` what is missing and why. */
export class GoogleApiError extends Error {
  override readonly name = 'GoogleApiError';
  readonly kind: RefusalKind;
  readonly status: number;
  /** The permission that the answer names; null where it names none. */
  readonly permission: string | null;
  /** `ErrorInfo.metadata`: `service`, `consumer`, `uid` … */
  readonly metadata: Record<string, string>;
  /** From `Retry-After`, in milliseconds; null where the answer has none. */
  readonly retryAfterMs: number | null;

  constructor(status: number, body: unknown, retryAfterMs: number | null = null, cause?: unknown) {
    const error = errorOf(body);
    const message = oneLine(error.message ?? (cause instanceof Error ? cause.message : `status ${status}`));
    super(message, { cause });
    const info = errorInfo(error.details);
    this.kind = kindOf(status, message, info, error.errors);
    this.status = status;
    this.permission = this.kind === 'denied' ? (info.metadata.permission ?? permissionIn(message)) : null;
    this.metadata = info.metadata;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may succeed when it is sent again. */
  get isTransient(): boolean {
    return this.kind === 'limited' || this.kind === 'unavailable';
  }
}

/** Nobody is signed in, or what was shown is no longer accepted: nothing can be read at all. */
export class GoogleCredentialsError extends LocalizedError {
  override readonly name = 'GoogleCredentialsError';
}

interface ErrorBody {
  message?: string;
  details?: unknown;
  errors?: unknown;
}

function errorOf(body: unknown): ErrorBody {
  const error = (body as { error?: unknown } | null)?.error;
  if (typeof error === 'object' && error !== null) return error;
  return typeof error === 'string' ? { message: error } : {};
}

/** `google.rpc.ErrorInfo` among the details (AIP-193). */
function errorInfo(details: unknown): ErrorInfo {
  const all = Array.isArray(details) ? (details as Record<string, unknown>[]) : [];
  const info = all.find((detail) => String(detail?.['@type']).endsWith('google.rpc.ErrorInfo'));
  const metadata = info?.metadata as Record<string, string> | undefined;
  return { reason: typeof info?.reason === 'string' ? info.reason : null, metadata: metadata ?? {} };
}

const limitReasons = new Set([
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'quotaExceeded',
  'dailyLimitExceeded',
  'RATE_LIMIT_EXCEEDED',
  'RESOURCE_QUOTA_EXCEEDED',
]);

function kindOf(status: number, message: string, { reason }: ErrorInfo, errors: unknown): RefusalKind {
  if (status === 404) return 'missing';
  if (status === 0 || status === 408 || status >= 500) return 'unavailable';
  const legacy = Array.isArray(errors) ? (errors as { reason?: string }[]).map((each) => each?.reason) : [];
  if (status === 429 || [reason, ...legacy].some((each) => limitReasons.has(each ?? ''))) return 'limited';
  if (status !== 403) return 'other';
  if (reason === 'SERVICE_DISABLED' || legacy.includes('accessNotConfigured')) return 'disabled';
  if (reason === 'SECURITY_POLICY_VIOLATED' || /vpcServiceControlsUniqueIdentifier/.test(message))
    return 'perimeter';
  return 'denied';
}

/** `Required "container.clusters.list" permission(s) for …`, `Permission 'iam.roles.get' denied …`. */
function permissionIn(message: string): string | null {
  return /["']([a-z]+(?:\.[A-Za-z]+){2,3})["']/.exec(message)?.[1] ?? null;
}

/** On one line and cut short: a proxy may answer with a whole page. */
function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}
