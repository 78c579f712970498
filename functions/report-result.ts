/** What a report amounts to, for an exit code or the answer of a function. */
import { finalErrors } from '../shared/deployment.ts';
import type { Report } from '../shared/report.ts';
import { openFindings } from './narrow-report.ts';

export interface ReportResult {
  /** Findings that are neither muted nor resolved. */
  findings: number;
  /** Whether the cloud did not let us look at something: every refusal leaves a gap in the coverage. */
  incomplete: boolean;
  /** Ids of rules that failed by a fault of our own. */
  broken: string[];
}

export function resultOf(report: Report): ReportResult {
  const broken = report.outcomes.filter(({ status }) => status === 'broken').map(({ rule }) => rule);
  return {
    // The report of an organization holds the worst only.
    findings: report.organization ? sum(report.summary.bySeverity) : openFindings(report).length,
    incomplete: report.coverage.some(({ complete }) => !complete),
    broken: [...new Set(broken)],
  };
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** The report is out, and says that a rule of ours broke; another attempt would fail alike. */
export class BrokenRuleError extends Error {
  override name = finalErrors.broken;
}

/** A fault of our own must not pass for a run that went well; called when the report is out. */
export function failIfBroken({ broken }: Pick<ReportResult, 'broken'>): void {
  if (broken.length === 0) return;
  throw new BrokenRuleError(
    `The report was delivered, but ${broken.join(', ')} failed by a fault of clusterwhy itself: please report it with the report's outcomes`,
  );
}
