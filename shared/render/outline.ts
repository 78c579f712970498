/** The report in the order in which people read it: what every rendering for people is made from. */
import type { Finding, Report } from '../report.ts';
import type { Language } from '../words.ts';
import { messagesIn, type Messages } from './messages/messages-in.ts';
import { printableReport } from './printable-report.ts';

export type Severity = Finding['severity'];

/** Worst first. */
export const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

/** The findings of one cluster, or of what has no cluster in one place; worst first. */
export interface Group {
  name: string;
  findings: Finding[];
}

/** Rules with the same state for the same reason in the same place. */
export interface Verdict {
  place: string;
  why: string;
  rules: string[];
}

/** Locations whose fact was not read to its end for the same reason. */
export interface Hole {
  place: string;
  fact: string;
  locations: string[];
  why: string;
  missingPermission: string | null;
}

/** How many findings there are of each change that people are told of. */
export type Changes = NonNullable<Report['summary']['changes']>;

export interface Outline {
  /** What the rendering says of its own. */
  says: Messages;
  /** The report that may be shown: every text is printable. */
  report: Report;
  /** Findings that stand (new, open or changed), worst first. */
  standing: Finding[];
  /** The standing findings by cluster; the group with the worst finding first. */
  groups: Group[];
  /** The new and changed ones of the standing, worst first. */
  news: Finding[];
  /** The others, that were there before: longest open first. */
  open: Finding[];
  /** Whether there is no earlier report to speak of: everything is new. */
  isFirst: boolean;
  resolved: Finding[];
  muted: Finding[];
  /** Mutes that have expired and would still be for something. */
  expiredMutes: NonNullable<Report['mutes']>;
  /** How many stand, by severity; of an organization more than `standing` holds. */
  counts: Record<Severity, number>;
  /** How many stand in all. */
  total: number;
  /** All findings by what changed; of an organization more than the lists hold. */
  changes: Changes;
  undecided: Verdict[];
  broken: Verdict[];
  /** Rules that found nothing. */
  passed: Verdict[];
  holes: Hole[];
  /** What was read to its end, one line for each place. */
  read: { place: string; facts: string[] }[];
}

/** Orders a report for reading in a language; what the report does not have in it stays English. */
export function outline(given: Report, language: Language = 'en'): Outline {
  const says = messagesIn(language);
  const report = printableReport(reportIn(given, language), says);
  const standing = report.findings.filter(isStanding).sort(byWorst);
  const resolved = report.findings.filter(({ change }) => change === 'resolved');
  const counts = report.organization ? report.summary.bySeverity : countBySeverity(standing);
  const changes = report.summary.changes ?? countChanges(report.findings);
  return {
    says,
    report,
    standing,
    groups: groupByCluster(standing, report),
    news: standing.filter(({ change }) => change !== 'open'),
    open: standing.filter(({ change }) => change === 'open').sort(byAge),
    isFirst: changes.changed + changes.resolved + changes.open === 0,
    resolved,
    muted: report.findings.filter(({ change }) => change === 'muted'),
    expiredMutes: (report.mutes ?? []).filter(({ state, findings }) => state === 'expired' && findings > 0),
    counts,
    total: severities.reduce((sum, severity) => sum + counts[severity], 0),
    changes,
    undecided: verdicts(report, 'unknown', says),
    broken: verdicts(report, 'broken', says),
    passed: verdicts(report, 'pass', says),
    holes: holes(report, says),
    read: read(report),
  };
}

/** The report with its texts in the language, where it has them. */
export function reportIn(report: Report, language: Language): Report {
  if (language === 'en') return report;
  const { place } = messagesIn(language);
  return {
    ...report,
    findings: report.findings.map((finding) => findingIn(finding, language)),
    outcomes: report.outcomes.map((line) => lineIn(line, language, place)),
    coverage: report.coverage.map((line) => lineIn(line, language, place)),
    ...(report.organization && {
      organization: {
        ...report.organization,
        groups: report.organization.groups.map((one) => groupIn(one, language)),
      },
    }),
  };
}

/** The finding with its texts in the language, where it has them. */
function findingIn(finding: Finding, language: Language): Finding {
  if (finding.translated?.language !== language) return finding;
  const { title, cause, summary, evidence } = finding.translated;
  return { ...finding, title, cause, evidence, fix: { ...finding.fix, summary } };
}

