/** AWS Query: a form goes in, XML comes out. IAM, STS and SNS speak it. */
import type { AwsError } from '../aws-error.ts';
import {
  routed,
  usualDenial,
  type Dialect,
  type HttpAnswer,
  type HttpRequest,
  type Operation,
  type Service,
} from '../service.ts';
import { xmlElement, xmlMembers, xmlText } from './xml.ts';

export const queryDialect: Dialect = {
  denied: ['AccessDenied', 403],
  unknownKey: ['InvalidClientTokenId', 403],
  expired: ['ExpiredToken', 403],
  deniedMessage: usualDenial,
};

/** The fields of a form, `ClientIDList.member.1=sts.amazonaws.com`. */
export class QueryInput {
  readonly #fields: URLSearchParams;

  constructor(fields: URLSearchParams) {
    this.#fields = fields;
  }

  /** Null where the caller gave none. */
  text(name: string): string | null {
    return this.#fields.get(name);
  }

  number(name: string): number | null {
    const text = this.text(name);
    return text === null ? null : Number(text);
  }

  list(name: string): string[] {
    const values: string[] = [];
    for (let index = 1; ; index++) {
      const value = this.text(`${name}.member.${index}`);
      if (value === null) return values;
      values.push(value);
    }
  }
}

export function queryService(options: {
  signingName: string;
  regional: boolean;
  namespace: string;
  operations: Record<string, Operation<QueryInput>>;
  dialect?: Dialect;
}): Service {
  const { signingName, regional, namespace, operations, dialect = queryDialect } = options;
  return {
    signingName,
    regional,
    dialect,
    route(request, call) {
      const fields = formOf(request);
      const name = fields.get('Action') ?? '';
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
      return operation
        ? routed(operation, new QueryInput(fields), call, (output) =>
            writeOutput(name, namespace, output, call.requestId),
          )
        : null;
    },
    writeError: (error, requestId) => writeError(namespace, error, requestId),
  };
}

/** The form is the body; presigned requests have it in the address. */
export function formOf({ url, body }: HttpRequest): URLSearchParams {
  return body.length > 0 ? new URLSearchParams(body.toString('utf8')) : url.searchParams;
}

function writeOutput(operation: string, namespace: string, output: object, requestId: string): HttpAnswer {
  const result = xmlElement(`${operation}Result`, xmlMembers(output));
  const metadata = xmlElement('ResponseMetadata', xmlElement('RequestId', requestId));
  const name = `${operation}Response`;
  return answer(200, `<${name} xmlns="${namespace}">${result}${metadata}</${name}>`);
}

function writeError(namespace: string, { code, message, status }: AwsError, requestId: string): HttpAnswer {
  const error = xmlMembers({ Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message });
  const id = xmlElement('RequestId', xmlText(requestId));
  return answer(status, `<ErrorResponse xmlns="${namespace}"><Error>${error}</Error>${id}</ErrorResponse>`);
}

function answer(status: number, body: string): HttpAnswer {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
