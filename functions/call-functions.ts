/** Calls the functions that read and that send, and waits for their answers. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod/mini';
import type { DenialRun, NewsOptions } from '../shared/capture/tell-news.ts';
import type { CaptureSettings } from '../shared/settings.ts';

const causeSchema = z.object({ id: z.string(), denials: z.array(z.string()) });
const answerSchema = z.object({ key: z.string(), causes: z.array(causeSchema) });

/**
 * Neither call is made twice by itself: what fails is delivered by the queue again.
 * @param client makes one attempt, and waits as long as the functions may take
 * @param signal ends the wait
 */
export function callFunctions(
  client: LambdaClient,
  { auditFunction, digestFunction }: CaptureSettings,
  signal: AbortSignal,
): Pick<NewsOptions, 'explain' | 'publish'> {
  const call = (name: string, event: object) => invoke(client, name, event, signal);
  return {
    async explain(run) {
      const { id: runId, account } = run;
      return answerSchema.parse(await call(auditFunction, { runId, account, request: requestOf(run) }));
    },
    async publish(run, { key, causes }, heldBack) {
      const { id: runId, account } = run;
      const ids = causes.map(({ id }) => id);
      const request = { ...requestOf(run), causes: ids, heldBack, deliver: true };
      await call(digestFunction, { runId, results: [{ account, key }], request });
    },
  };
}

function requestOf({ startedAt, denials }: DenialRun) {
  return { startedAt, denials };
}

async function invoke(
  client: LambdaClient,
  FunctionName: string,
  event: object,
  abortSignal: AbortSignal,
): Promise<unknown> {
  const Payload = Buffer.from(JSON.stringify(event));
  try {
    const answer = await client.send(new InvokeCommand({ FunctionName, Payload }), { abortSignal });
    const text = answer.Payload ? Buffer.from(answer.Payload).toString() : 'null';
    if (answer.FunctionError !== undefined) throw new Error(text.slice(0, 1000));
    return JSON.parse(text);
  } catch (error) {
    throw new Error(
      `Cannot have new denials told: ${FunctionName} answered ${(error as Error).message}; its log says more, and the queue tries again`,
      { cause: error },
    );
  }
}
