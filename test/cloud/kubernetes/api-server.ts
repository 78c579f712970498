/** The API server of a simulated EKS cluster: HTTPS with the cluster's own CA, tokens, RBAC, lists in pages. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Cluster } from '../../../shared/domain/web-identity.ts';
import type { CloudState } from '../cloud-state.ts';
import { mayRead } from './access.ts';
import { issueServerCertificate, makeAuthority } from './certificate.ts';
import { callerOfToken } from './check-token.ts';
import type { ClusterContents } from './cluster-contents.ts';
import { listPage, selected } from './list-page.ts';
import { discoveryAt, parsePath, type ResourcePath } from './resources.ts';
import { notFound, statusObject, unauthorized, type Status } from './status.ts';

/** A request as the API server's audit log would have it. */
export interface KubernetesCall {
  verb: 'get' | 'list';
  /** `pods`, `deployments.apps`; the path of what is no resource. */
  resource: string;
  path: string;
  status: number;
}

/** A simulated cluster that is running; its contents may be changed while it runs. */
export interface LiveCluster {
  name: string;
  contents: ClusterContents;
  calls: KubernetesCall[];
  /** Statuses with which the next matching requests are answered, each once; 0 for no answer at all. */
  faults: { path: RegExp; status: number }[];
  server: Server;
}

/** What a server is started with. */
export interface ClusterStart {
  cloud: CloudState;
  /** Endpoint of the simulated STS. */
  endpoint: string;
  cluster: Cluster;
  contents: ClusterContents;
}

const year = 365 * 86_400_000;

/** Starts a cluster's API server, and writes its address and CA into the cluster. */
export async function startApiServer(start: ClusterStart): Promise<LiveCluster> {
  const { cloud, cluster, contents } = start;
  const validity = { notBefore: new Date(Date.now() - year), notAfter: new Date(Date.now() + 10 * year) };
  const authority = makeAuthority('kubernetes', validity);
  const { certificate, privateKey } = issueServerCertificate(authority, '127.0.0.1', validity);
  const server = createServer({ cert: certificate, key: privateKey });
  const live: LiveCluster = { name: cluster.name, contents, calls: [], faults: [], server };
  const callers = new Map<string, Promise<string | null>>();
  const callerOf = (token: string) => {
    const known = callers.get(token) ?? callerOfToken(cloud, start.endpoint, cluster.name, token);
    callers.set(token, known);
    return known;
  };
  server.on('request', (request, response) => {
    void answer(live, cloud.behaviour.pageSize, callerOf, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cluster.endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  cluster.access = {
    certificateAuthority: authority.certificate,
    publicEndpoint: contents.publicEndpoint,
    privateEndpoint: !contents.publicEndpoint,
    authenticationMode: contents.authenticationMode,
  };
  return live;
}

export async function stopApiServer({ server }: LiveCluster): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

async function answer(
  live: LiveCluster,
  largestPage: number,
  callerOf: (token: string) => Promise<string | null>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { contents, faults } = live;
  if (contents.endpoint === 'refuses') return void request.socket.destroy();
  const url = new URL(request.url ?? '/', 'https://localhost');
  const asked = parsePath(url.pathname);
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const caller = token === undefined ? null : await callerOf(token);
  const status = faultFor(faults, request.url ?? '') ?? refusal(contents, caller, asked, url.pathname);
  live.calls.push(callOf(asked, url.pathname + url.search, status?.code ?? 200));
  if (contents.endpoint === 'hangs' || status?.code === 0) return;
  const body = status ? statusObject(status) : bodyOf(contents, asked, url, largestPage);
  const found = body ?? statusObject(notFound(url.pathname));
  write(request, response, body ? (status?.code ?? 200) : 404, found);
}

function callOf(asked: ResourcePath | null, path: string, status: number): KubernetesCall {
  const verb = asked?.name === null ? 'list' : 'get';
  const group = asked?.resource.group ? `.${asked.resource.group}` : '';
  return { verb, resource: asked ? asked.resource.name + group : path, path, status };
}

function faultFor(faults: LiveCluster['faults'], path: string): Status | null {
  const index = faults.findIndex((fault) => fault.path.test(path));
  const [fault] = index < 0 ? [] : faults.splice(index, 1);
  return fault ? { code: fault.status, reason: 'Fault', message: 'The cluster was told to fail' } : null;
}

function refusal(
  { access }: ClusterContents,
  caller: string | null,
  asked: ResourcePath | null,
  path: string,
): Status | null {
  if (caller === null || access === 'no entry') return unauthorized;
  if (!asked) return path === '/version' || discoveryAt(path) ? null : notFound(path);
  const { name, resource } = asked;
  const verb = name === null ? 'list' : 'get';
  if (mayRead(access, { verb, group: resource.group, resource: resource.name, name })) return null;
  return forbidden(caller, verb, asked);
}

function forbidden(caller: string, verb: string, { resource, namespace }: ResourcePath): Status {
  const scope = namespace === null ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const what = `resource "${resource.name}" in API group "${resource.group}" ${scope}`;
  const message = `${resource.name} is forbidden: User "${caller}" cannot ${verb} ${what}`;
  return { code: 403, reason: 'Forbidden', message };
}

/** Null where there is no object of that name. */
function bodyOf(
  contents: ClusterContents,
  asked: ResourcePath | null,
  { pathname, searchParams }: URL,
  largestPage: number,
): object | null {
  if (!asked)
    return pathname === '/version'
      ? { major: '1', minor: '34', gitVersion: 'v1.34.1' }
      : discoveryAt(pathname);
  const { resource, namespace, name } = asked;
  const series = selected(resource.of(contents), namespace, searchParams);
  if (name === null) return listPage({ resource, series, query: searchParams, largestPage });
  const objects = series.flatMap(({ count, at }) => Array.from({ length: count }, (_, index) => at(index)));
  const found = objects.find((object) => (object as { metadata: { name: string } }).metadata.name === name);
  const apiVersion = resource.group === '' ? 'v1' : `${resource.group}/v1`;
  return found ? { kind: resource.kind, apiVersion, ...found } : null;
}

/** From this many bytes on an API server compresses for those who take it. */
const compressedFrom = 128 * 1024;

function write(request: IncomingMessage, response: ServerResponse, status: number, body: object): void {
  const text = Buffer.from(JSON.stringify(body));
  const takes = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const headers = { 'content-type': 'application/json' };
  if (!takes || text.length < compressedFrom) response.writeHead(status, headers).end(text);
  else
    response.writeHead(status, { ...headers, 'content-encoding': 'gzip' }).end(gzipSync(text, { level: 1 }));
}
