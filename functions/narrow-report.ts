/** What is left of a report when a person asks for a part of it, and what a report amounts to. */
import { isStanding, withFindings, type Finding, type Report } from '../shared/report.ts';
import { severities, type Severity } from '../shared/rule.ts';

export interface Part {
  /** The least severity that is wanted. */
  severity?: Severity | undefined;
  /** The id of the one finding that is wanted. */
  finding?: string | undefined;
}

/** The same report with only the findings that are wanted, counted anew. */
export function narrowReport(report: Report, { severity, finding }: Part): Report {
  const least = severities.indexOf(severity ?? 'info');
  const findings = report.findings.filter(
    (item) => severities.indexOf(item.severity) <= least && (!finding || item.id === finding),
  );
  const narrowed = withFindings(report, findings);
  return report.organization ? narrowOrganization(narrowed, report, { severity, finding }) : narrowed;
}

/** Of an organization the report counts more than it holds; what it was narrowed to is counted as it was. */
function narrowOrganization(
  narrowed: Report,
  { summary, organization }: Report,
  { severity, finding }: Part,
) {
  if (!organization) return narrowed;
  const least = severities.indexOf(severity ?? 'info');
  const { bySeverity } = narrowed.summary;
  for (const one of severities.slice(0, least + 1)) if (!finding) bySeverity[one] = summary.bySeverity[one];
  const rules = finding && narrowed.findings.map(({ rule }) => rule);
  const groups = organization.groups.filter(
    (group) => severities.indexOf(group.severity) <= least && (!rules || rules.includes(group.rule)),
  );
  const { changes, ...counts } = narrowed.summary;
  const isWhole = !finding && least === severities.length - 1;
  return {
    ...narrowed,
    summary: { ...counts, ...(isWhole && changes && { changes }), muted: summary.muted },
    organization: { ...organization, groups, ...(finding && { leftOut: 0 }) },
  };
}

/** Findings that ask for something to be done: muted and resolved ones do not. */
export function openFindings({ findings }: Report): Finding[] {
  return findings.filter(isStanding);
}
