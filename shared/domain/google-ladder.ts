/** The ladder of a connection to a cluster: the first step that fails is the cause. */
import type { Words } from '../words.ts';
import type { ConnectionAttempt } from './google-connection.ts';

export type Rung =
  | { step: 'connected' }
  | { step: 'token'; why: Words }
  /** The token lacks the scope that GKE asks for. */
  | { step: 'scope'; scopes: string[] }
  | { step: 'clusters.get'; status: number; why: string }
  | { step: 'tls'; code: string; why: string }
  /** The endpoint answered, and saw nobody: no credential was sent. */
  | { step: 'anonymous' }
  /** 401: the credential was sent and rejected. */
  | { step: 'rejected'; why: string }
  /** Known, and not allowed; `permission` is what the message asks for. */
  | { step: 'rbac'; permission: string | null; why: string }
  | { step: 'network'; code: string; why: string; isPrivate: boolean }
  /** The endpoint answered something that says nothing of access (429, 5xx), or a step could not be taken. */
  | { step: 'unclear'; why: Words };

const scope = 'https://www.googleapis.com/auth/cloud-platform';

/** Where the attempt stopped. */
export function climb({ token, clustersGet, tls, response, endpoint }: ConnectionAttempt): Rung {
  if (token?.state === 'rejected') return { step: 'token', why: token.message };
  if (token?.state === 'valid' && token.scopes.length > 0 && !token.scopes.includes(scope))
    return { step: 'scope', scopes: token.scopes };
  if (clustersGet?.status === 401) return { step: 'token', why: clustersGet.message ?? 'Unauthorized' };
  if (clustersGet && [403, 404].includes(clustersGet.status))
    return { step: 'clusters.get', status: clustersGet.status, why: clustersGet.message ?? '' };
  if (tls?.state === 'untrusted') return { step: 'tls', code: tls.code, why: tls.message };
  if (tls?.state === 'unreachable')
    return { step: 'network', code: tls.code, why: tls.message, isPrivate: isPrivateAddress(endpoint.host) };
  if (response) return judgeResponse(response);
  return { step: 'unclear', why: token?.state === 'unread' ? token.why : notAsked };
}

const notAsked = { en: 'the endpoint was not asked', ja: 'エンドポイントには接続していません' };

function judgeResponse({ status, message }: NonNullable<ConnectionAttempt['response']>): Rung {
  const why = message ?? '';
  if (status >= 200 && status < 300) return { step: 'connected' };
  if (status === 401) return { step: 'rejected', why: why || 'Unauthorized' };
  if (status !== 403) return { step: 'unclear', why: answered(`${status} ${why}`.trim()) };
  if (/system:anonymous/.test(why)) return { step: 'anonymous' };
  const permission = /(container\.[A-Za-z]+\.[A-Za-z]+)/.exec(why)?.[1] ?? null;
  return { step: 'rbac', permission, why };
}

function answered(what: string): Words {
  return { en: `it answered ${what}`, ja: `応答は ${what} でした` };
}

/** Whether an address is of a private range (RFC 1918, shared and unique local): it answers only inside of its network. */
export function isPrivateAddress(host: string): boolean {
  if (/^f[cd][0-9a-f]{2}:/i.test(host)) return true;
  const [a = NaN, b = NaN] = host.split('.').map(Number);
  return (
    /^\d+\.\d+\.\d+\.\d+(:\d+)?$/.test(host) &&
    (a === 10 ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168) ||
      (a === 100 && b >= 64 && b < 128))
  );
}
