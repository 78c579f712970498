/** A cluster's own API server over HTTPS, with the cluster's CA: namespaces and service accounts, and who may list them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Access } from './access.ts';
import { listen } from './api-server.ts';
import { issueServerCertificate, type CertificateAuthority } from '../kubernetes/certificate.ts';
import type { KubernetesWorld } from './kubernetes-world.ts';
import type { ClusterWorld, ProjectWorld } from './project-world.ts';
import type { Principal } from './world.ts';

/** Starts the API servers of a cluster and writes their addresses into it: the IP endpoint, and the DNS one if it has one. */
export async function serveKubernetes(
  project: ProjectWorld,
  cluster: ClusterWorld,
  access: Access,
  publicAuthority: CertificateAuthority,
): Promise<Server[]> {
  const { kubernetes, spec } = cluster;
  if (!kubernetes) return [];
  const handle = (request: IncomingMessage, response: ServerResponse) =>
    answer(project, kubernetes, access, request, response);
  const handleByName = (request: IncomingMessage, response: ServerResponse) => {
    if (mayConnect(project, access, request)) handle(request, response);
    else
      response
        .writeHead(403, { 'content-type': 'text/plain' })
        .end('Permission container.clusters.connect denied');
  };
  const byAddress = await serve(project, kubernetes.servedBy ?? kubernetes.authority, '127.0.0.1', handle);
  moveTo(project, spec, `127.0.0.1:${portOf(byAddress)}`);
  if (!kubernetes.dnsEndpoint) return [byAddress];
  const byName = await serve(project, publicAuthority, 'localhost', handleByName);
  spec.controlPlaneEndpointsConfig = {
    dnsEndpointConfig: { endpoint: `localhost:${portOf(byName)}`, allowExternalTraffic: true },
  };
  return [byAddress, byName];
}

/** Earlier runs are taken to have seen it at the same address. */
function moveTo({ id, world }: ProjectWorld, spec: ClusterWorld['spec'], endpoint: string): void {
  for (const seen of world.history.get(id) ?? [])
    if (seen.name === spec.name && seen.location === spec.location) seen.endpoint = endpoint;
  spec.endpoint = endpoint;
}

/** Google's front end before a DNS endpoint lets only those through that hold this permission. */
function mayConnect({ id, world }: ProjectWorld, access: Access, { headers }: IncomingMessage): boolean {
  const principal = world.tokens.get(headers.authorization?.replace(/^Bearer /, '') ?? '');
  if (!principal) return true;
  const permission = 'container.clusters.connect';
  const allowed = access.may(principal, permission, `projects/${id}`);
  access.uses.push({ permission, resource: `projects/${id}`, principal: principal.email, allowed });
  return allowed;
}

async function serve(
  { world }: ProjectWorld,
  authority: CertificateAuthority,
  host: string,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const validity = { notBefore: world.at(1, 'days'), notAfter: world.at(-365, 'days') };
  const { certificate, privateKey } = issueServerCertificate(authority, host, validity);
  const server = createServer({ cert: certificate, key: privateKey }, handle);
  await listen(server);
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

interface Status {
  code: number;
  reason: string;
  message: string;
}

const unauthorized: Status = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' };

function answer(
  project: ProjectWorld,
  kubernetes: KubernetesWorld,
  access: Access,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (kubernetes.hangs) return;
  const url = new URL(request.url ?? '/', 'https://localhost');
  access.arrivals.push({
    api: 'kubernetes',
    method: request.method ?? '',
    path: url.pathname,
    quotaProject: null,
  });
  const kind = /^\/api\/v1\/(namespaces|serviceaccounts)$/.exec(url.pathname)?.[1];
  const refusal = kind ? refuse(project, kubernetes, access, request, kind) : notFound(url.pathname);
  const body = refusal ? statusObject(refusal) : list(kubernetes, kind ?? '', url.searchParams);
  response.writeHead(refusal?.code ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function notFound(path: string): Status {
  return {
    code: 404,
    reason: 'NotFound',
    message: `the server could not find the requested resource (${path})`,
  };
}

function refuse(
  project: ProjectWorld,
  kubernetes: KubernetesWorld,
  access: Access,
  { headers }: IncomingMessage,
  kind: string,
): Status | null {
  const { authorization } = headers;
  if (!authorization && kubernetes.anonymous === 'unauthorized') return unauthorized;
  if (!authorization) return forbidden(kind, 'system:anonymous', null);
  if (kubernetes.rejectsTokens) return unauthorized;
  const token = authorization.replace(/^Bearer /, '');
  const principal = project.world.tokens.get(token);
  if (!principal) return unauthorized;
  const permission = `container.${kind === 'namespaces' ? 'namespaces' : 'serviceAccounts'}.list`;
  const allowed = mayList(project, kubernetes, access, principal, permission);
  access.uses.push({ permission, resource: `projects/${project.id}`, principal: principal.email, allowed });
  return allowed ? null : forbidden(kind, principal.email, permission);
}

function mayList(
  project: ProjectWorld,
  { readers }: KubernetesWorld,
  access: Access,
  principal: Principal,
  permission: string,
): boolean {
  return readers
    ? readers.includes(principal.email)
    : access.may(principal, permission, `projects/${project.id}`);
}

function forbidden(kind: string, user: string, permission: string | null): Status {
  const iam = permission ? `: requires one of ["${permission}"] permission(s).` : '';
  const scope = `resource "${kind}" in API group "" at the cluster scope`;
  const message = `${kind} is forbidden: User "${user}" cannot list ${scope}${iam}`;
  return { code: 403, reason: 'Forbidden', message };
}

function statusObject({ code, reason, message }: Status): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}

/** A list in pages of at most two, whatever the caller's `limit`. */
function list({ serviceAccounts = [] }: KubernetesWorld, kind: string, query: URLSearchParams): object {
  const objects =
    kind === 'namespaces'
      ? [...new Set(['default', 'kube-system', ...serviceAccounts.map(({ namespace }) => namespace)])].map(
          (name) => ({
            metadata: { name },
          }),
        )
      : serviceAccounts.map(({ namespace, name, annotations = {} }) => ({
          metadata: { namespace, name, annotations, creationTimestamp: '2026-01-01T00:00:00Z' },
        }));
  const start = Number(query.get('continue') ?? 0);
  const end = start + Math.min(Number(query.get('limit') ?? 500), 2);
  const next = end < objects.length ? { continue: String(end) } : {};
  return {
    kind: kind === 'namespaces' ? 'NamespaceList' : 'ServiceAccountList',
    apiVersion: 'v1',
    metadata: { resourceVersion: '1', ...next },
    items: objects.slice(start, end),
  };
}
