/** Lambda: makes one report of a run's accounts, says what changed, stores it, and sends it where there is news. */
import type { Context } from 'aws-lambda';
import { openBucket, type Bucket } from '../shared/deliver/bucket.ts';
import type { DeliveryResult } from '../shared/deliver/deliver.ts';
import { usualLeaseMs } from '../shared/deliver/marks.ts';
import { reportKey } from '../shared/deliver/report-key.ts';
import { readReport } from '../shared/deliver/stored-report.ts';
import { finalErrors } from '../shared/deployment.ts';
import { mergeReports } from '../shared/merge-reports.ts';
import type { Report } from '../shared/report.ts';
import { environment, readSettings, type Settings } from '../shared/settings.ts';
import { makeDeliveryClients } from './aws-clients.ts';
import { readDigestEvent, type DigestEvent, type OrganizationDigestEvent } from './event.ts';
import { readGoogleReport } from './google-report.ts';
import { failedAudit } from './failed-audit.ts';
import { foldOrganization } from './organization-digest.ts';
import { publishDenials } from './publish-denials.ts';
import { publishCompared, publishReport, type Published, type PublishOptions } from './publish-report.ts';
import { resolveCaptured } from './resolve-captured.ts';
import { failIfBroken, resultOf, type ReportResult } from './report-result.ts';
import { storedMutes } from './stored-mutes.ts';
import { makeLogger, publishDeliveryFailures, publishMetrics, type Logger } from './telemetry.ts';
import { version } from './version.ts';

export interface DigestAnswer extends ReportResult {
  runId: string;
  bucket: string;
  /** Key of the report in the bucket. */
  key: string;
  /** How many accounts it holds. */
  accounts: number;
  /** How many findings are new, changed or resolved. */
  changes: { new: number; changed: number; resolved: number };
  delivered: DeliveryResult[];
}

/** The report is out, and says that not one account could be audited; another attempt would fail alike. */
class NothingAuditedError extends Error {
  override name = finalErrors.nothingAudited;
}

/** Reports read side by side. */
const readAtATime = 8;

/** What is kept of the time for what follows the wait for another process. */
const marginMs = 90_000;

/**
 * The event is what the audits of a run answered, or where they wrote it; an account that failed is in the report as not
 * looked at.
 */
