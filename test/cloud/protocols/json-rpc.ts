/** AWS JSON 1.1: the operation is named in a header, input and output are JSON. CloudTrail speaks it. */
import type { AwsError } from '../aws-error.ts';
import {
  routed,
  usualDenial,
  type Dialect,
  type HttpAnswer,
  type Operation,
  type Service,
} from '../service.ts';
import { readJson, toAwsJson, type JsonObject } from './json-values.ts';

const dialect: Dialect = {
  denied: ['AccessDeniedException', 400],
  unknownKey: ['UnrecognizedClientException', 400],
  expired: ['ExpiredTokenException', 400],
  deniedMessage: usualDenial,
};

export function jsonRpcService(
  signingName: string,
  operations: Record<string, Operation<JsonObject>>,
): Service {
  return {
    signingName,
    regional: true,
    dialect,
    route(request, call) {
      const name = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
      return operation
        ? routed(operation, readJson(request.body), call, (output) => answer(200, toAwsJson(output)))
        : null;
    },
    writeError: (error) => answer(error.status, errorBody(error)),
  };
}

function errorBody({ code, message, fields }: AwsError): string {
  return JSON.stringify({ ...fields, __type: code, message });
}

function answer(status: number, body: string): HttpAnswer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body };
}
