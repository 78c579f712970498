/** REST with JSON: EKS, Account and SES speak it. */
import {
  routed,
  usualDenial,
  type Dialect,
  type HttpAnswer,
  type HttpRequest,
  type Operation,
  type Service,
} from '../service.ts';
import { readJson, toAwsJson, type JsonObject } from './json-values.ts';

export interface RestInput {
  /** The values in the path, by the names in braces. */
  labels: Record<string, string>;
  query: URLSearchParams;
  body: JsonObject;
}

/** An operation and its place, `GET /clusters/{name}`. */
export type RestOperation = Operation<RestInput> & { http: `${string} /${string}` };

export const restDialect: Dialect = {
  denied: ['AccessDeniedException', 403],
  unknownKey: ['UnrecognizedClientException', 403],
  expired: ['ExpiredTokenException', 403],
  deniedMessage: usualDenial,
};

export function restJsonService(options: {
  signingName: string;
  regional: boolean;
  operations: RestOperation[];
  dialect?: Dialect;
}): Service {
  const { signingName, regional, operations, dialect = restDialect } = options;
  return {
    signingName,
    regional,
    dialect,
    route(request, call) {
      for (const operation of operations) {
        const labels = matchPath(operation.http, request);
        if (!labels) continue;
        const input = { labels, query: request.url.searchParams, body: readJson(request.body) };
        return routed(operation, input, call, (output) => answer(200, toAwsJson(output)));
      }
      return null;
    },
    writeError: ({ code, status, message, fields }) =>
      answer(status, JSON.stringify({ ...fields, message }), { 'x-amzn-errortype': code }),
  };
}

/** The values of the path's labels; null where method or path differ. */
function matchPath(http: string, { method, url }: HttpRequest): Record<string, string> | null {
  const [wantedMethod, wantedPath = ''] = http.split(' ');
  const wanted = wantedPath.split('/');
  const given = url.pathname.replace(/(?<=.)\/$/, '').split('/');
  if (method !== wantedMethod || wanted.length !== given.length) return null;
  const labels: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = decodeURIComponent(given[index] ?? '');
    const label = /^\{(.+)\}$/.exec(part)?.[1];
    if (label && value) labels[label] = value;
    else if (part !== value) return null;
  }
  return labels;
}

function answer(status: number, body: string, headers: Record<string, string> = {}): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}
