/** Lambda: takes refused calls from the queue, counts them, and has those that are new explained and told. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Context, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { captureBatch, type BatchOutcome } from '../shared/capture/capture-batch.ts';
import { openDenialsTable } from '../shared/capture/denials-table.ts';
import type { NewsOptions } from '../shared/capture/tell-news.ts';
import { readCaptureSettings, type CaptureSettings } from '../shared/settings.ts';
import { callFunctions } from './call-functions.ts';
import { makeLogger, publishCaptureMetrics } from './telemetry.ts';

/** What is kept of the time for saying what became of the batch. */
const marginMs = 20_000;

/** The answer names the messages that must come again; all others leave the queue. */
export async function handler(
  { Records: records }: { Records: readonly Pick<SQSRecord, 'messageId' | 'body'>[] },
  context: Pick<Context, 'getRemainingTimeInMillis' | 'awsRequestId'>,
): Promise<SQSBatchResponse> {
  const settings = readCaptureSettings(process.env);
  const leftMs = Math.max(context.getRemainingTimeInMillis() - marginMs, 1000);
  const dynamoDb = new DynamoDBClient({ maxAttempts: 5, requestHandler: timeouts });
  const lambda = new LambdaClient({
    maxAttempts: 1,
    requestHandler: { ...timeouts, requestTimeout: leftMs },
  });
  try {
    const outcome = await captureBatch(records, newsOptions(settings, { dynamoDb, lambda, leftMs }));
    tell(outcome, records.length, context.awsRequestId);
    return { batchItemFailures: outcome.failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  } finally {
    dynamoDb.destroy();
    lambda.destroy();
  }
}

const timeouts = { connectionTimeout: 5000, requestTimeout: 10_000, throwOnRequestTimeout: true };

interface Means {
  dynamoDb: DynamoDBClient;
  lambda: LambdaClient;
  /** Milliseconds for the whole batch. */
  leftMs: number;
}

function newsOptions(settings: CaptureSettings, { dynamoDb, lambda, leftMs }: Means): NewsOptions {
  const { denialsTable, messagesAnHour, coolDownHours } = settings;
  return {
    table: openDenialsTable(dynamoDb, denialsTable),
    ...callFunctions(lambda, settings, AbortSignal.timeout(leftMs)),
    messagesAnHour,
    coolDownHours,
    leaseMs: leftMs + marginMs,
    now: () => new Date(),
  };
}

function tell({ failed, counted, news, heldBack }: BatchOutcome, messages: number, requestId: string): void {
  const log = makeLogger(requestId);
  log.info('A batch was counted', { messages, counted, news, heldBack, failed: failed.length });
  const reasons = new Map(failed.map(({ error }) => [String(error), error]));
  for (const error of reasons.values())
    log.error('Some messages are delivered again', error instanceof Error ? error : new Error(String(error)));
  publishCaptureMetrics({ counted, news, heldBack });
}
