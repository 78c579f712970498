/** The AWS part of `clusterwhy explain --live`: the regions, clusters and facts that a text is about, and nothing else. */
import type { AwsClients } from '../../../shared/collect/aws/account.ts';
import { parseEksIssuer } from '../../../shared/domain/issuer.ts';
import type { Values } from '../../../shared/explain/error-kind.ts';
import type { FoundError } from '../../../shared/explain/scan-errors.ts';
import { rules as allRules } from '../../../shared/rules/index.ts';
import { readSettings } from '../../../shared/settings.ts';
import { auditReport, type Collector } from '../../audit-report.ts';
import { makeAwsClients } from '../../aws-clients.ts';
import { collectSettings } from '../../collect-settings.ts';
import { neededFacts } from '../../needed-facts.ts';
import { accountCollector, type AccountRequest } from '../../run-audit.ts';
import { failureLine } from '../failure.ts';
import type { ProgressView } from '../progress.ts';
import type { Session } from '../session.ts';
import { userError } from '../user-error.ts';
import { beforeWindow } from './before-window.ts';
import type { LiveOptions, Look } from './live.ts';
import { namedByAll, valuesOf } from './named-by-all.ts';
import { rulesAbout } from './rules-about.ts';
import { throwFault } from './throw-fault.ts';
import { toldDenials, type ToldDenials } from './told-denials.ts';
import { whatIsMissing } from './what-is-missing.ts';
import { withDecoded } from './with-decoded.ts';
import { withRecords } from './with-records.ts';

export async function lookAtAws(
  session: Session,
  found: FoundError[],
  options: LiveOptions,
  progress: ProgressView,
): Promise<Look> {
  const { says, language } = session;
  const clients = clientsOf(options);
  try {
    await clients.sts.config.credentials();
  } catch (error) {
    const notes = [says.explain.notLookedAt('AWS', failureLine(error, language))];
    return { errors: found, report: null, notes };
  }
  const decoded = await withDecoded(session, clients, found);
  const recorded = await withRecords(session, clients, decoded.errors, options);
  const { errors } = recorded;
  const notes = [...decoded.notes, ...recorded.notes];
  const rules = rulesAbout(
    errors.map(({ kind }) => kind),
    allRules,
  );
  const told = toldDenials(clients, errors, new Date().toISOString());
  const request = { ...options, facts: neededFacts(rules), supplement: told.supplement };
  const collector = collectorOf(session, clients, errors, request, progress);
  try {
    const report = await auditReport({ collectors: [collector], rules, sinceMs: options.since, language });
    const account = report.scope[0]?.account ?? '';
    const seen = await whatIsMissing(session, clients, errors, account);
    const unknown = new Map(told.isUnknown() ? [['aws-denied', [says.explain.live.noCall]]] : []);
    const more = [...toldNotes(session, told), ...beforeWindow(session, errors, report)];
    return { errors, report, seen, unknown, notes: [...notes, ...more] };
  } catch (error) {
    throwFault(error);
    const why = says.explain.notLookedAt('AWS', failureLine(error, language));
    return { errors, report: null, notes: [...notes, why] };
  }
}

function toldNotes({ says }: Session, { judged }: ToldDenials): string[] {
  return judged.size === 0 ? [] : [says.explain.live.onlyTold([...judged])];
}

function clientsOf({ profile, region }: LiveOptions): AwsClients {
  return makeAwsClients({ ...(profile && { profile }), ...(region?.[0] && { region: region[0] }) });
}

function collectorOf(
  session: Session,
  clients: AwsClients,
  errors: readonly FoundError[],
  { region, facts, supplement }: LiveOptions & Required<Pick<AccountRequest, 'facts' | 'supplement'>>,
  progress: ProgressView,
): Collector {
  const cases = errors.filter(({ kind }) => kind.rules.length > 0).flatMap(valuesOf);
  const regions = region ?? namedByAll(cases, regionsOf);
  const clusters = namedByAll(cases, ({ cluster }) => cluster ?? []);
  return accountCollector({
    clients,
    ...(regions && { regions }),
    ...(clusters && { clusters }),
    ...collectSettings(userError(() => readSettings(session.env))),
    kubernetes: true,
    facts,
    supplement,
    onProgress: (step) => progress.show(step),
  });
}

/** Where the call was made and where its cluster is: calls of the global endpoint are recorded in us-east-1. */
function regionsOf({ region, issuer }: Values): string[] {
  const ofIssuer = issuer === undefined ? null : parseEksIssuer(issuer);
  return [...(region === undefined ? [] : [region]), ...(ofIssuer ? [ofIssuer.region] : [])];
}
