/** The audit of a few denials that were captured as they happened: what explains them, and nothing else. */
import type { CapturedDenial } from '../shared/capture/captured-denial.ts';
import { denialKey } from '../shared/capture/count-events.ts';
import type { DenialsTable } from '../shared/capture/denials-table.ts';
import { knownReadings } from '../shared/capture/known-readings.ts';
import { standingCounts, type Report } from '../shared/report.ts';
import type { AnyRule } from '../shared/rule.ts';
import { runAudit, type AuditRequest } from './run-audit.ts';

export interface DenialsRequest extends Omit<AuditRequest, 'known'> {
  table: DenialsTable;
  /** Ids of the denials. */
  denials: readonly string[];
}

/** The events are not looked up: the event history tells of a call only minutes after the capture did. */
export async function auditDenials({ table, denials: ids, ...request }: DenialsRequest): Promise<Report> {
  const denials = await readDenials(table, ids);
  const known = knownReadings(denials);
  const rules = request.rules.filter(({ needs }) => Object.keys(known).some((fact) => fact in needs));
  return onlyDenials(await runAudit({ ...request, rules, known }), rules);
}

async function readDenials(table: DenialsTable, ids: readonly string[]): Promise<CapturedDenial[]> {
  const found = await Promise.all(ids.map((id) => table.read(denialKey(id), new Date())));
  const denials = found.flatMap(({ document }) => (document ? [document as CapturedDenial] : []));
  if (denials.length > 0) return denials;
  throw new Error(
    `Cannot explain the denials ${ids.join(', ')}: the table holds none of them; the daily audit tells what it finds`,
  );
}

/** Faults that no call has met yet are for the daily report, and so is what its rules could not decide. */
function onlyDenials(report: Report, rules: readonly AnyRule[]): Report {
  const findings = report.findings.filter(({ denial }) => denial !== null);
  const told = new Set(findings.map(({ rule }) => rule));
  const looked = new Set<string>(rules.flatMap(({ needs }) => Object.keys(needs)));
  return {
    ...report,
    findings,
    outcomes: report.outcomes.filter(({ rule, status }) => told.has(rule) || status === 'broken'),
    coverage: report.coverage.filter(({ fact }) => looked.has(fact)),
    summary: { ...report.summary, bySeverity: standingCounts(findings) },
  };
}
