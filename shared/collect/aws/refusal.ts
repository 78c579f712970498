/** Tells in one sentence why AWS did not let us look: what was tried, what it said, what to do. */
import type { Gap } from '../../observation.ts';
import { en, inLanguage, ja, type Localized, type Words } from '../../words.ts';
import { cannot, listed, remedied } from '../cannot.ts';

/** What was tried when an error came. */
export interface Attempt {
  /** Reads on after "Cannot", as in `cannot`: `list the EKS clusters`. */
  action: Localized;
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
  const why = cannot(location ? within(action, location) : action, explain(kind, error, attempt));
  if (kind !== 'denied' && kind !== 'not enabled') return { location, why };
  return { location, why, missingPermission: deniedAction(message) ?? attempt.permission };
}

function within(action: Localized, region: string): Localized {
  return { en: en`${action} in ${region}`, ja: ja`${region} で ${action}` };
}

/** The same of several things. */
export interface AttemptOnEach extends Omit<Attempt, 'action'> {
  /** @param which names, as they are listed: `"a", "b"` */
  action: (which: Localized) => Localized;
}

/** One gap for each kind of trouble that some items met, instead of one for each item. */
export function gapsOf(failures: { item: string; error: unknown }[], attempt: AttemptOnEach): Gap[] {
  const alike = new Map<string, { items: string[]; error: unknown }>();
  for (const { item, error } of failures) {
    const key = `${refusalKind(error)} ${deniedAction(messageOf(error)) ?? inLanguage(nameOf(error), 'en')}`;
    const group = alike.get(key) ?? { items: [], error };
    group.items.push(item);
    alike.set(key, group);
  }
  return [...alike.values()].map(({ items, error }) =>
    gapOf(error, { ...attempt, action: attempt.action(listed(items)) }),
  );
}

function explain(kind: RefusalKind, error: unknown, attempt: Attempt): Localized {
  if (kind === 'denied') return denied(messageOf(error), attempt);
  if (kind === 'out of time') return timeEnded;
  return troubles[kind](nameOf(error), messageOf(error));
}

const timeEnded = {
  en: 'the time that was given ended; allow more of it, or ask for fewer regions',
  ja: '与えられた時間が終わりました。より長い時間を許可するか、対象のリージョンを減らしてください',
};

/** What AWS said stays as it said it. */
const troubles: Record<
  Exclude<RefusalKind, 'denied' | 'out of time'>,
  (name: Words, message: string) => Localized
> = {
  'not enabled': (name) => ({
    en: en`AWS does not accept the credentials there (${name}); enable the region for the account, or leave it out with --region`,
    ja: ja`AWS はそこでは認証情報を受け付けません (${name})。アカウントでリージョンを有効にするか、--region で対象から外してください`,
  }),
  'no credentials': (_, message) => ({
    en: `no credentials were found (${message}); sign in, or choose a profile with --profile`,
    ja: `認証情報が見つかりません (${message})。サインインするか、--profile でプロファイルを指定してください`,
  }),
  expired: (name) => ({
    en: en`the credentials have expired (${name}); sign in again and run it once more`,
    ja: ja`認証情報の有効期限が切れています (${name})。もう一度サインインして、実行し直してください`,
  }),
  throttled: (name) => ({
    en: en`AWS kept throttling the requests (${name}); run it again when fewer tools read the same account`,
    ja: ja`AWS によるリクエストのスロットリングが続きました (${name})。同じアカウントを読み取るツールが少ないときに、実行し直してください`,
  }),
  unreachable: (_, message) => ({
    en: `the endpoint did not answer (${message}); check the region's name and the network`,
    ja: `エンドポイントから応答がありません (${message})。リージョン名とネットワークを確認してください`,
  }),
  other: (name, message) => ({
    en: en`AWS answered ${name} (${message}); run it again, and report it if it stays`,
    ja: ja`AWS の応答は ${name} でした (${message})。実行し直し、繰り返すようであれば報告してください`,
  }),
};

/**
 * IAM's sentence: `User: <arn> is not authorized to perform: <action> on resource: <arn> because …|with an explicit
 * deny in a …` (docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html).
 */
function denied(message: string, { permission }: Attempt): Localized {
  const principal = /\bUser: (\S+)/.exec(message)?.[1];
  const policy = /with an explicit deny in (an? [a-z -]+)/i.exec(message)?.[1]?.trim();
  const to = principal ? { en: ` to ${principal}`, ja: `、${principal} に対して` } : '';
  const action = deniedAction(message) ?? permission;
  const by = policy ? denyIn(policy) : '';
  return remedied(
    { en: en`${action} was denied${to}${by}`, ja: ja`${action} が${to}${by}拒否されました` },
    policy ? liftIt : allowIt,
  );
}

const allowIt = {
  en: 'allow it in the policies of the auditor',
  ja: '監査者のポリシーで許可してください',
};
const liftIt = {
  en: 'lift the denial there, or leave this out',
  ja: 'その拒否を解除するか、対象から外してください',
};

/** The kinds of policies that IAM's sentence names. */
const policiesInJapanese: Readonly<Record<string, string>> = {
  'identity-based policy': 'アイデンティティベースのポリシー',
  'resource-based policy': 'リソースベースのポリシー',
  'permissions boundary': 'アクセス許可の境界',
  'session policy': 'セッションポリシー',
  'service control policy': 'サービスコントロールポリシー',
  'resource control policy': 'リソースコントロールポリシー',
  'vpc endpoint policy': 'VPC エンドポイントポリシー',
};

/** @param policy with its article */
function denyIn(policy: string): Localized {
  const kind = policy.replace(/^an? /i, '');
  const known = policiesInJapanese[kind.toLowerCase()] ?? kind;
  return {
    en: ` by an explicit deny in ${policy}`,
    ja: ja`${known} の明示的な拒否により`,
  };
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

function nameOf(error: unknown): Words {
  const { name, code } = (error ?? {}) as SdkError;
  return code ?? name ?? { en: 'an error', ja: 'エラー' };
}

/** The error's own words on one line, cut short: they may hold a whole HTML page of a proxy. */
export function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as SdkError;
  const line = (message ?? String(error)).replaceAll(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