export async function handler(
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<DigestAnswer> {
  const asked = readDigestEvent(event);
  const settings = checkSettings(readSettings(process.env));
  const log = makeLogger(asked.runId);
  const published = await publish(asked, {
    settings,
    aws: {},
    scope: scopeOf(asked),
    deliver: asked.request.deliver,
    now: new Date(),
    longestWaitMs: longestWait(context.getRemainingTimeInMillis()),
  });
  tell(log, published, isDaily(asked));
  if (settings.denialsTable !== null && isDaily(asked))
    await resolveCaptured(settings.denialsTable, published.report, new Date());
  failIfUnsound(published);
  return { bucket: settings.bucket, ...answerOf(published) };
}

async function publish(asked: AnyDigestEvent, options: PublishOptions): Promise<Published> {
  const bucket = openBucket(makeDeliveryClients().s3, options.settings.bucket);
  if (!('organization' in asked)) {
    const found = await mergeResults(bucket, asked, options.settings);
    const { denials } = asked.request;
    return denials ? publishDenials(found, asked.request, options) : publishReport(found, options);
  }
  const { runId, organization, accountsKey, results, request } = asked;
  const mute = await storedMutes(bucket, options.settings);
  const run = {
    runId,
    startedAt: request.startedAt,
    version,
    language: options.settings.language,
    organization,
    accountsKey,
    manifestKey: results.ResultWriterDetails.Key,
    google: isWhole(request) ? await readGoogleReport(bucket, options.now) : { reports: [], failed: [] },
    mute,
  };
  return publishCompared(runId, options, (previous) => foldOrganization(bucket, { ...run, previous }));
}

type AnyDigestEvent = DigestEvent | OrganizationDigestEvent;

function checkSettings(settings: Settings): Settings & { bucket: string } {
  const { bucket, topicArn, mail } = settings;
  if (bucket === null)
    throw new Error(`Cannot read the reports: set ${environment.bucket} to the bucket of the reports`);
  if (topicArn === null && mail === null)
    throw new Error(
      `There is nowhere to send the digest to: set ${environment.topicArn}, or ${environment.mailFrom} and ${environment.mailTo}`,
    );
  return { ...settings, bucket };
}

async function mergeResults(
  bucket: Bucket,
  { runId, results, request }: DigestEvent,
  { language }: Settings,
): Promise<Report> {
  const keys = results.flatMap((result) => ('key' in result ? [result.key] : []));
  const reports: Report[] = [];
  for (let start = 0; start < keys.length; start += readAtATime) {
    const some = keys.slice(start, start + readAtATime);
    reports.push(...(await Promise.all(some.map((key) => readAccountReport(bucket, key)))));
  }
  const failed = results.flatMap((result) =>
    'key' in result ? [] : [failedAudit(result.account, result.error, result.cause ?? '')],
  );
  const google = isWhole(request) ? await readGoogleReport(bucket, new Date()) : { reports: [], failed: [] };
  return mergeReports([...reports, ...google.reports], [...failed, ...google.failed], {
    runId,
    startedAt: request.startedAt,
    version,
    language,
  });
}

/** A run that somebody narrowed asks for a part of AWS only. */
function isWhole({ regions, clusters, checks, denials }: DigestEvent['request']): boolean {
  return !regions && !clusters && !checks && !denials;
}

async function readAccountReport(bucket: Bucket, key: string): Promise<Report> {
  const report = await readReport(bucket, key);
  if (report) return report;
  throw new Error(
    `Cannot read the report s3://${bucket.name}/${key}: there is none; start the run again, or restore it`,
  );
}

/** An organization stays the same when accounts join or leave it. */
function scopeOf(asked: AnyDigestEvent) {
  const { regions, clusters, checks } = asked.request;
  return {
    accounts: 'organization' in asked ? [asked.organization] : asked.results.map(({ account }) => account),
    regions: regions ?? null,
    clusters: clusters ?? null,
    checks: checks ?? null,
  };
}

function longestWait(remainingMs: number): number {
  return Math.max(0, Math.min(usualLeaseMs + 60_000, remainingMs - marginMs));
}

/** A run about captured denials is no measure of what there is. */
function isDaily({ request }: AnyDigestEvent): boolean {
  return !request.denials;
}

function tell(log: Logger, { report, delivered, newGaps, failure }: Published, isMeasure: boolean): void {
  log.info('The report is recorded', { summary: report.summary, delivered });
  for (const gap of newGaps) log.warn('Something was not looked at that the last run did look at', { gap });
  if (failure) log.error(failure.message, failure);
  const deliveryFailures = failure?.errors.length ?? 0;
  if (isMeasure) publishMetrics({ report, coverageWorse: newGaps.length > 0, deliveryFailures });
  else publishDeliveryFailures(deliveryFailures);
}

/** A run that is not whole must not pass for one; its report is out as far as it can be. */
function failIfUnsound({ report, failure }: Published): void {
  if (failure) throw failure;
  failIfBroken(resultOf(report));
  const { accounts, failed } = countAccounts(report);
  if (failed < accounts) return;
  const [first] = report.coverage;
  throw new NothingAuditedError(`Not one account could be audited: ${first?.why ?? 'no reason was given'}`);
}

function countAccounts({ scope, coverage, organization }: Report): { accounts: number; failed: number } {
  if (organization) return organization;
  const accounts = scope.filter(({ cloud }) => cloud === 'aws').length;
  const isFailed = ({ cloud, fact, complete }: Report['coverage'][number]) =>
    cloud === 'aws' && fact === 'account' && !complete;
  return { accounts, failed: coverage.filter(isFailed).length };
}

function answerOf({ report, delivered }: Published): Omit<DigestAnswer, 'bucket'> {
  const count = (change: string) => report.findings.filter((finding) => finding.change === change).length;
  const { changes } = report.summary;
  return {
    runId: report.runId,
    key: reportKey(report, 'report.json'),
    accounts: countAccounts(report).accounts,
    changes: changes
      ? { new: changes.new, changed: changes.changed, resolved: changes.resolved }
      : { new: count('new'), changed: count('changed'), resolved: count('resolved') },
    ...resultOf(report),
    delivered,
  };
}
