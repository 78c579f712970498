/** One audit of one AWS account: collect, evaluate, report. Every way to start the program calls this. */
import { randomUUID } from 'node:crypto';
import { collectAws, type AwsClients, type CollectAwsOptions } from '../shared/collect/aws/account.ts';
import { makeReport, type Report } from '../shared/report.ts';
import type { AnyRule } from '../shared/rule.ts';
import { version } from './version.ts';

export interface AuditRequest extends Pick<
  CollectAwsOptions,
  'deadline' | 'lookupRate' | 'discoveryBaseUrl' | 'onProgress' | 'signal'
> {
  clients: AwsClients;
  rules: readonly AnyRule[];
  /** How far back events are read, in milliseconds. */
  sinceMs: number;
  /** All that are enabled where absent. */
  regions?: string[];
  /** All where absent. */
  clusters?: string[];
  /** One is made where absent. */
  runId?: string;
}

export async function runAudit({ rules, sinceMs, runId, ...collecting }: AuditRequest): Promise<Report> {
  const now = new Date();
  const window = { from: new Date(now.getTime() - sinceMs), to: now };
  const observation = await collectAws({ ...collecting, window, now });
  return makeReport({
    observations: [observation],
    rules,
    runId: runId ?? makeRunId(now),
    version,
    startedAt: now.toISOString(),
    finishedAt: new Date().toISOString(),
  });
}

/** Sorts by time, and is unlike that of any other run: `20260101T060000Z-3f9a1c20`. */
export function makeRunId(now: Date): string {
  return `${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${randomUUID().slice(0, 8)}`;
}
