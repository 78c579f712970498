/** Serves one simulated API over HTTP: authentication, faults, routing, JSON. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Access } from './access.ts';
import { GoogleError, invalid, notFound, unauthenticated } from './google-error.ts';
import { checkArguments, findRoute, type Call, type Route } from './route.ts';

/** An answer that is not plain JSON with status 200. */
export class RawAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, string>;

  constructor(status: number, body: string, headers: Record<string, string> = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** Starts a server for one API on a free port of the loopback interface; answers its base URL with a slash. */
export async function serveApi(
  api: string,
  routes: readonly Route[],
  access: Access,
): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    void answer(api, routes, access, request, response);
  });
  await listen(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

/** Resolves when the server listens on a free port of the loopback interface. */
export async function listen(server: {
  listen(port: number, host: string, ready: () => void): unknown;
}): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

async function answer(
  api: string,
  routes: readonly Route[],
  access: Access,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await readBody(request);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const quotaProject = request.headers['x-goog-user-project'];
    access.arrivals.push({
      api,
      method: request.method ?? '',
      path: url.pathname,
      quotaProject: typeof quotaProject === 'string' ? quotaProject : null,
    });
    const fault = access.faultFor(api, url.pathname + url.search);
    if (fault === 'cut') return void request.socket.destroy();
    if (fault) throw fault;
    send(response, await handle(routes, access, request, url, body));
  } catch (error) {
    sendError(response, error);
  }
}

async function handle(
  routes: readonly Route[],
  access: Access,
  request: IncomingMessage,
  url: URL,
  body: string,
): Promise<unknown> {
  const found = findRoute(routes, request.method ?? '', url.pathname);
  if (!found) throw notFound(`Method not found: ${request.method ?? ''} ${url.pathname}`);
  const caller = access.authenticate(found.route.open ? undefined : request.headers.authorization);
  if (!caller && !found.route.open) throw unauthenticated();
  const call: Call = {
    params: found.params,
    query: url.searchParams,
    body: found.route.raw ? {} : parse(body, request.headers['content-type'] ?? ''),
    text: body,
    headers: request.headers,
    caller,
    demand: (permission, resource, options) => access.demand(caller, permission, resource, options),
  };
  checkArguments(found.route, call);
  return found.route.handle(call);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function parse(body: string, contentType: string): Record<string, unknown> {
  if (!body) return {};
  if (contentType.includes('x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(body));
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch (cause) {
    throw Object.assign(invalid('Invalid JSON payload received.'), { cause });
  }
}

function send(response: ServerResponse, value: unknown): void {
  if (value instanceof RawAnswer) response.writeHead(value.status, value.headers).end(value.body);
  else
    response
      .writeHead(200, { 'content-type': 'application/json; charset=UTF-8' })
      .end(JSON.stringify(value ?? {}));
}

function sendError(response: ServerResponse, error: unknown): void {
  const known = error instanceof GoogleError ? error : new GoogleError(500, String(error));
  response
    .writeHead(known.code, { 'content-type': 'application/json; charset=UTF-8', ...known.details.headers })
    .end(JSON.stringify(known.body()));
}
