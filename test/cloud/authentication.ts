/** Who signed a request: account from the access key, region and service from the signature's credential scope. */
import { AwsError } from './aws-error.ts';
import type { Call } from './call.ts';
import type { CloudState, LiveAccount } from './cloud-state.ts';
import { readAccessKey } from './credentials.ts';
import type { HttpRequest, Service } from './service.ts';

export interface Scope {
  accessKeyId: string;
  region: string;
  service: string;
}

/** The credential scope in the Authorization header or, for presigned requests, in the address; null if unsigned. */
export function readScope({ headers, url }: HttpRequest): Scope | null {
  const header = /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1];
  const credential = header ?? url.searchParams.get('X-Amz-Credential');
  const [accessKeyId, , region, service] = credential?.split('/') ?? [];
  return accessKeyId && region && service ? { accessKeyId, region, service } : null;
}

/** The caller, or the error with which the service answers a key that is unknown or expired. */
export function authenticate(
  cloud: CloudState,
  service: Service,
  request: HttpRequest,
  scope: Scope | null,
  requestId: string,
): Call {
  const circumstances = {
    cloud,
    requestId,
    sourceIp: '203.0.113.7',
    userAgent: request.headers['user-agent'] ?? '',
  };
  if (!scope) {
    const region = /^sts\.([\w-]+)\.amazonaws\.com/.exec(request.url.hostname)?.[1] ?? 'us-east-1';
    return { ...circumstances, account: anyAccount(cloud), caller: 'anonymous', accessKeyId: null, region };
  }
  const { account, caller } = identify(cloud, service, scope);
  if (service.regional && !isEnabled(account, scope.region)) throw unknownKey(service);
  const region = service.regional ? scope.region : 'us-east-1';
  return { ...circumstances, account, caller, accessKeyId: scope.accessKeyId, region };
}

function identify(cloud: CloudState, service: Service, { accessKeyId }: Scope) {
  const session = cloud.sessions.get(accessKeyId);
  const key = readAccessKey(accessKeyId);
  const account = cloud.accounts.get(session?.account ?? key?.account ?? '');
  if (!account) throw unknownKey(service);
  if (key?.expired || (session && session.expires <= Date.now())) throw expired(service);
  return { account, caller: session?.arn ?? `arn:${account.partition}:iam::${account.id}:user/auditor` };
}

/** A region that an account has not enabled knows none of its keys. */
function isEnabled({ regions }: LiveAccount, name: string): boolean {
  const status = regions.find((region) => region.name === name)?.status;
  return status === 'ENABLED' || status === 'ENABLED_BY_DEFAULT';
}

/** Unsigned calls belong to no account; what they need is looked up by what they name. */
function anyAccount({ accounts }: CloudState): LiveAccount {
  const [account] = accounts.values();
  if (!account) throw new Error('Cannot answer: the world has no account');
  return account;
}

function unknownKey({ dialect }: Service): AwsError {
  const [code, status] = dialect.unknownKey;
  return new AwsError(code, 'The security token included in the request is invalid.', status);
}

function expired({ dialect }: Service): AwsError {
  const [code, status] = dialect.expired;
  return new AwsError(code, 'The security token included in the request is expired', status);
}
