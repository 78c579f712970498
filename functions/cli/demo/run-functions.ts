/** One day of the deployed auditor in this process: the Cloud Function over HTTP, then the Lambda functions of a run. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { LocalizedError } from '../../../shared/localized-error.ts';
import { readGoogleSettings } from '../../../shared/google-settings.ts';
import { rules } from '../../../shared/rules/index.ts';
import { readSettings } from '../../../shared/settings.ts';
import { handler as audit } from '../../audit.ts';
import { handler as digest, type DigestAnswer } from '../../digest.ts';
import { gkeDelivery, gkeHistory } from '../../gke-delivery.ts';
import { gkeFunction, type GkeFunctionOptions } from '../../gke-function.ts';
import { googleIdentityToken, makeGoogleClients } from '../../google-auth.ts';
import { handler as plan } from '../../plan.ts';
import { since } from './demo-clouds.ts';
import { withVariables, type Variables } from './use-variables.ts';
import { demoFault } from './demo-fault.ts';

export interface FunctionsRequest {
  /** Of the Lambda functions. */
  lambda: Variables;
  /** Of the Cloud Function; AWS is at `endpoint`. */
  google: Variables;
  endpoint: string;
  /** What the Cloud Function is asked with. */
  body: object;
  marksFolder: string;
  reading: NonNullable<GkeFunctionOptions['reading']>;
  /** Told of each function that is called; `place` is what it looks at. */
  onCall: (step: Step, place: string) => void;
}

export type Step = 'gke' | 'plan' | 'audit' | 'digest';

/** @throws {Error} what a function answers with */
export async function runFunctions(request: FunctionsRequest): Promise<DigestAnswer> {
  return withVariables({ ...request.google, ...request.lambda }, async () => {
    request.onCall('gke', '');
    await askCloudFunction(request);
    return runLambdas(request);
  });
}

/** By the framework that serves it in Google Cloud, with the request that its schedule would send. */
async function askCloudFunction(request: FunctionsRequest): Promise<void> {
  const { google, endpoint, marksFolder, reading, body } = request;
  const settings = readGoogleSettings(google);
  const delivery = {
    settings: readSettings(google),
    identityToken: (audience: string) => googleIdentityToken(settings, audience),
    marksFolder,
    endpoint,
    ...(google['AWS_REGION'] !== undefined && { region: google['AWS_REGION'] }),
  };
  const served = gkeFunction({
    rules,
    clients: () => makeGoogleClients(settings),
    ownProject: null,
    deliver: gkeDelivery(delivery),
    sendsParts: false,
    language: delivery.settings.language,
    history: gkeHistory(delivery),
    log: () => undefined,
    reading,
  });
  http('clusterwhy-gke', served.http);
  const server = getTestServer('clusterwhy-gke');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await post(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, body);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function post(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (response.status !== 200) throw answered(response.status, (await response.text()).slice(0, 500));
}

function answered(status: number, text: string): LocalizedError {
  return new LocalizedError({
    en: `The Cloud Function answered ${status}: ${text}`,
    ja: `Cloud Function の応答は ${status} でした: ${text}`,
  });
}

/** As the state machine calls them. */
async function runLambdas({ onCall }: FunctionsRequest): Promise<DigestAnswer> {
  const context = { getRemainingTimeInMillis: () => 900_000 };
  onCall('plan', '');
  const planned = await plan({ since }, context);
  if (!('accounts' in planned))
    throw demoFault({ en: 'The plan names no accounts', ja: '計画にアカウントがありません' });
  const { runId, request, accounts } = planned;
  const results: unknown[] = [];
  for (const { account } of accounts) {
    onCall('audit', account);
    results.push(await audit({ runId, account, request }, context));
  }
  onCall('digest', '');
  return digest({ runId, results, request }, context);
}