type Reasoned = Pick<Report['coverage'][number], 'account' | 'why' | 'translated'>;

/** An outcome, or a line of the coverage, with its reason in the language, where it has it. */
function lineIn<Line extends Reasoned>(line: Line, language: Language, place: Messages['place']): Line {
  const { account, translated, why } = line;
  return {
    ...line,
    account: place(account),
    why: translated?.language === language ? translated.why : why,
  };
}

type BrokenGroup = NonNullable<Report['organization']>['groups'][number];

function groupIn(group: BrokenGroup, language: Language): BrokenGroup {
  return group.translated?.language === language ? { ...group, title: group.translated.title } : group;
}

/** Findings by cluster, in the order of their first one. */
export function groupByCluster(findings: readonly Finding[], report: Owned): Group[] {
  return [...groupBy(findings, (finding) => groupName(finding, report))].map(([name, of]) => ({
    name,
    findings: of,
  }));
}

/** `AWS 111122223333`, `Google Cloud my-project`. */
export function placeName({ cloud, account }: { cloud: 'aws' | 'gcp'; account: string }): string {
  return `${cloud === 'aws' ? 'AWS' : 'Google Cloud'} ${account}`;
}

export function countBySeverity(findings: readonly Finding[]): Record<Severity, number> {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  for (const { severity } of findings) counts[severity]++;
  return counts;
}

function countChanges(findings: readonly Finding[]): Changes {
  const counts = { new: 0, changed: 0, resolved: 0, open: 0 };
  for (const { change } of findings) if (change !== 'muted') counts[change] += 1;
  return counts;
}

function isStanding({ change }: Finding): boolean {
  return change !== 'resolved' && change !== 'muted';
}

function byWorst(a: Finding, b: Finding): number {
  return severities.indexOf(a.severity) - severities.indexOf(b.severity);
}

/** Times in ISO 8601 sort as text; where none is known it is as if it had begun now. */
function byAge(a: Finding, b: Finding): number {
  const [since, other] = [a.openSince ?? '~', b.openSince ?? '~'];
  return since === other ? 0 : since < other ? -1 : 1;
}

/** What tells whose an account is. */
type Owned = Pick<Report, 'organization'>;

/** `AWS 111122223333 / eu-west-1 / prod`; in an organization `AWS 111122223333 (shop-prod, /Production/Shop) / …`. */
export function groupName(finding: Finding, { organization }: Owned): string {
  const owner = organization?.owners[finding.account];
  const of = owner ? ` (${[owner.name, owner.unit].filter(Boolean).join(', ')})` : '';
  const parts = [placeName(finding) + of, finding.location, finding.cluster];
  return parts.filter((part) => part !== null).join(' / ');
}

function verdicts({ outcomes }: Report, status: 'pass' | 'unknown' | 'broken', says: Messages): Verdict[] {
  const those = outcomes.filter((outcome) => outcome.status === status);
  const alike = groupBy(those, (outcome) => JSON.stringify([placeName(outcome), outcome.why]));
  return [...alike.values()].flatMap((group) =>
    group.slice(0, 1).map((first) => ({
      place: placeName(first),
      why: first.why ?? says.noReason,
      rules: group.map(({ rule }) => rule),
    })),
  );
}

function holes({ coverage }: Report, says: Messages): Hole[] {
  const incomplete = coverage.filter(({ complete }) => !complete);
  const alike = groupBy(incomplete, (gap) =>
    JSON.stringify([placeName(gap), gap.fact, gap.why, gap.missingPermission]),
  );
  return [...alike.values()].flatMap((group) =>
    group.slice(0, 1).map((first) => ({
      place: placeName(first),
      fact: first.fact,
      locations: group.flatMap(({ location }) => location ?? []),
      why: first.why ?? says.noReason,
      missingPermission: first.missingPermission ?? null,
    })),
  );
}

function read({ coverage }: Report): Outline['read'] {
  const complete = coverage.filter((line) => line.complete);
  return [...groupBy(complete, placeName)].map(([place, lines]) => ({
    place,
    facts: [...new Set(lines.map(({ fact, why }) => (why === null ? fact : `${fact} (${why})`)))],
  }));
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
