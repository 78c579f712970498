/** `clusterwhy audit`: the account that the credentials at hand belong to. */
import { narrowReport } from '../narrow-report.ts';
import { resultOf, type ReportResult } from '../report-result.ts';
import { runAudit } from '../run-audit.ts';
import { chooseRules } from '../choose-rules.ts';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { DeliveryResult } from '../../shared/deliver/deliver.ts';
import { makeAwsClients, type AwsClientSettings } from '../aws-clients.ts';
import type { Report } from '../../shared/report.ts';
import type { AnyRule, Severity } from '../../shared/rule.ts';
import { rules as allRules } from '../../shared/rules/index.ts';
import { readSettings, type Settings } from '../../shared/settings.ts';
import { checkDelivery, sendReport } from '../delivery.ts';
import { checkWritable, writeWhole } from './output-file.ts';
import { startProgress } from './progress.ts';
import { renderReport, type ReportFormat } from './render-report.ts';
import { defaultWidth, type Session } from './session.ts';
import { userError } from './user-error.ts';

export interface AuditOptions {
  profile?: string;
  region?: string[];
  cluster?: string[];
  /** Milliseconds. */
  since: number;
  check?: string[];
  finding?: string;
  severity?: Severity;
  output: ReportFormat;
  outputFile?: string;
  deliver?: boolean;
  exitZero?: boolean;
}

/** Exit code as the command line promises: 0 nothing found, 1 a rule broke, 3 findings, 4 none but incomplete. */
export async function audit(session: Session, options: AuditOptions): Promise<number> {
  const rules = userError(() => chooseRules(allRules, options.check));
  const settings = userError(() => readSettings(session.env));
  const delivery = { aws: awsSettings(options), marksFolder: stateFolder(session.env) };
  if (options.deliver) userError(() => checkDelivery(settings, delivery));
  if (options.outputFile !== undefined) await checkWritable(options.outputFile);
  const whole = await readAccount(session, options, { rules, settings });
  const report = narrowReport(whole, options);
  await writeReport(session, options, report);
  tellWhatIsLeftOut(session, options, whole, report);
  if (options.deliver) tellDelivery(session, await sendReport(report, settings, delivery));
  return exitCode(session, resultOf(report), options.exitZero ?? false);
}

function awsSettings({ profile, region }: AuditOptions): AwsClientSettings {
  return { ...(profile && { profile }), ...(region?.[0] && { region: region[0] }) };
}

/** Where the XDG base directory specification keeps what must outlast a run. */
function stateFolder(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'clusterwhy');
}

async function readAccount(
  session: Session,
  options: AuditOptions,
  { rules, settings }: { rules: readonly AnyRule[]; settings: Settings },
): Promise<Report> {
  const { region, cluster, since } = options;
  const progress = await startProgress(session, 'Reading AWS');
  try {
    return await runAudit({
      clients: makeAwsClients(awsSettings(options)),
      rules,
      sinceMs: since,
      ...(region && { regions: region }),
      ...(cluster && { clusters: cluster }),
      ...(settings.oidcDiscoveryUrl && { discoveryBaseUrl: settings.oidcDiscoveryUrl }),
      onProgress: (step) => progress.show(step),
    });
  } finally {
    progress.stop();
  }
}

async function writeReport(
  session: Session,
  { output, outputFile }: AuditOptions,
  report: Report,
): Promise<void> {
  if (outputFile === undefined) {
    await session.write(await renderReport(report, output, session));
    return;
  }
  await writeWhole(outputFile, await renderReport(report, output, { width: defaultWidth, color: false }));
  session.log('info', `The report is in ${outputFile}`);
}

/** What the chosen part of the report does not show. */
function tellWhatIsLeftOut(
  session: Session,
  { finding, severity }: AuditOptions,
  whole: Report,
  shown: Report,
): void {
  if (finding !== undefined && shown.findings.length === 0)
    session.log('warn', `There is no finding ${finding} now: it is resolved, or this account never had it`);
  if (finding !== undefined || severity === undefined) return;
  const left = whole.findings.length - shown.findings.length;
  if (left > 0)
    session.log(
      'warn',
      `${left} finding${left === 1 ? '' : 's'} below "${severity}" ${left === 1 ? 'is' : 'are'} not shown`,
    );
}

function exitCode(
  session: Session,
  { findings, incomplete, broken }: ReportResult,
  exitZero: boolean,
): number {
  if (broken.length > 0) {
    session.log(
      'error',
      `clusterwhy: ${broken.join(', ')} failed by a fault of clusterwhy itself; please report it with the report's "outcomes"`,
    );
    return 1;
  }
  if (exitZero) return 0;
  return findings > 0 ? 3 : incomplete ? 4 : 0;
}

function tellDelivery(session: Session, results: readonly DeliveryResult[]): void {
  for (const { channel, state } of results) session.log('info', `${channel}: ${state}`);
}
