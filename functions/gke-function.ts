/** The Cloud Function's two doors, over HTTP and by Pub/Sub message: the same audit behind both. */
import { createHash } from 'node:crypto';
import type {
  CloudEvent,
  CloudEventFunction,
  HttpFunction,
  Request,
  Response,
} from '@google-cloud/functions-framework';
import { GoogleCredentialsError } from '../shared/collect/gcp/google-api-error.ts';
import type { GoogleClients } from '../shared/collect/gcp/google-api.ts';
import type { Bucket } from '../shared/deliver/bucket.ts';
import type { Observation } from '../shared/observation.ts';
import type { Report } from '../shared/report.ts';
import type { AnyRule } from '../shared/rule.ts';
import type { Language } from '../shared/words.ts';
import type { HistoryStore } from './cluster-history.ts';
import { InvalidRequestError, isStep, parseGkeStep, type GkeRequest } from './gke-request.ts';
import { doGkeStep } from './gke-steps.ts';
import { historyOf, isWhole, remember, tellReport, understand } from './gke-audit.ts';
import type { GoogleState } from './publish-google-report.ts';
import { runGcpAudit, type GcpAuditRequest } from './run-gcp-audit.ts';

/**
 * Sends a report on every channel.
 * @param kept what the bucket keeps as the newest on the whole: the report where absent, nothing where null
 * @param isDue whether people are told, besides the bucket; yes where absent
 */
export type Deliver = (report: Report, kept?: Report | null, isDue?: boolean) => Promise<void>;

export interface GkeFunctionOptions {
  rules: readonly AnyRule[];
  /** Made for every call, so that a token never outlives its hour. */
  clients(): Promise<GoogleClients>;
  /** What is audited where a request names nothing; null for all that the credentials see. */
  ownProject: string | null;
  /** Sends the report; null where no channel is set up. */
  deliver: Deliver | null;
  /** Whether anybody is sent a report on a part: the bucket keeps those on the whole alone. Yes where absent. */
  sendsParts?: boolean;
  /** What the deployment audits; where null or absent, whatever a request names is the whole. */
  wholeScope?: string | null;
  /** Where the steps of a run over many projects leave what they found; none where null or absent. */
  runs?: Bucket | null;
  /** What reports are compared with and muted by before they are sent; neither where null or absent. */
  state?: GoogleState | null;
  /** In which reports have their texts besides English; English alone where absent. */
  language?: Language;
  /** What earlier runs saw; null where nothing is kept. */
  history: HistoryStore | null;
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
    message: async (event) => receive(options, event),
  };
}

async function answer(options: GkeFunctionOptions, request: Request, response: Response): Promise<void> {
  if (request.method !== 'POST') {
    response.set('Allow', 'POST');
    sendError(response, 405, `Cannot audit by ${request.method}: send a POST with a JSON body`);
    return;
  }
  try {
    const body = bodyOf(request);
    if (isStep(body)) {
      response.status(200).json(await doGkeStep(options, parseGkeStep(body)));
      return;
    }
    const report = await audit(options, understand(options, body));
    const broken = brokenRules(report);
    if (broken.length === 0) response.status(200).json(report);
    else response.status(500).json({ error: { code: 500, message: brokenMessage(broken) }, report });
  } catch (error) {
    const message = messageOf(error);
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function sendError(response: Response, code: number, message: string): void {
  response.status(code).json({ error: { code, message } });
}

/** @param runId of a request that may come again; a new one where absent */
async function audit(options: GkeFunctionOptions, request: GkeRequest, runId?: string): Promise<Report> {
  const { rules, reading } = options;
  const { deliver: toDeliver, ...asked } = request;
  let observed: Observation[] = [];
  const report = await runGcpAudit({
    ...asked,
    ...reading,
    ...(runId !== undefined && { runId }),
    ...(options.language && { language: options.language }),
    rules,
    clients: await options.clients(),
    history: await historyOf(options),
    onObserved: (observations) => (observed = observations),
  });
  const { findings, scope } = report;
  options.log('INFO', `Audited ${scope.length} projects, run ${report.runId}: ${findings.length} findings`);
  if (!toDeliver) return report;
  const kept = isWhole(options, request) ? report : null;
  const told = await tellReport(options, request, { found: report, kept });
  await remember(options, (history) => history.add(observed));
  return told;
}

/**
 * A Pub/Sub message, as `google.cloud.pubsub.topic.v1.messagePublished` carries it. One that asks for something
 * impossible is logged and let go: Pub/Sub would bring it again for days.
 */
async function receive(options: GkeFunctionOptions, event: CloudEvent<unknown>): Promise<void> {
  let request: GkeRequest;
  try {
    request = understand(options, contentOf(event.data));
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    options.log('ERROR', error.message);
    return;
  }
  const broken = brokenRules(await audit(options, request, runIdOf(event)));
  if (broken.length > 0) throw new Error(brokenMessage(broken));
}

/**
 * The same for every time that a message comes: Pub/Sub brings it at least once, and what was sent is not sent again.
 * Source and id tell one message from another (CloudEvents 1.0).
 */
function runIdOf({ source, id }: CloudEvent<unknown>): string {
  const hash = createHash('sha256').update(JSON.stringify([source, id]));
  return `message-${hash.digest('hex').slice(0, 32)}`;
}

function contentOf(data: unknown): unknown {
  const { message } = (data ?? {}) as { message?: { data?: unknown } };
  const encoded = message?.data;
  if (encoded === undefined || encoded === null) return undefined;
  if (typeof encoded !== 'string')
    throw new InvalidRequestError('Cannot audit: the message holds no base64 text');
  return parseJson(Buffer.from(encoded, 'base64').toString());
}

/** Rules that failed by a fault of our own: the report goes out, and the run counts as failed. */
export function brokenRules({ outcomes }: Report): string[] {
  return [...new Set(outcomes.filter(({ status }) => status === 'broken').map(({ rule }) => rule))];
}

function brokenMessage(broken: string[]): string {
  return `The audit is complete but for rules that failed by a fault of their own: ${broken.join(', ')}; report it`;
}
