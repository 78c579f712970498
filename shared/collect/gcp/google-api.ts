/** Requests to Google's REST APIs: paced, sent again where that may help, paged to the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthClient } from 'google-auth-library';
import type { Localized } from '../../words.ts';
import { cannot, remedied } from '../cannot.ts';
import { GoogleApiError, GoogleCredentialsError } from './google-api-error.ts';
import { pace, type Pace } from './pace.ts';

export type GoogleApiName =
  | 'cloudasset'
  | 'cloudkms'
  | 'cloudresourcemanager'
  | 'compute'
  | 'container'
  | 'iam'
  | 'logging'
  | 'oauth2'
  | 'serviceusage';

/** Who asks, and where. Made in one place, for credentials and endpoints come from the environment. */
export interface GoogleClients {
  /** Adds credentials and quota project to what it sends. */
  auth: Pick<AuthClient, 'request' | 'getAccessToken'>;
  /** Base URL of each API, with a slash at the end; Compute's ends in `/compute/v1/`. */
  endpoints: Readonly<Record<GoogleApiName, string>>;
}

export interface GoogleApiOptions {
  /** All requests together; 12 where absent. */
  requestsPerSecond?: number;
  /** To Cloud Logging, whose quota is 60 a minute; 1 where absent. */
  logRequestsPerSecond?: number;
  /** The first wait before a request is sent again, in milliseconds; doubles each time. 500 where absent. */
  retryDelayMs?: number;
  signal?: AbortSignal;
}

export interface GoogleRequest {
  api: GoogleApiName;
  /** Below the endpoint, without a slash in front; made with `encodePath` where it holds names. */
  path: string;
  method?: 'GET' | 'POST';
  query?: Record<string, string | number | readonly string[]>;
  body?: Record<string, unknown>;
}

export interface GoogleApi {
  /** The JSON of one answer. Throws GoogleApiError, or GoogleCredentialsError where nobody is signed in. */
  call<T>(request: GoogleRequest): Promise<T>;
  /** The pages of a list, in order; the token goes where the request has its other parameters. */
  pages<T extends { nextPageToken?: string | null }>(request: GoogleRequest): AsyncGenerator<T, void>;
  /** A current access token, for what is no API of Google's: a cluster's own. */
  accessToken(): Promise<string>;
}

/** How often a request is sent at most. */
const attempts = 5;
const longestDelayMs = 30_000;
const timeoutMs = 60_000;

export function googleApi(clients: GoogleClients, options: GoogleApiOptions = {}): GoogleApi {
  const turn = pace(options.requestsPerSecond ?? 12);
  const logTurn = pace(options.logRequestsPerSecond ?? 1);
  const call = async <T>(request: GoogleRequest): Promise<T> => {
    const turns = request.api === 'logging' ? [logTurn, turn] : [turn];
    return (await sendPatiently(clients, options, turns, request)) as T;
  };
  return {
    call,
    async *pages<T extends { nextPageToken?: string | null }>(request: GoogleRequest) {
      const seen = new Set<string>();
      for (let token = ''; ;) {
        const page: T = await call<T>(token ? withToken(request, token) : request);
        yield page;
        token = page.nextPageToken ?? '';
        if (!token) return;
        if (seen.has(token)) throw new GoogleApiError(0, { error: 'the list gave the same page twice' });
        seen.add(token);
      }
    },
    accessToken: () => accessToken(clients),
  };
}

function withToken(request: GoogleRequest, pageToken: string): GoogleRequest {
  return request.method === 'POST'
    ? { ...request, body: { ...request.body, pageToken } }
    : { ...request, query: { ...request.query, pageToken } };
}

async function sendPatiently(
  clients: GoogleClients,
  { retryDelayMs = 500, signal }: GoogleApiOptions,
  turns: Pace[],
  request: GoogleRequest,
): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    for (const turn of turns) await turn(signal);
    try {
      return await send(clients, request, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof GoogleApiError) || !error.isTransient || attempt === attempts) throw error;
      // Full jitter: many auditors that were refused together do not come back together.
      const longest = Math.min(retryDelayMs * 2 ** (attempt - 1), longestDelayMs);
      const wait = Math.min(error.retryAfterMs ?? 0, longestDelayMs) + Math.random() * longest;
      await sleep(wait, undefined, signal ? { signal } : {});
    }
  }
}

