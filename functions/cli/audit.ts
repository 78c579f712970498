/** `clusterwhy audit`: the AWS account and the Google Cloud projects that the credentials at hand let it see. */
import { narrowReport } from '../narrow-report.ts';
import { resultOf, type ReportResult } from '../report-result.ts';
import { trailReader } from '../archive-readings.ts';
import { auditReport, type Collector } from '../audit-report.ts';
import { accountCollector } from '../run-audit.ts';
import { chooseRules } from '../choose-rules.ts';
import type { AwsClients } from '../../shared/collect/aws/account.ts';
import type { Series } from '../../shared/deliver/channels.ts';
import type { DeliveryResult } from '../../shared/deliver/deliver.ts';
import { scopeKey, type Scope } from '../../shared/deliver/latest-report.ts';
import { makeAwsClients, type AwsClientSettings } from '../aws-clients.ts';
import { readGoogleSettings } from '../../shared/google-settings.ts';
import type { Report } from '../../shared/report.ts';
import type { AnyRule, Severity } from '../../shared/rule.ts';
import { rules as allRules } from '../../shared/rules/index.ts';
import { readSettings, type Settings } from '../../shared/settings.ts';
import { checkDelivery, sendReport } from '../delivery.ts';
import { compareWithLatest } from '../publish-report.ts';
import { auditedProjects, chooseProjects, type ProjectsOptions } from './audit-projects.ts';
import { checkClouds, chooseClouds, orGap, type ChosenClouds, type CloudOptions } from './choose-clouds.ts';
import { failureLine } from './failure.ts';
import { neededFacts } from '../needed-facts.ts';
import {
  auditAwsOrganization,
  checkAwsOrganization,
  type AwsOrganizationOptions,
} from './audit-aws-organization.ts';
import { chooseMutes } from './choose-mutes.ts';
import { startProgress, type ProgressView } from './progress.ts';
import { startScanThreads } from './scan/start-scan-threads.ts';
import type { Session } from './session.ts';
import { stateFolder } from './state-folder.ts';
import { userError } from './user-error.ts';
import { checkOutputFiles, writeReport, type OutputOptions } from './write-report.ts';
import { collectSettings } from '../collect-settings.ts';

export interface AuditOptions extends CloudOptions, ProjectsOptions, AwsOrganizationOptions, OutputOptions {
  /** Milliseconds. */
  since: number;
  check?: string[];
  finding?: string;
  severity?: Severity;
  /** Where a trail writes, `s3://…` or a folder; read in place of the event history. Without it that of the settings counts. */
  trail?: string;
  /** Name of a file of mutes; without it those of the settings count. */
  mute?: string;
  deliver?: boolean;
  exitZero?: boolean;
}

/** Exit code as the command line promises: 0 nothing found, 1 a rule broke, 3 findings, 4 none but incomplete. */
export async function audit(session: Session, options: AuditOptions): Promise<number> {
  checkAwsOrganization(options);
  checkClouds(options);
  const rules = userError(() => chooseRules(allRules, options.check));
  const settings = { ...userError(() => readSettings(session.env)), language: session.language };
  const delivery = { aws: awsSettings(options), marksFolder: stateFolder(session.env) };
  if (options.deliver) userError(() => checkDelivery(settings, delivery));
  const mute = await chooseMutes(options, settings, delivery.aws);
  await checkOutputFiles(options);
  const whole = options.awsOrganization
    ? await auditAwsOrganization(session, options, {
        ...organizationRequest(options, { rules, settings }),
        mute,
      })
    : await withChanges(session, options, settings, await readClouds(session, options, { rules, settings }));
  // Mutes count the findings that are shown: one that is told to have expired stands in the report.
  const narrowed = narrowReport(whole, options);
  const report = options.awsOrganization ? narrowed : mute(narrowed);
  await writeReport(session, options, report);
  tellWhatIsLeftOut(session, options, whole, report);
  if (options.deliver)
    tellDelivery(session, await sendReport(report, settings, { ...delivery, ...seriesOf(options, report) }));
  return exitCode(session, resultOf(report), options.exitZero ?? false);
}

function awsSettings({ profile, region }: AuditOptions): AwsClientSettings {
  return { ...(profile && { profile }), ...(region?.[0] && { region: region[0] }) };
}

/**
 * What is new, where the settings name the bucket in which the deployed auditor keeps its reports. A single finding is
 * looked for in the last report of everything; among some clusters only, what is absent may just not have been asked for.
 */
async function withChanges(
  session: Session,
  options: AuditOptions,
  { bucket }: Settings,
  report: Report,
): Promise<Report> {
  if (bucket === null) return report;
  const { cluster, finding } = options;
  const isOfEverything = finding !== undefined && cluster === undefined;
  const scope = { ...scopeOf(options, report), ...(isOfEverything && everything) };
  try {
    return await compareWithLatest(report, { bucket, aws: awsSettings(options), scope });
  } catch (error) {
    session.log('warn', session.says.audit.allNew(failureLine(error, session.language)));
    return report;
  }
}

/** What the report looked at, as the deployed auditor names it. */
function scopeOf({ region, cluster, check }: AuditOptions, report: Report): Scope {
  return {
    accounts: deployedAccounts(report),
    regions: region ?? null,
    clusters: cluster ?? null,
    checks: check ?? null,
  };
}

