/** EC2's own form of AWS Query: lists are `<item>` elements, names begin with a small letter, errors have their own frame. */
import type { AwsError } from '../aws-error.ts';
import {
  routed,
  usualDenial,
  type Dialect,
  type HttpAnswer,
  type Operation,
  type RefusedAction,
  type Service,
} from '../service.ts';
import { formOf } from './query.ts';
import { xmlElement, xmlText } from './xml.ts';

export const ec2Dialect: Dialect = {
  denied: ['UnauthorizedOperation', 403],
  unknownKey: ['AuthFailure', 401],
  expired: ['RequestExpired', 400],
  deniedMessage: (refused: RefusedAction) =>
    `You are not authorized to perform this operation. ${usualDenial(refused)}`,
};

/** The fields of a form, `Filter.1.Value.2=vpc-1`. */
export class Ec2Input {
  readonly #fields: URLSearchParams;

  constructor(fields: URLSearchParams) {
    this.#fields = fields;
  }

  /** Null where the caller gave none. */
  text(name: string): string | null {
    return this.#fields.get(name);
  }

  /** `name.1`, `name.2` … */
  list(name: string): string[] {
    return this.#numbered((index) => this.text(`${name}.${index}`));
  }

  /** The values of one filter; null where it was not given. */
  filter(name: string): string[] | null {
    const names = this.#numbered((index) => this.text(`Filter.${index}.Name`));
    const position = names.indexOf(name);
    return position < 0 ? null : this.list(`Filter.${position + 1}.Value`);
  }

  #numbered(at: (index: number) => string | null): string[] {
    const values: string[] = [];
    for (let index = 1; ; index++) {
      const value = at(index);
      if (value === null) return values;
      values.push(value);
    }
  }
}

export function ec2QueryService(options: {
  signingName: string;
  namespace: string;
  operations: Record<string, Operation<Ec2Input>>;
}): Service {
  const { signingName, namespace, operations } = options;
  return {
    signingName,
    regional: true,
    dialect: ec2Dialect,
    route(request, call) {
      const fields = formOf(request);
      const name = fields.get('Action') ?? '';
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
      return operation
        ? routed(operation, new Ec2Input(fields), call, (output) =>
            writeOutput(name, namespace, output, call.requestId),
          )
        : null;
    },
    writeError,
  };
}

function writeOutput(operation: string, namespace: string, output: object, requestId: string): HttpAnswer {
  const members = xmlElement('requestId', requestId) + membersOf(output);
  const name = `${operation}Response`;
  return answer(200, `<${name} xmlns="${namespace}">${members}</${name}>`);
}

function membersOf(structure: object): string {
  return Object.entries(structure)
    .map(([name, value]) => (value === undefined || value === null ? '' : xmlElement(name, valueOf(value))))
    .join('');
}

function valueOf(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => xmlElement('item', valueOf(item))).join('');
  return typeof value === 'object' && value !== null ? membersOf(value) : xmlText(String(value));
}

function writeError({ code, message, status }: AwsError, requestId: string): HttpAnswer {
  const error = xmlElement('Error', membersOf({ Code: code, Message: message }));
  const id = xmlElement('RequestID', requestId);
  return answer(status, `<Response><Errors>${error}</Errors>${id}</Response>`);
}

function answer(status: number, body: string): HttpAnswer {
  return { status, headers: { 'content-type': 'text/xml;charset=UTF-8' }, body };
}
