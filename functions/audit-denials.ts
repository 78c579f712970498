/** The audit of a few denials that were captured as they happened: what explains them, and nothing else. */
import type { CapturedDenial } from '../shared/capture/captured-denial.ts';
import type { Cause } from '../shared/capture/cool-down.ts';
import { denialKey } from '../shared/capture/count-events.ts';
import type { DenialsTable } from '../shared/capture/denials-table.ts';
import { denialFacts, knownReadings } from '../shared/capture/known-readings.ts';
import { standingCounts, type Finding, type Report } from '../shared/report.ts';
import type { AnyRule } from '../shared/rule.ts';
import { runAudit, type AuditRequest } from './run-audit.ts';

/** How long each list of a cluster may take: whoever asks waits for all of it. */
const mostKubernetesMs = 45_000;

export interface DenialsRequest extends Omit<AuditRequest, 'known'> {
  table: DenialsTable;
  /** Ids of the denials. */
  denials: readonly string[];
}

/** The events are not looked up: the event history tells of a call only minutes after the capture did. */
export async function auditDenials({
  table,
  denials: ids,
  ...request
}: DenialsRequest): Promise<{ report: Report; causes: Cause[] }> {
  const denials = await readDenials(table, ids);
  const known = knownReadings(denials);
  const facts = denials.map(({ kind }) => denialFacts[kind]);
  const rules = request.rules.filter(({ needs }) => facts.some((fact) => fact in needs));
  const found = await runAudit({
    ...request,
    rules,
    known,
    kubernetesLimits: { budgetMs: mostKubernetesMs },
  });
  const report = onlyDenials(found, rules);
  return { report, causes: report.findings.map((finding) => causeOf(finding, denials)) };
}

/** A finding names the events that it explains. */
function causeOf({ id, denial }: Finding, denials: readonly CapturedDenial[]): Cause {
  const events = new Set(denial?.sampleEventIds);
  const explained = denials.filter((one) => one.denial.sampleEventIds.some((event) => events.has(event)));
  return { id, denials: explained.map((one) => one.id) };
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
