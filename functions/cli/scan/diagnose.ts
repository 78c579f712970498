/** Explains what a scan found, with the credentials at hand: the same rules, and the same proven fixes, as an audit. */
import { readIdentity } from '../../../shared/collect/aws/identity.ts';
import type { AccountCalls } from '../../../shared/collect/archive/refused-calls.ts';
import { coverageLine, type CoverageLine, type Report } from '../../../shared/report.ts';
import { rules } from '../../../shared/rules/index.ts';
import { readSettings } from '../../../shared/settings.ts';
import { archiveReadings, withTrustChanges } from '../../archive-readings.ts';
import { makeAwsClients } from '../../aws-clients.ts';
import { narrowReport } from '../../narrow-report.ts';
import type { Language } from '../../../shared/words.ts';
import { resultOf } from '../../report-result.ts';
import { runAudit } from '../../run-audit.ts';
import { exitCode } from '../audit.ts';
import { startProgress } from '../progress.ts';
import type { Session } from '../session.ts';
import { userError } from '../user-error.ts';
import { writeReport } from '../write-report.ts';
import { awsSettings, type Scanned, type ScanOptions } from './command.ts';
import { collectSettings } from '../../collect-settings.ts';

export async function diagnose(session: Session, scanned: Scanned, options: ScanOptions): Promise<number> {
  const whole = await explain(session, scanned, options);
  const report = narrowReport(whole, options);
  const { output, outputFile } = options;
  const outputs = { ...(output && { output }), ...(outputFile && { outputFile: [outputFile] }) };
  await writeReport(session, outputs, report);
  return exitCode(session, resultOf(report), options.exitZero ?? false);
}

async function explain(session: Session, scanned: Scanned, options: ScanOptions): Promise<Report> {
  const { source, filter, progress } = scanned;
  const clients = makeAwsClients(awsSettings(options));
  const settings = userError(() => readSettings(session.env));
  const { account, partition } = await readIdentity(clients, new AbortController().signal);
  const found = progress.calls.byAccount();
  const own = found.find((one) => one.account === account);
  const readings = archiveReadings(own, { source, totals: progress.totals, left: progress.calls.left() });
  const view = await startProgress(session, session.says.reading.clouds(['AWS']));
  try {
    const { lookupRate } = settings;
    const place = { account, partition, clients, now: scanned.startedAt };
    const known = await withTrustChanges(readings, { ...place, lookupRate });
    const report = await runAudit({
      clients,
      rules,
      language: session.language,
      known,
      sinceMs: sinceMs(scanned, own),
      startedAt: scanned.startedAt,
      kubernetes: true,
      ...(filter.regions && { regions: [...filter.regions] }),
      ...collectSettings(settings),
      onProgress: (step) => view.show(step),
    });
    const others = found.filter((one) => one.account !== account && hasDenials(one));
    return {
      ...report,
      coverage: [...report.coverage, ...others.map((one) => unexplained(one, session.language))],
    };
  } finally {
    view.stop();
  }
}

/** Back to where the scan began, or to the first call that it found; a day at least. */
function sinceMs({ filter, startedAt }: Scanned, calls: AccountCalls | undefined): number {
  const seen = calls?.denials.map(({ firstSeen }) => firstSeen).sort()[0];
  const from = Date.parse(filter.from ?? seen ?? '');
  return Math.max(86_400_000, Number.isNaN(from) ? 0 : startedAt.getTime() - from);
}

function hasDenials({ denials, podIdentityDenials, serviceDenials }: AccountCalls): boolean {
  return denials.length + podIdentityDenials.length + serviceDenials.length > 0;
}

function unexplained({ account, denials }: AccountCalls, language: Language): CoverageLine {
  const why = {
    en: `${denials.length} denials of this account were found and not explained: run it with credentials of the account`,
    ja: `このアカウントの拒否が ${denials.length} 種類見つかりましたが、原因は説明していません: このアカウントの認証情報で実行してください`,
  };
  return coverageLine(
    { cloud: 'aws', account, location: null, fact: 'denials', complete: false, why },
    language,
  );
}
