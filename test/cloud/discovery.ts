/** The public discovery documents of issuers, which in the world are at the issuers' own addresses. */
import type { CloudState } from './cloud-state.ts';
import type { HttpAnswer, HttpRequest } from './service.ts';

/** `<base>/<host>/<path>/.well-known/openid-configuration` stands for `https://<host>/<path>/…`. */
export const discoveryPath = '/oidc-discovery';

export function answerDiscovery(cloud: CloudState, { url }: HttpRequest): HttpAnswer {
  const [, place, file] =
    /^\/oidc-discovery\/(.+?)\/(\.well-known\/openid-configuration|keys)$/.exec(url.pathname) ?? [];
  const issuer = `https://${place ?? ''}`;
  if (!file || !cloud.liveIssuers.has(issuer)) return json(404, { message: 'Not Found' });
  return json(200, file === 'keys' ? { keys: [] } : configurationOf(issuer));
}

/** As EKS publishes it. */
function configurationOf(issuer: string): object {
  return {
    issuer,
    jwks_uri: `${issuer}/keys`,
    authorization_endpoint: 'urn:kubernetes:programmatic_authorization',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    claims_supported: ['sub', 'iss'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

function json(status: number, body: object): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
