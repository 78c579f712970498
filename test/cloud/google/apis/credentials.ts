/** Token endpoints: OAuth, Security Token Service, IAM Credentials, and tokeninfo. */
import { GoogleError, invalid } from '../google-error.ts';
import { RawAnswer } from '../api-server.ts';
import { route, type Call, type Route } from '../route.ts';
import { CLOUD_PLATFORM, type GoogleWorld, type Principal } from '../world.ts';

/** How long the tokens made here hold, in seconds. */
const LIFETIME = 3599;

/** `oauth2.googleapis.com`: JWT and refresh token grants, and what a token is. */
export function oauthRoutes(world: GoogleWorld): Route[] {
  return [
    route('POST /token', ({ body }) => exchangeGrant(world, body), { open: true }),
    route('GET /tokeninfo?access_token', ({ query }) => tokenInfo(world, query.get('access_token')), {
      open: true,
    }),
    route(
      'POST /tokeninfo',
      ({ headers }) => tokenInfo(world, /^Bearer (.+)$/.exec(String(headers.authorization))?.[1] ?? null),
      { open: true },
    ),
  ];
}

/** `sts.googleapis.com`: federation. A subject token is the JWT of the identity that it stands for. */
export function tokenServiceRoutes(world: GoogleWorld): Route[] {
  return [
    route(
      'POST /v1/token',
      ({ body }) => {
        if (!body.audience || !body.subject_token)
          return oauthError('invalid_request', 'Missing audience or subject_token.');
        const { sub: email = '', exp = Infinity } = claims(body.subject_token) as {
          sub?: string;
          exp?: number;
        };
        if (exp * 1000 < Date.now()) return oauthError('invalid_grant', 'ID Token is stale to sign-in.');
        return {
          ...grant(world, email, 'read'),
          issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        };
      },
      { open: true },
    ),
  ];
}

/** `iamcredentials.googleapis.com`: impersonation. */
export function iamCredentialsRoutes(world: GoogleWorld): Route[] {
  const base = '/v1/projects/-/serviceAccounts/{account}';
  return [
    route(`POST ${base}:generateAccessToken`, (call) => {
      const email = impersonated(world, call, 'iam.serviceAccounts.getAccessToken');
      const expireTime = new Date(Date.now() + LIFETIME * 1000).toISOString();
      return { accessToken: grant(world, email, mayOf(world, email)).access_token, expireTime };
    }),
    route(`POST ${base}:generateIdToken`, (call) => {
      const email = impersonated(world, call, 'iam.serviceAccounts.getOpenIdToken');
      return { token: identityToken(email, String(call.body.audience)) };
    }),
  ];
}

/** An unsigned identity token of Google's form: for servers that only read its claims. */
export function identityToken(email: string, audience: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    iss: 'https://accounts.google.com',
    aud: audience,
    azp: '112233445566778899001',
    sub: '112233445566778899001',
    email,
    email_verified: true,
    iat: now,
    exp: now + LIFETIME,
  };
  return `${part({ alg: 'RS256', kid: 'simulated', typ: 'JWT' })}.${part(payload)}.${Buffer.from('unsigned').toString('base64url')}`;
}

function impersonated(world: GoogleWorld, { params, demand }: Call, permission: string): string {
  const email = params.account ?? '';
  demand(permission, `projects/-/serviceAccounts/${email}`);
  const account = [...world.projects.values()]
    .flatMap(({ serviceAccounts }) => serviceAccounts)
    .find((each) => each.email === email && !each.deleted);
  if (account?.disabled)
    throw new GoogleError(400, 'Service account is disabled.', { status: 'FAILED_PRECONDITION' });
  return email;
}

/** What an account's own tokens may do: as declared for it, or nothing. */
function mayOf(world: GoogleWorld, email: string): Principal['may'] {
  return [...world.tokens.values()].find((principal) => principal.email === email)?.may ?? [];
}

/** Makes a new token of this holder. */
function grant(world: GoogleWorld, email: string, may: Principal['may']) {
  const token = `ya29.${email}.${world.tokens.size}`;
  world.token(token, email, may);
  return { access_token: token, expires_in: LIFETIME, token_type: 'Bearer', scope: CLOUD_PLATFORM };
}

function exchangeGrant(world: GoogleWorld, body: Record<string, unknown>): unknown {
  const { grant_type: type, assertion, refresh_token: refresh } = body;
  if (type === 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
    const { iss } = claims(assertion);
    if (iss !== world.auditor.email) return oauthError('invalid_grant', 'Invalid grant: account not found');
    return grant(world, String(iss), 'read');
  }
  if (type === 'refresh_token' && refresh === 'expired')
    return oauthError('invalid_grant', 'Token has been expired or revoked.');
  if (type === 'refresh_token') return grant(world, 'alice@example.com', 'read');
  throw invalid('Invalid grant_type.');
}

function claims(jwt: unknown): Record<string, unknown> {
  const [, payload = ''] = String(jwt).split('.');
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  } catch (cause) {
    throw Object.assign(invalid('Invalid JWT.'), { cause });
  }
}

function oauthError(error: string, description: string): RawAnswer {
  const body = JSON.stringify({ error, error_description: description });
  return new RawAnswer(400, body, { 'content-type': 'application/json' });
}

function tokenInfo(world: GoogleWorld, token: string | null): unknown {
  const principal = world.tokens.get(token ?? '');
  if (!principal) return oauthError('invalid_token', 'Invalid Value');
  return {
    azp: '112233445566778899001',
    aud: '112233445566778899001',
    scope: principal.scopes.join(' '),
    exp: String(Math.floor(Date.now() / 1000) + LIFETIME),
    expires_in: String(LIFETIME),
    email: principal.email,
    email_verified: 'true',
    access_type: 'online',
  };
}
