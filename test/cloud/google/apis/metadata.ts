/** The metadata server of a Google machine: who it is, and tokens for its service account. */
import { RawAnswer } from '../api-server.ts';
import { route, type Call, type Route } from '../route.ts';
import { AUDITOR_TOKEN, CLOUD_PLATFORM, type GoogleWorld } from '../world.ts';
import { identityToken } from './credentials.ts';

const flavor = { 'metadata-flavor': 'Google' };

export function metadataRoutes(world: GoogleWorld): Route[] {
  const { email, project } = world.auditor;
  const number = world.projects.get(project)?.number ?? '';
  const account = '/computeMetadata/v1/instance/service-accounts/default';
  const text = (body: string) => new RawAnswer(200, body, { ...flavor, 'content-type': 'application/text' });
  const json = (body: object) =>
    new RawAnswer(200, JSON.stringify(body), { ...flavor, 'content-type': 'application/json' });
  const get = (path: string, answer: (call: Call) => RawAnswer) =>
    route(
      `GET ${path}`,
      (call) => (call.headers['metadata-flavor'] === 'Google' ? answer(call) : forbidden()),
      {
        open: true,
      },
    );
  return [
    route('GET /', () => text('computeMetadata/\n'), { open: true }),
    get('/computeMetadata/v1/instance', () => json({ id: 1234567890123456 })),
    get('/computeMetadata/v1/project/project-id', () => text(project)),
    get('/computeMetadata/v1/project/numeric-project-id', () => text(number)),
    get('/computeMetadata/v1/universe/universe-domain', () => text('googleapis.com')),
    get('/computeMetadata/v1/universe/universe_domain', () => text('googleapis.com')),
    get('/computeMetadata/v1/instance/service-accounts/', () => text(`default/\n${email}/\n`)),
    get(`${account}/email`, () => text(email)),
    get(`${account}/scopes`, () => text(CLOUD_PLATFORM)),
    get(`${account}/token?scopes`, () =>
      json({ access_token: AUDITOR_TOKEN, expires_in: 3599, token_type: 'Bearer' }),
    ),
    get(`${account}/identity?audience&format`, ({ query }) =>
      text(identityToken(email, query.get('audience') ?? '')),
    ),
  ];
}

/** Without its header the real server answers nothing but a refusal, against requests forged through a browser. */
function forbidden(): RawAnswer {
  return new RawAnswer(403, 'Missing required header "Metadata-Flavor": "Google"', flavor);
}