/** A part of the findings is compared with no earlier report. */
function seriesOf(options: AuditOptions, report: Report): Series {
  const isPart = options.finding !== undefined || options.severity !== undefined || options.awsOrganization;
  return isPart ? {} : { series: scopeKey(scopeOf(options, report)) };
}

const everything = { regions: null, clusters: null, checks: null };

/** What the deployed auditor keeps its last report under: its accounts, whatever it was told of Google Cloud. */
function deployedAccounts({ scope }: Report): string[] {
  const ofAws = scope.filter(({ cloud }) => cloud === 'aws');
  return (ofAws.length > 0 ? ofAws : scope).map(({ account }) => account);
}

async function readClouds(
  session: Session,
  options: AuditOptions,
  { rules, settings }: { rules: readonly AnyRule[]; settings: Settings },
): Promise<Report> {
  const googleSettings = userError(() => readGoogleSettings(session.env));
  const projects = { ...chooseProjects(options, googleSettings), facts: neededFacts(rules) };
  const clouds = await chooseClouds(session, options, {
    aws: () => makeAwsClients(awsSettings(options)),
    google: async () => (await import('../google-auth.ts')).makeGoogleClients(googleSettings),
  });
  const progress = await startProgress(session, session.says.reading.clouds(namesOf(clouds)));
  try {
    const { collectors, failures } = collectorsOf(clouds, [
      clouds.aws && accountOf(clouds.aws, options, { settings, rules }, progress),
      clouds.google && auditedProjects(session, clouds.google, projects, (step) => progress.show(step)),
    ]);
    const only = {
      ...(options.cluster && { clusters: options.cluster }),
      ...(options.region && { regions: options.region }),
    };
    const report = await auditReport({
      collectors,
      rules,
      sinceMs: options.since,
      language: session.language,
      only,
    });
    if (report.scope.length === 0 && failures[0]) throw failures[0];
    return report;
  } finally {
    progress.stop();
  }
}

function namesOf({ aws, google }: ChosenClouds): string[] {
  return [...(aws ? ['AWS'] : []), ...(google ? ['Google Cloud'] : [])];
}

/** Those that are read; one that was not asked for by name may fail without the other. */
function collectorsOf(
  { aws, google, named }: ChosenClouds,
  [account, projects]: [Collector | null, Collector | null],
): { collectors: Collector[]; failures: Error[] } {
  const failures: Error[] = [];
  const isAlone = !aws || !google;
  const onGap = (error: Error) => void failures.push(error);
  const ofAws = account && (isAlone || named.aws ? account : orGap(account, 'aws', onGap));
  const ofGoogle = projects && (isAlone || named.google ? projects : orGap(projects, 'gcp', onGap));
  return { collectors: [ofAws, ofGoogle].filter((one) => one !== null), failures };
}

function accountOf(
  clients: AwsClients,
  options: AuditOptions,
  { settings, rules }: { settings: Settings; rules: readonly AnyRule[] },
  progress: ProgressView,
): Collector {
  const { region, cluster, kubernetes, trail = settings.trail } = options;
  return accountCollector({
    clients,
    ...(trail !== null && {
      elsewhere: userError(() =>
        trailReader({
          source: trail,
          clients,
          aws: awsSettings(options),
          lookupRate: settings.lookupRate,
          startThreads: startScanThreads,
          ...(region && { regions: region }),
        }),
      ),
    }),
    ...(region && { regions: region }),
    ...(cluster && { clusters: cluster }),
    ...collectSettings(settings),
    kubernetes: kubernetes === 'auto',
    facts: neededFacts(rules),
    onProgress: (step) => progress.show(step),
  });
}

function organizationRequest(
  options: AuditOptions,
  { settings, rules }: { settings: Settings; rules: readonly AnyRule[] },
) {
  const { region, cluster, kubernetes, since } = options;
  return {
    aws: awsSettings(options),
    rules,
    language: settings.language,
    sinceMs: since,
    ...(region && { regions: region }),
    ...(cluster && { clusters: cluster }),
    ...collectSettings(settings),
    kubernetes: kubernetes === 'auto',
    facts: neededFacts(rules),
  };
}

/** What the chosen part of the report does not show. */
function tellWhatIsLeftOut(
  session: Session,
  { finding, severity }: AuditOptions,
  whole: Report,
  shown: Report,
): void {
  if (finding !== undefined && shown.findings.length === 0)
    session.log('warn', session.says.audit.noFinding(finding));
  if (finding !== undefined || severity === undefined) return;
  const left = whole.findings.length - shown.findings.length;
  if (left > 0) session.log('warn', session.says.audit.below(left, severity));
}

/** 0 nothing found, 1 a rule broke, 3 findings, 4 none but incomplete. */
export function exitCode(
  session: Session,
  { findings, incomplete, broken }: ReportResult,
  exitZero: boolean,
): number {
  if (broken.length > 0) {
    session.log('error', session.says.audit.broken(broken.join(', ')));
    return 1;
  }
  if (exitZero) return 0;
  return findings > 0 ? 3 : incomplete ? 4 : 0;
}

function tellDelivery(session: Session, results: readonly DeliveryResult[]): void {
  for (const { channel, state } of results) session.log('info', session.says.audit.delivered(channel, state));
}
