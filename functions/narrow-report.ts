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
  return withFindings(report, findings);
}

/** Findings that ask for something to be done: muted and resolved ones do not. */
export function openFindings({ findings }: Report): Finding[] {
  return findings.filter(isStanding);
}
