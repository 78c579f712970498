/** Lambda: audits one account, and stores what it found in the bucket; it sends nothing. */
import type { Context } from 'aws-lambda';
import type { Cause } from '../shared/capture/cool-down.ts';
import type { DenialsTable } from '../shared/capture/denials-table.ts';
import { startThreads } from '../shared/collect/archive/scan-threads.ts';
import { openBucket } from '../shared/deliver/bucket.ts';
import { accountReportKey } from '../shared/deliver/report-key.ts';
import { renderJson } from '../shared/render/json.ts';
import type { Report } from '../shared/report.ts';
import { rules } from '../shared/rules/index.ts';
import { environment, readSettings, type Settings } from '../shared/settings.ts';
import { openAccount, type AccountAccess } from './account-access.ts';
import { trailReader } from './archive-readings.ts';
import { auditDenials } from './audit-denials.ts';
import { makeDeliveryClients } from './aws-clients.ts';
import { chooseRules } from './choose-rules.ts';
import { completeStart } from './complete-start.ts';
import { readAuditEvent, type AuditEvent } from './event.ts';
import { resultOf, type ReportResult } from './report-result.ts';
import { runAudit, type AuditRequest } from './run-audit.ts';
import { makeLogger } from './telemetry.ts';
import { collectSettings } from './collect-settings.ts';

export interface AuditAnswer extends ReportResult {
  runId: string;
  account: string;
  /** Key of the account's report in the bucket. */
  key: string;
  bySeverity: Report['summary']['bySeverity'];
  /** Its findings and the denials that they explain, where the run is about captured denials. */
  causes?: Cause[];
}

/** What is kept of the time for judging and storing: a minute and a half, or a third of a short time. */
const marginMs = 90_000;

/**
 * A step of a run, or by itself with the payload of one, `{"regions": ["eu-west-1"], "since": "6h"}`. A rule that broke
 * is in the answer; it fails the run when its report is out.
 */
export async function handler(
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<AuditAnswer> {
  const asked = readAuditEvent(event, (start) => completeStart(start, new Date()));
  const settings = readSettings(process.env);
  const { bucket: name } = settings;
  if (name === null)
    throw new Error(`Cannot store the report: set ${environment.bucket} to the bucket of the reports`);
  const bucket = openBucket(makeDeliveryClients().s3, name);
  const access = await openAccount(asked, bucket);
  const deadline = deadlineOf(context.getRemainingTimeInMillis());
  const { report, causes } = await audit(asked, access, deadline, settings);
  const account = accountOf(report, asked);
  const key = accountReportKey({ runId: asked.runId, startedAt: asked.request.startedAt }, account);
  await bucket.write(key, renderJson(report));
  const answer = {
    runId: asked.runId,
    account,
    key,
    bySeverity: report.summary.bySeverity,
    ...resultOf(report),
    ...(causes && { causes }),
  };
  makeLogger(asked.runId).info('An account was audited', { ...answer, summary: report.summary });
  return answer;
}

async function audit(
  { runId, sinceMs, issuersKey, request: { regions, clusters, checks, denials } }: AuditEvent,
  access: AccountAccess,
  deadline: Date,
  settings: Settings,
): Promise<{ report: Report; causes?: Cause[] }> {
  const { denialsTable, captureRegions, kubernetes, language } = settings;
  const request: AuditRequest = {
    ...access,
    rules: chooseRules(rules, checks),
    sinceMs,
    deadline,
    runId,
    kubernetes,
    language,
    ...(regions && { regions }),
    ...(clusters && { clusters }),
    ...collectSettings(settings),
  };
  const table = await openCaptured(denialsTable);
  if (denials) return auditDenials({ ...request, denials, table: needed(table) });
  // Other accounts' calls are not captured, and their roles may not look for trails.
  const capture = issuersKey === undefined && table ? { table, regions: captureRegions } : undefined;
  const trail = trailOf(request, settings);
  return { report: await runAudit({ ...request, ...trail, ...(capture && { capture }) }) };
}

/** The bucket of a trail lets in the auditor itself, and not the role of the account that is audited. */
function trailOf(
  { clients, regions, deadline }: AuditRequest,
  { trail: source, lookupRate }: Settings,
): Pick<AuditRequest, 'elsewhere'> {
  if (source === null) return {};
  const elsewhere = trailReader({
    ...{ source, clients, lookupRate, aws: {} },
    ...(regions && { regions }),
    ...(deadline && { deadline }),
    startThreads: (filter) => startThreads(filter, { script: null, count: 1 }),
  });
  return { elsewhere };
}

/** Loaded only where denials are captured. */
async function openCaptured(name: string | null): Promise<DenialsTable | null> {
  if (name === null) return null;
  const { openTable } = await import('./open-table.ts');
  return openTable(name);
}

function needed(table: DenialsTable | null): DenialsTable {
  if (table) return table;
  throw new Error(
    `Cannot read the captured denials: set ${environment.denialsTable} to the table that holds them`,
  );
}

function deadlineOf(remainingMs: number): Date {
  return new Date(Date.now() + remainingMs - Math.min(marginMs, remainingMs / 3));
}

/** Whose report it is; that of another account than the run asked for must not be stored in its name. */
function accountOf({ scope }: Report, { account: asked }: AuditEvent): string {
  const found = scope[0]?.account ?? '';
  if (asked === undefined || asked === found) return found;
  throw new Error(
    `Cannot audit the account ${asked}: the credentials belong to ${found}; start the run in the account itself`,
  );
}
