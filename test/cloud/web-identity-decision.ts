/**
 * Decides an AssumeRoleWithWebIdentity call in the order in which STS decides it, and records it.
 * It knows trust policies as the EKS documentation writes them, StringEquals and StringLike on `sub` and `aud`, and for
 * Google's tokens `oaud`; every other condition refuses the call.
 */
import { AwsError } from './aws-error.ts';
import type { Call } from './call.ts';
import { providerArn } from './identifiers.ts';
import type { QueryInput } from './protocols/query.ts';
import { recordWebIdentityCall } from './recorded-calls.ts';
import type { Conditions, PolicyDocument, Statement } from './trust.ts';
import type { StoredRole } from './world.ts';

export interface Granted {
  account: string;
  roleArn: string;
  subject: string;
  audience: string;
  provider: string;
}

interface Claims {
  iss: string;
  sub: string;
  aud: string;
  azp: string | undefined;
  /** Seconds since 1970. */
  exp: number;
}

/** Built into IAM: it is registered in no account, and takes every audience. */
const google = 'https://accounts.google.com';

/** Who calls, and the context keys that its token gives. */
interface Caller extends Granted {
  keys: Record<string, string>;
}

/** Throws STS's errors; those before the trust policy leave no record, as the clouds' documentation says. */
export function assumeRoleWithWebIdentity(input: QueryInput, call: Call): Granted {
  const roleArn = input.text('RoleArn') ?? '';
  const account = /^arn:[\w-]+:iam::(\d{12}):role\/\S+$/.exec(roleArn)?.[1];
  if (!account) throw new AwsError('ValidationError', 'Request ARN is invalid');
  const claims = readToken(input.text('WebIdentityToken') ?? '');
  const target = call.cloud.accounts.get(account);
  const isGoogle = claims.iss === google;
  const provider = isGoogle ? 'accounts.google.com' : providerArn(account, claims.iss, target?.partition);
  if (isGoogle) checkExpiry(claims);
  else verifyToken(claims, { ...call, account: target ?? call.account }, provider);
  const granted = { account, roleArn, subject: claims.sub, audience: claims.aud, provider };
  const role = target?.roles.find(({ arn }) => arn === roleArn);
  const allowed = role !== undefined && allows(role, { ...granted, keys: keysOf(claims, provider) });
  if (allowed) checkDuration(role, input);
  if (target) record({ ...call, account: target }, input, granted, allowed);
  if (!allowed)
    throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
  return granted;
}

/** A token's claims; the signature is not looked at. */
function readToken(token: string): Claims {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  if (!payload.startsWith('{')) throw invalidToken('The ID Token provided is not a valid JWT.');
  const claims = JSON.parse(payload) as Record<string, unknown>;
  return {
    iss: String(claims['iss']),
    sub: String(claims['sub']),
    aud: String([claims['aud']].flat()[0]),
    azp: typeof claims['azp'] === 'string' ? claims['azp'] : undefined,
    exp: Number(claims['exp']),
  };
}

function verifyToken(claims: Claims, { cloud, account }: Call, provider: string): void {
  const known = account.providers.find(({ arn }) => arn === provider);
  if (!known) throw invalidToken(`No OpenIDConnect provider found in your account for ${claims.iss}`);
  if (!cloud.liveIssuers.has(claims.iss))
    throw invalidToken(
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    );
  if (!known.clientIds.includes(claims.aud)) throw invalidToken('Incorrect token audience');
  checkExpiry(claims);
}

function checkExpiry(claims: Claims): void {
  const now = Math.floor(Date.now() / 1000);
  if (claims.exp <= now)
    throw new AwsError(
      'ExpiredTokenException',
      `Token expired: current date/time ${now} must be before the expiration date/time ${claims.exp}`,
    );
}

/** For Google `aud` is the token's `azp`, and `oaud` its audience. */
function keysOf({ sub, aud, azp }: Claims, provider: string): Record<string, string> {
  if (provider !== 'accounts.google.com') {
    const issuer = provider.split(':oidc-provider/')[1] ?? '';
    return { [`${issuer}:sub`]: sub, [`${issuer}:aud`]: aud };
  }
  return { [`${provider}:sub`]: sub, [`${provider}:aud`]: azp ?? aud, [`${provider}:oaud`]: aud };
}

function allows(role: StoredRole, caller: Caller): boolean {
  const { Statement: statements } = JSON.parse(role.trustPolicy) as PolicyDocument;
  const matching = [statements].flat().filter((statement) => applies(statement, caller));
  return matching.length > 0 && matching.every(({ Effect }) => Effect === 'Allow');
}

/** What it does not know counts against the caller: it keeps an Allow from applying, and a Deny not. */
function applies({ Effect, Principal, Action, Condition = {} }: Statement, caller: Caller): boolean {
  const inDoubt = Effect === 'Deny';
  return (
    (Principal ? namesProvider(Principal, caller) : inDoubt) &&
    (Action ? namesAction(Action) : inDoubt) &&
    conditionsHold(Condition, caller, inDoubt)
  );
}

function namesProvider(principal: Statement['Principal'], { provider }: Granted): boolean {
  return principal === '*' || [principal['Federated'] ?? []].flat().includes(provider);
}

function namesAction(action: Statement['Action']): boolean {
  return [action].flat().some((each) => matches(each.toLowerCase(), 'sts:assumerolewithwebidentity'));
}

function conditionsHold(conditions: Conditions, { keys: claims }: Caller, inDoubt: boolean) {
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      const claim = claims[key];
      if (claim !== undefined && operator === 'StringEquals') return [values].flat().includes(claim);
      if (claim !== undefined && operator === 'StringLike')
        return [values].flat().some((pattern) => matches(pattern, claim));
      return inDoubt;
    }),
  );
}

/** `*` stands for any text, `?` for one character. */
function matches(pattern: string, text: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);
}

function record(call: Call, input: QueryInput, granted: Granted, allowed: boolean): void {
  recordWebIdentityCall(call, {
    ...granted,
    sessionName: input.text('RoleSessionName') ?? '',
    durationSeconds: input.number('DurationSeconds') ?? undefined,
    error: allowed ? undefined : { code: 'AccessDenied', message: 'An unknown error occurred' },
  });
}

function checkDuration(role: StoredRole, input: QueryInput): void {
  if ((input.number('DurationSeconds') ?? 0) > role.maxSessionDuration)
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
}

function invalidToken(message: string): AwsError {
  return new AwsError('InvalidIdentityToken', message);
}
