/** What a simulated service is to the server: it finds the operation that a request asks for, and words its errors. */
import type { IncomingHttpHeaders } from 'node:http';
import type { AwsError } from './aws-error.ts';
import type { Call } from './call.ts';

export interface HttpRequest {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

/** An operation that a request asks for. */
export interface RoutedOperation {
  /** The IAM action that it takes, `eks:ListClusters`. */
  action: string;
  /** ARN of what it acts on; null where the action knows no resources. */
  resource: string | null;
  /** Whether callers need credentials; AssumeRoleWithWebIdentity needs none. */
  signed: boolean;
  /** Whether any caller may call it, whatever the policies say; so it is with GetCallerIdentity. */
  alwaysAllowed: boolean;
  run(): HttpAnswer | Promise<HttpAnswer>;
}

export interface Service {
  /** The service's name in a signature's credential scope. */
  signingName: string;
  /** Whether it exists once in each region. */
  regional: boolean;
  dialect: Dialect;
  /** Null where the service knows no such operation. */
  route(request: HttpRequest, call: Call): RoutedOperation | null;
  writeError(error: AwsError, requestId: string): HttpAnswer;
}

/** How a service words what all services refuse: code, HTTP status and, where it differs, the text. */
export interface Dialect {
  denied: Wording;
  unknownKey: Wording;
  expired: Wording;
  /** The sentence for an action that a caller may not call. */
  deniedMessage(refused: RefusedAction): string;
}

export type Wording = [code: string, status: number];

export interface RefusedAction {
  caller: string;
  action: string;
  resource: string | null;
  because: string;
}

/** One operation of a service; `Input` is the form in which its protocol gives it the request. */
export interface Operation<Input> {
  action: string | ((input: Input) => string);
  resource?(input: Input, call: Call): string;
  signed?: boolean;
  alwaysAllowed?: boolean;
  /** Answers with the members of the operation's output, or throws an `AwsError`. */
  run(input: Input, call: Call): object | Promise<object>;
}

/** Readies an operation to be run: `write` puts its output on the wire. */
export function routed<Input>(
  operation: Operation<Input>,
  input: Input,
  call: Call,
  write: (output: object) => HttpAnswer,
): RoutedOperation {
  const { action } = operation;
  return {
    action: typeof action === 'string' ? action : action(input),
    resource: operation.resource?.(input, call) ?? null,
    signed: operation.signed ?? true,
    alwaysAllowed: operation.alwaysAllowed ?? false,
    run: async () => write(await operation.run(input, call)),
  };
}

/** The words in which most services refuse an action. */
export function usualDenial({ caller, action, resource, because }: RefusedAction): string {
  const target = resource ? ` on resource: ${resource}` : '';
  return `User: ${caller} is not authorized to perform: ${action}${target} ${because}`;
}
