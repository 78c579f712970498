/** Lambda: audits the account that it runs in, and stores the report in the bucket. */
import type { Context } from 'aws-lambda';
import type { DeliveryResult } from '../shared/deliver/deliver.ts';
import { reportKey } from '../shared/deliver/report-key.ts';
import { s3ReportsChannel } from '../shared/deliver/s3-reports.ts';
import type { Report } from '../shared/report.ts';
import { rules } from '../shared/rules/index.ts';
import { environment, readSettings } from '../shared/settings.ts';
import { makeAwsClients, makeDeliveryClients } from './aws-clients.ts';
import { chooseRules } from './choose-rules.ts';
import { sendReport } from './delivery.ts';
import { readAuditEvent } from './event.ts';
import { failIfBroken, resultOf, type ReportResult } from './report-result.ts';
import { runAudit } from './run-audit.ts';

export interface AuditAnswer extends ReportResult {
  runId: string;
  /** Key of the report in the bucket. */
  key: string;
  bySeverity: Report['summary']['bySeverity'];
  /** Only where the event asked to deliver. */
  delivered?: DeliveryResult[];
}

/** What is kept of the time for judging, storing and sending: a minute and a half, or a third of a short time. */
const marginMs = 90_000;

/**
 * The event may narrow the audit: `{"regions": ["eu-west-1"], "since": "6h", "clusters": ["prod"], "deliver": true}`.
 * A rule that broke fails the function only where it also delivers; otherwise the answer says so, and the digest fails
 * once its report is out.
 */
export async function handler(
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<AuditAnswer> {
  const { deliver, checks, regions, clusters, sinceMs, runId } = readAuditEvent(event);
  const settings = readSettings(process.env);
  const { bucket, oidcDiscoveryUrl } = settings;
  if (bucket === null)
    throw new Error(`Cannot store the report: set ${environment.bucket} to the bucket of the reports`);
  const report = await runAudit({
    clients: makeAwsClients(),
    rules: chooseRules(rules, checks),
    sinceMs,
    deadline: deadlineOf(context.getRemainingTimeInMillis()),
    ...(regions && { regions }),
    ...(clusters && { clusters }),
    ...(runId !== undefined && { runId }),
    ...(oidcDiscoveryUrl !== null && { discoveryBaseUrl: oidcDiscoveryUrl }),
  });
  const store = s3ReportsChannel({ client: makeDeliveryClients().s3, bucket });
  await store.send(report, { possiblySentBefore: false });
  const answer = answerOf(report);
  if (!deliver) return answer;
  const delivered = await sendReport(report, settings, { aws: {} });
  failIfBroken(answer);
  return { ...answer, delivered };
}

function deadlineOf(remainingMs: number): Date {
  return new Date(Date.now() + remainingMs - Math.min(marginMs, remainingMs / 3));
}

function answerOf(report: Report): AuditAnswer {
  return {
    runId: report.runId,
    key: reportKey(report, 'report.json'),
    bySeverity: report.summary.bySeverity,
    ...resultOf(report),
  };
}
