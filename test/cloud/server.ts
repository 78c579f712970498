/** The HTTP server: finds out who calls, which service and operation, and answers in the service's own form. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { authenticate, readScope, type Scope } from './authentication.ts';
import { checkAllowed } from './authorization.ts';
import { AwsError } from './aws-error.ts';
import type { Call } from './call.ts';
import type { CloudState, LoggedCall } from './cloud-state.ts';
import { answerDiscovery, discoveryPath } from './discovery.ts';
import type { Fault } from './fault-switch.ts';
import { HangUp } from './hang-up.ts';
import { formOf } from './protocols/query.ts';
import type { HttpAnswer, HttpRequest, RoutedOperation, Service } from './service.ts';

/** A server over a cloud; it listens nowhere yet. */
export function makeServer(cloud: CloudState, services: Service[]): Server {
  return createServer((request, response) => {
    respond(cloud, services, request, response).catch((error: unknown) => {
      if (error instanceof HangUp) request.socket.destroy();
      else response.writeHead(500).end(inspect(error));
    });
  });
}

async function respond(
  cloud: CloudState,
  services: Service[],
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const request = await readRequest(incoming);
  const requestId = randomUUID();
  const answer = request.url.pathname.startsWith(discoveryPath)
    ? answerDiscovery(cloud, request)
    : await answerService(cloud, services, request, requestId);
  response.writeHead(answer.status, {
    'x-amzn-requestid': requestId,
    'x-amz-request-id': requestId,
    // Node's own would be of the machine's clock, and SDKs sign by the clock of the cloud.
    date: new Date().toUTCString(),
    ...answer.headers,
  });
  response.end(incoming.method === 'HEAD' ? undefined : answer.body);
}

async function readRequest(incoming: IncomingMessage): Promise<HttpRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const url = new URL(`http://${incoming.headers.host ?? 'localhost'}${incoming.url ?? '/'}`);
  return { method: incoming.method ?? 'GET', url, headers: incoming.headers, body: Buffer.concat(chunks) };
}

async function answerService(
  cloud: CloudState,
  services: Service[],
  request: HttpRequest,
  requestId: string,
): Promise<HttpAnswer> {
  const scope = readScope(request);
  const signingName = scope?.service ?? unsignedService(request);
  const service = services.find((candidate) => candidate.signingName === signingName);
  if (!service) return unknownService(signingName);
  try {
    return await perform(cloud, service, request, scope, requestId);
  } catch (error) {
    if (error instanceof AwsError) return service.writeError(error, requestId);
    if (error instanceof SyntaxError || error instanceof URIError)
      return service.writeError(new AwsError('SerializationException', error.message), requestId);
    throw error;
  }
}

/** STS alone has operations that need no signature. */
function unsignedService(request: HttpRequest): string {
  return formOf(request).has('Action') ? 'sts' : 'none';
}

async function perform(
  cloud: CloudState,
  service: Service,
  request: HttpRequest,
  scope: Scope | null,
  requestId: string,
): Promise<HttpAnswer> {
  const call = authenticate(cloud, service, request, scope, requestId);
  const operation = service.route(request, call);
  if (!operation)
    throw new AwsError(
      'UnknownOperationException',
      `No operation for ${request.method} ${request.url.pathname}`,
      404,
    );
  if (operation.signed && !scope)
    throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  const logged = log(call, operation);
  try {
    const answer = await run(service, operation, call);
    logged.outcome = 'ok';
    return answer;
  } catch (error) {
    logged.outcome = outcomeOf(error);
    throw error;
  }
}

function outcomeOf(error: unknown): string {
  if (error instanceof AwsError) return error.code;
  return error instanceof HangUp ? 'hang-up' : 'failure';
}

function log({ cloud, account, region, caller }: Call, { action }: RoutedOperation): LoggedCall {
  const logged: LoggedCall = {
    action,
    account: account.id,
    region,
    caller,
    outcome: 'pending',
    at: Date.now(),
  };
  cloud.calls.push(logged);
  return logged;
}

async function run(service: Service, operation: RoutedOperation, call: Call): Promise<HttpAnswer> {
  const fault = call.cloud.faults.take(operation.action, call.account.id, call.region);
  await befall(fault);
  checkAllowed(service, operation, call);
  await call.cloud.watch?.('before', operation);
  const answer = await operation.run();
  await call.cloud.watch?.('after', operation);
  if (fault?.hangUp === 'after') throw new HangUp();
  return answer;
}

async function befall(fault: Fault | null): Promise<void> {
  if (!fault) return;
  if (fault.delayMs) await sleep(fault.delayMs, null, { ref: false });
  if (fault.hangUp === 'before') throw new HangUp();
  if (fault.error) {
    const { code, status, message = 'The simulated cloud was told to fail' } = fault.error;
    throw new AwsError(code, message, status);
  }
}

function unknownService(signingName: string): HttpAnswer {
  const message = `Cannot answer: the simulated cloud has no service ${signingName}`;
  return {
    status: 501,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'UnknownService' },
    body: JSON.stringify({ __type: 'UnknownService', message }),
  };
}
