/**
 * Who a bearer token belongs to, found out as EKS does: it holds the address of a presigned GetCallerIdentity call, which
 * names the cluster in a signed header, and STS says whose it is.
 */
import { createHash, createHmac } from 'node:crypto';
import type { CloudState } from '../cloud-state.ts';
import { credentialsOf, readAccessKey } from '../credentials.ts';

const prefix = 'k8s-aws-v1.';
const clusterHeader = 'x-k8s-aws-id';
/** Minutes for which a token is taken from the date of its signature. */
const lifetimeMinutes = 15;

/** ARN of the caller; null for a token that the cluster does not take. `endpoint` is that of the simulated STS. */
export async function callerOfToken(
  cloud: CloudState,
  endpoint: string,
  cluster: string,
  token: string,
): Promise<string | null> {
  const url = addressIn(token);
  if (!url || !isWellFormed(url) || !isFresh(url) || !isSignedFor(cloud, url, cluster)) return null;
  const response = await fetch(`${endpoint}/${url.search}`, { headers: { [clusterHeader]: cluster } });
  const answer = await response.text();
  return response.ok ? (/<Arn>([^<]+)<\/Arn>/.exec(answer)?.[1] ?? null) : null;
}

function addressIn(token: string): URL | null {
  const text = Buffer.from(token.slice(prefix.length), 'base64url').toString();
  return token.startsWith(prefix) && URL.canParse(text) ? new URL(text) : null;
}

function isWellFormed({ protocol, host, pathname, searchParams }: URL): boolean {
  const signed = searchParams.get('X-Amz-SignedHeaders')?.split(';') ?? [];
  return (
    protocol === 'https:' &&
    /^sts(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?$/.test(host) &&
    pathname === '/' &&
    searchParams.get('Action') === 'GetCallerIdentity' &&
    Number(searchParams.get('X-Amz-Expires')) <= lifetimeMinutes * 60 &&
    signed.includes('host') &&
    signed.includes(clusterHeader)
  );
}

function isFresh({ searchParams }: URL): boolean {
  const [, day = '', hour = '', minute = '', second = ''] =
    /^(\d{8})T(\d\d)(\d\d)(\d\d)Z$/.exec(searchParams.get('X-Amz-Date') ?? '') ?? [];
  const date = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
  const age = Date.now() - Date.parse(`${date}T${hour}:${minute}:${second}Z`);
  return age > -60_000 && age < lifetimeMinutes * 60_000;
}

/** Signature Version 4 by hand, so that it is not checked by what made it. */
function isSignedFor(cloud: CloudState, url: URL, cluster: string): boolean {
  const { searchParams } = url;
  const [accessKeyId = '', day = '', region = '', service = ''] =
    searchParams.get('X-Amz-Credential')?.split('/') ?? [];
  const secret = secretOf(cloud, accessKeyId);
  if (secret === null || service !== 'sts') return false;
  const given = searchParams.get('X-Amz-Signature');
  const query = [...searchParams]
    .filter(([key]) => key !== 'X-Amz-Signature')
    .map(([key, value]) => `${encode(key)}=${encode(value)}`)
    .sort()
    .join('&');
  const headers = `host:${url.host}\n${clusterHeader}:${cluster}\n`;
  const canonical = ['GET', '/', query, headers, `host;${clusterHeader}`, sha256('')].join('\n');
  const scope = `${day}/${region}/sts/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', searchParams.get('X-Amz-Date'), scope, sha256(canonical)].join('\n');
  const key = [day, region, 'sts', 'aws4_request'].reduce<string | Buffer>(
    (before, part) => hmac(before, part),
    `AWS4${secret}`,
  );
  return hmac(key, toSign).toString('hex') === given;
}

function secretOf(cloud: CloudState, accessKeyId: string): string | null {
  const session = cloud.sessions.get(accessKeyId);
  if (session) return session.secretAccessKey;
  const key = readAccessKey(accessKeyId);
  return key ? credentialsOf(key.account).secretAccessKey : null;
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
