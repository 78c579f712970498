/** Lambda: functions that a test has put there are called, and answer as Lambda passes their answers on. */
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import { restDialect } from '../protocols/rest-json.ts';
import type { HttpAnswer, HttpRequest, RoutedOperation, Service } from '../service.ts';

const invocations = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

export const lambda: Service = {
  signingName: 'lambda',
  regional: true,
  dialect: restDialect,
  route(request, call) {
    const name = invocations.exec(request.url.pathname)?.[1];
    return request.method === 'POST' && name ? invoke(decodeURIComponent(name), request, call) : null;
  },
  writeError: ({ code, status, message }) =>
    answer(status, JSON.stringify({ Message: message }), { 'x-amzn-errortype': code }),
};

function invoke(given: string, { body }: HttpRequest, { cloud, account, region }: Call): RoutedOperation {
  const name = given.split(':').at(-1) ?? '';
  return {
    action: 'lambda:InvokeFunction',
    resource: `arn:${account.partition}:lambda:${region}:${account.id}:function:${name}`,
    signed: true,
    alwaysAllowed: false,
    run: async () => {
      const handler = cloud.functions.get(name);
      if (!handler) throw new AwsError('ResourceNotFoundException', `Function not found: ${given}`, 404);
      return answerOf(handler, JSON.parse(body.toString() || 'null'));
    },
  };
}

/** An error of the function is an answer as well: Lambda says so in a header. */
async function answerOf(handler: (event: unknown) => Promise<unknown>, event: unknown): Promise<HttpAnswer> {
  try {
    return answer(200, JSON.stringify((await handler(event)) ?? null));
  } catch (error) {
    const { name, message } = error as Error;
    const body = JSON.stringify({ errorType: name, errorMessage: message });
    return answer(200, body, { 'x-amz-function-error': 'Unhandled' });
  }
}

function answer(status: number, body: string, headers: Record<string, string> = {}): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}