async function send(
  { auth, endpoints }: GoogleClients,
  { api, path, method = 'GET', query = {}, body }: GoogleRequest,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const url = new URL(path, endpoints[api]);
  for (const [name, value] of Object.entries(query))
    for (const each of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(each));
  let response;
  try {
    response = await auth.request<unknown>({
      url: url.href,
      method,
      ...(body ? { data: body } : {}),
      responseType: 'json',
      retry: false,
      timeout: timeoutMs,
      validateStatus: () => true,
      ...(signal ? { signal } : {}),
    });
  } catch (cause) {
    throw notAnswered(cause);
  }
  if (response.status === 401) throw new GoogleCredentialsError(rejected(api), { cause: response.data });
  if (response.status >= 200 && response.status < 300) return response.data;
  throw new GoogleApiError(response.status, response.data, retryAfterMs(response.headers));
}

/**
 * What was thrown: answers of the API itself are not, whatever their status, so one that carries a response comes from
 * where tokens are made.
 */
function notAnswered(cause: unknown): Error {
  const { response, code, message } = cause as {
    response?: { status?: number; data?: unknown };
    code?: unknown;
    message?: string;
  };
  const status = response?.status ?? 0;
  // `ECONNREFUSED`, `ENOTFOUND` …: nobody answered, neither the API nor where tokens are made.
  const isNetwork = typeof code === 'string' && /^E[A-Z_]+$/.test(code);
  if (status >= 500 || (!response && (isNetwork || !isAboutCredentials(message ?? ''))))
    return new GoogleApiError(status, null, null, cause);
  const { error, error_description: description } = (response?.data ?? {}) as Record<string, unknown>;
  const told = [error, description].filter((each) => typeof each === 'string').join(': ');
  const why = told || message || noTokenGiven;
  return new GoogleCredentialsError(cannot(signingIn, remedied(why, checkCredentials)), { cause });
}

/** google-auth-library throws these without having asked anybody. */
function isAboutCredentials(message: string): boolean {
  return /credential|refresh token|access token|impersonat/i.test(message);
}

const signingIn = { en: 'sign in to Google Cloud', ja: 'Google Cloud にサインイン' };
const noTokenGiven = { en: 'no token was given', ja: 'トークンが返されませんでした' };
const noAccessToken = {
  en: 'the credentials give no access token',
  ja: '認証情報からアクセストークンを取得できません',
};
const checkCredentials = {
  en: 'check the credentials, or sign in again with "gcloud auth application-default login"',
  ja: '認証情報を確認するか、"gcloud auth application-default login" でもう一度サインインしてください',
};

function rejected(api: GoogleApiName): Localized {
  return {
    en: `Cannot read from Google Cloud: ${api} does not accept the access token, which has expired or was revoked; sign in again with "gcloud auth application-default login"`,
    ja: `Google Cloud から取得できません: ${api} がアクセストークンを受け付けません。有効期限が切れたか、取り消されています。"gcloud auth application-default login" でもう一度サインインしてください`,
  };
}

async function accessToken({ auth }: GoogleClients): Promise<string> {
  let token;
  try {
    ({ token } = await auth.getAccessToken());
  } catch (cause) {
    throw notAnswered(cause);
  }
  if (token) return token;
  throw new GoogleCredentialsError(cannot(signingIn, noAccessToken));
}

/** Seconds or a date (RFC 9110 §10.2.3), in milliseconds from now. */
function retryAfterMs(headers: Headers): number | null {
  const value = headers.get('retry-after');
  if (!value) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/**
 * A resource name for a path: every segment encoded, the slashes kept.
 * @throws {GoogleApiError} for a name that would lead elsewhere
 */
export function encodePath(name: string): string {
  return name.split('/').map(encodeSegment).join('/');
}

/** One segment of a path. An address would take `..` for the way up, also encoded. */
export function encodeSegment(name: string): string {
  if (!['', '.', '..'].includes(name)) return encodeURIComponent(name);
  throw new GoogleApiError(400, { error: { message: `"${name}" is no name of a resource` } });
}
