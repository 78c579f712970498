/** What a look at the clouds says of each error. */
import type { FoundError } from '../../../shared/explain/scan-errors.ts';
import { withFindings, type Finding, type Report } from '../../../shared/report.ts';
import { rules as allRules } from '../../../shared/rules/index.ts';
import type { Session } from '../session.ts';
import { findingsAbout } from './findings-about.ts';
import { otherAccounts } from './other-accounts.ts';
import { whereClustersAre } from './where-clusters-are.ts';

export interface Answer {
  /** Id of the kind of error. */
  kind: string;
  /**
   * `found`: findings are about it. `seen`: there is none, and what was seen tells the cause. `nothing`: nothing that
   * leads to it is wrong now. `undecided`: not everything that decides could be looked at. `elsewhere`: only the pod or
   * the machine shows it. `not looked at`: for the reasons that the notes give.
   */
  state: 'found' | 'seen' | 'nothing' | 'undecided' | 'elsewhere' | 'not looked at';
  /** Ids of the findings that are about it, calls that were refused first. */
  findings: string[];
  /** What was seen that is no finding; only where there is none. */
  seen: Seen[];
  /** What is undecided, and why. */
  why: string[];
}

export interface Seen {
  /** One sentence. */
  says: string;
  /** What to do then, complete; null where that is not one command. */
  command: string | null;
}

/** What decides how errors are answered besides the report. */
interface Asked {
  /** Whether the projects were chosen by the user, whatever the text names. */
  isProjectChosen: boolean;
  /** What was seen besides the report, by the id of the kind of error. */
  seen: ReadonlyMap<string, Seen[]>;
  /** What could not be judged, likewise. */
  unknown: ReadonlyMap<string, string[]>;
}

/** One answer for each error, in their order. */
export function answerErrors(
  session: Session,
  errors: readonly FoundError[],
  report: Report | null,
  asked: Asked,
): Answer[] {
  return errors.map((error) => answer(session, error, report, asked));
}

/** Errors of one account's permission, which is judged only where a log or an operation shows that it was refused. */
const onlyWhereSeen: ReadonlySet<string> = new Set([
  'gke-act-as-denied',
  'gke-cluster-get-denied',
  'gke-permission-missing',
  'google-permission-denied',
  'kubernetes-forbidden',
]);

function answer(session: Session, error: FoundError, report: Report | null, asked: Asked): Answer {
  const { kind } = error;
  const empty = { kind: kind.id, findings: [], seen: [], why: [] };
  if (kind.rules.length === 0) return { ...empty, state: 'elsewhere' };
  if (!report?.scope.some(({ cloud }) => cloud === kind.cloud)) return { ...empty, state: 'not looked at' };
  const found = findingsAbout(report.findings, error, asked.isProjectChosen);
  const findings = refusedFirst(found).map(({ id }) => id);
  if (findings.length > 0) return { ...empty, state: 'found', findings };
  const seen = [...(asked.seen.get(kind.id) ?? []), ...whereClustersAre(session, error, report)];
  if (seen.length > 0) return { ...empty, state: 'seen', seen };
  const others = otherAccounts(session, error, report);
  const { live } = session.says.explain;
  const own = [
    ...(onlyWhereSeen.has(kind.id) ? [live.notSeen] : []),
    ...(kind.id === 'gke-not-found' ? [live.noCluster] : []),
    ...(asked.unknown.get(kind.id) ?? []),
  ];
  const unknown = others.length > 0 ? others : own;
  const why = [...unknown, ...undecided(session, error, report)];
  return { ...empty, state: why.length > 0 ? 'undecided' : 'nothing', why };
}

/** What was refused last is most likely what somebody asks about. */
function refusedFirst(findings: readonly Finding[]): Finding[] {
  const lastRefused = ({ denial }: Finding) => (denial === null ? 0 : Date.parse(denial.lastSeen));
  return [...findings].sort((a, b) => lastRefused(b) - lastRefused(a));
}

/** Why the rules of the error came to no verdict; where they came to one of something else, what they did not see. */
function undecided({ language }: Session, { kind }: FoundError, report: Report): string[] {
  const rules: readonly string[] = kind.rules;
  const told = ({ why, translated }: { why: string | null; translated?: { why: string } | undefined }) =>
    (language === 'en' ? undefined : translated?.why) ?? why ?? '';
  const unknown = report.outcomes.filter(
    ({ rule, status }) => rules.includes(rule) && (status === 'unknown' || status === 'broken'),
  );
  const facts = new Set(
    allRules.filter(({ id }) => rules.includes(id)).flatMap(({ needs }) => Object.keys(needs)),
  );
  const missed = report.coverage.filter(
    ({ cloud, complete, fact }) => cloud === kind.cloud && !complete && facts.has(fact),
  );
  return [...new Set((unknown.length > 0 ? unknown : missed).map(told))].filter((why) => why !== '');
}

/** The report with what concerns the errors: findings, verdicts, and what was read for them. */
export function reportOf(report: Report, errors: readonly FoundError[], answers: readonly Answer[]): Report {
  const ids = new Set(answers.flatMap(({ findings }) => findings));
  const findings = report.findings.filter(({ id }) => ids.has(id));
  const rules = new Set<string>([
    ...errors.flatMap(({ kind }) => kind.rules),
    ...findings.map(({ rule }) => rule),
  ]);
  return {
    ...withFindings(report, findings),
    outcomes: report.outcomes.filter(({ rule }) => rules.has(rule)),
  };
}
