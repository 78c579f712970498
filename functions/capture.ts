/** Lambda: takes refused calls from the queue, counts them, and has those that are new explained and told. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
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
  const remainingMs = context.getRemainingTimeInMillis() - marginMs;
  const outcome = await captureBatch(records, newsOptions(settings, remainingMs));
  tell(outcome, records.length, context.awsRequestId);
  return { batchItemFailures: outcome.failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

function newsOptions(settings: CaptureSettings, remainingMs: number): NewsOptions {
  const { denialsTable, messagesAnHour, coolDownHours } = settings;
  return {
    table: openDenialsTable(new DynamoDBClient({ maxAttempts: 5 }), denialsTable),
    ...callFunctions(settings, Math.max(remainingMs, 1000)),
    messagesAnHour,
    coolDownHours,
    leaseMs: Math.max(remainingMs, 1000) + marginMs,
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
