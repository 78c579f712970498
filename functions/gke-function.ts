/** The Cloud Function's two doors, over HTTP and by Pub/Sub message: the same audit behind both. */
import type { CloudEventFunction, HttpFunction, Request, Response } from '@google-cloud/functions-framework';
import { GoogleCredentialsError } from '../shared/collect/gcp/google-api-error.ts';
import type { GoogleClients } from '../shared/collect/gcp/google-api.ts';
import type { Report } from '../shared/report.ts';
import type { AnyRule } from '../shared/rule.ts';
import { InvalidRequestError, parseGkeRequest, type GkeRequest } from './gke-request.ts';
import { runGcpAudit, type GcpAuditRequest } from './run-gcp-audit.ts';

export interface GkeFunctionOptions {
  rules: readonly AnyRule[];
  /** Made for every call, so that a token never outlives its hour. */
  clients(): Promise<GoogleClients>;
  /** What is audited where a request names nothing; null for all that the credentials see. */
  ownProject: string | null;
  /** Sends the report; null where no channel is set up. */
  deliver: ((report: Report) => Promise<void>) | null;
  /** Writes one line to the log. */
  log: (severity: 'INFO' | 'ERROR', message: string) => void;
  /** For tests and other networks. */
  reading?: Pick<GcpAuditRequest, 'pace' | 'kubernetesAccess'>;
}

export function gkeFunction(options: GkeFunctionOptions): {
  http: HttpFunction;
  message: CloudEventFunction;
} {
  return {
    http: async (request: Request, response: Response) => answer(options, request, response),
    message: async (event) => receive(options, event.data),
  };
}

async function answer(options: GkeFunctionOptions, request: Request, response: Response): Promise<void> {
  if (request.method !== 'POST') {
    response.set('Allow', 'POST');
    sendError(response, 405, `Cannot audit by ${request.method}: send a POST with a JSON body`);
    return;
  }
  try {
    const report = await audit(options, understand(options, bodyOf(request)));
    const broken = brokenRules(report);
    if (broken.length === 0) response.status(200).json(report);
    else response.status(500).json({ error: { code: 500, message: brokenMessage(broken) }, report });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    options.log('ERROR', message);
    sendError(response, statusOf(error), message);
  }
}

/** The framework parses JSON only where its type is named; an empty body asks for everything. */
function bodyOf(request: Request): unknown {
  const body: unknown = request.body;
  if (typeof body === 'string') return parseJson(body);
  if (Buffer.isBuffer(body)) return parseJson(body.toString());
  return body;
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new InvalidRequestError('Cannot audit: the request is not JSON', { cause });
  }
}

function statusOf(error: unknown): number {
  if (error instanceof InvalidRequestError) return 400;
  return error instanceof GoogleCredentialsError ? 503 : 500;
}

function sendError(response: Response, code: number, message: string): void {
  response.status(code).json({ error: { code, message } });
}

function understand({ ownProject, deliver }: GkeFunctionOptions, body: unknown): GkeRequest {
  const request = parseGkeRequest(body, ownProject);
  if (!request.deliver || deliver) return request;
  throw new InvalidRequestError(
    'Cannot deliver the report: no channel is set up for this function; leave "deliver" out',
  );
}

async function audit(options: GkeFunctionOptions, request: GkeRequest): Promise<Report> {
  const { rules, deliver, reading } = options;
  const { deliver: toDeliver, ...asked } = request;
  const report = await runGcpAudit({ ...asked, ...reading, rules, clients: await options.clients() });
  const { findings, scope } = report;
  options.log('INFO', `Audited ${scope.length} projects, run ${report.runId}: ${findings.length} findings`);
  if (toDeliver) await deliver?.(report);
  return report;
}

/**
 * A Pub/Sub message, as `google.cloud.pubsub.topic.v1.messagePublished` carries it. One that asks for something
 * impossible is logged and let go: Pub/Sub would bring it again for days.
 */
async function receive(options: GkeFunctionOptions, data: unknown): Promise<void> {
  let request: GkeRequest;
  try {
    request = understand(options, messageOf(data));
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    options.log('ERROR', error.message);
    return;
  }
  const broken = brokenRules(await audit(options, request));
  if (broken.length > 0) throw new Error(brokenMessage(broken));
}

function messageOf(data: unknown): unknown {
  const { message } = (data ?? {}) as { message?: { data?: unknown } };
  const encoded = message?.data;
  if (encoded === undefined || encoded === null) return undefined;
  if (typeof encoded !== 'string')
    throw new InvalidRequestError('Cannot audit: the message holds no base64 text');
  return parseJson(Buffer.from(encoded, 'base64').toString());
}

/** Rules that failed by a fault of our own: the report goes out, and the run counts as failed. */
function brokenRules({ outcomes }: Report): string[] {
  return [...new Set(outcomes.filter(({ status }) => status === 'broken').map(({ rule }) => rule))];
}

function brokenMessage(broken: string[]): string {
  return `The audit is complete but for rules that failed by a fault of their own: ${broken.join(', ')}; report it`;
}
