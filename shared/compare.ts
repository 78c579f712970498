/** What changed since the last report of the same scope: pure, from two reports. */
import { isDeepStrictEqual } from 'node:util';
import { sortFindings, standingCounts, type Finding, type Report } from './report.ts';

/** The facts that a rule judges by; undefined where the rule is not known, which then rests on every fact. */
export type RestsOn = (rule: string) => readonly string[] | undefined;

/** Label of the evidence that a finding was carried over from an earlier report. */
export const notLookedAt = 'Not looked at in this run';

/**
 * Gives every finding its `change` and the time at which it was first reported. What was open in the previous report and
 * is absent now is resolved where all that it rests on was looked at; elsewhere it stays open, and says so. Findings
 * that are muted stay muted. Without a previous report everything is new.
 */
export function compareReports(report: Report, previous: Report | null, restsOn: RestsOn): Report {
  const before = new Map(previous ? openFindings(previous).map((finding) => [finding.id, finding]) : []);
  const present = report.findings.map((finding) => compared(finding, before.get(finding.id), report));
  const ids = new Set(report.findings.map(({ id }) => id));
  const absent = [...before.values()].filter(({ id }) => !ids.has(id));
  const left = absent.map((finding) =>
    wasLookedAt(finding, report, restsOn)
      ? resolved(finding)
      : carriedOver(finding, previous?.finishedAt ?? report.startedAt),
  );
  const findings = sortFindings([...present, ...left]);
  return { ...report, findings, summary: { ...report.summary, bySeverity: standingCounts(findings) } };
}

/** Whether somebody should be told: something is new, changed or resolved. */
export function hasNews({ findings }: Report): boolean {
  return findings.some(({ change }) => change === 'new' || change === 'changed' || change === 'resolved');
}

/**
 * What was not looked at and was looked at in the previous report, one line for each; none without a previous report.
 * A place that has left the scope is not missed.
 */
export function newGaps(report: Report, previous: Report | null): Report['coverage'] {
  if (!previous) return [];
  const known = new Set(gapsOf(previous).map(gapKey));
  const places = new Set(previous.scope.map(placeKey));
  return gapsOf(report).filter((gap) => places.has(placeKey(gap)) && !known.has(gapKey(gap)));
}

/** Findings of an earlier report that may still be there; muted ones are known, too. */
function openFindings({ findings, startedAt }: Report): Finding[] {
  return findings
    .filter(({ change }) => change !== 'resolved')
    .map((finding) => ({ firstReported: startedAt, ...finding }));
}

function compared(finding: Finding, before: Finding | undefined, { startedAt }: Report): Finding {
  const firstReported = before?.firstReported ?? startedAt;
  if (finding.change === 'muted') return { ...finding, firstReported };
  if (!before) return { ...finding, change: 'new', firstReported };
  const change = isDeepStrictEqual(essence(finding), essence(before)) ? 'open' : 'changed';
  return { ...finding, change, firstReported };
}

/** What makes a finding another one although its id is the same; as JSON keeps it, for the earlier one was stored. */
function essence({ cause, severity, alsoWrong, fix }: Finding): unknown {
  return JSON.parse(JSON.stringify({ cause, severity, alsoWrong: [...alsoWrong].sort(), fix }));
}

function resolved(finding: Finding): Finding {
  return { ...finding, change: 'resolved', evidence: withoutNote(finding) };
}

function carriedOver(finding: Finding, seenAt: string): Finding {
  const known = finding.evidence.find(({ label }) => label === notLookedAt);
  const note = known ?? { label: notLookedAt, value: `last seen in the report of ${seenAt}` };
  const change = finding.change === 'muted' ? 'muted' : 'open';
  return { ...finding, change, evidence: [note, ...withoutNote(finding)] };
}

function withoutNote({ evidence }: Finding): Finding['evidence'] {
  return evidence.filter(({ label }) => label !== notLookedAt);
}

/** Whether its absence means something: the rule came to a verdict there, and no part of what it judges by was left out. */
function wasLookedAt(finding: Finding, report: Report, restsOn: RestsOn): boolean {
  const place = placeKey(finding);
  const outcome = report.outcomes.find((line) => line.rule === finding.rule && placeKey(line) === place);
  if (outcome?.status !== 'pass' && outcome?.status !== 'fail') return false;
  if (!isInScope(finding, report)) return false;
  const facts = restsOn(finding.rule);
  return !gapsOf(report).some(
    (gap) => placeKey(gap) === place && (!facts || facts.includes(gap.fact)) && touches(gap, finding),
  );
}

/** Calls to the global endpoint are recorded in another region than the caller's: any gap in the denials counts. */
function touches({ location, fact }: Report['coverage'][number], finding: Finding): boolean {
  if (location === null || finding.location === null || location === finding.location) return true;
  return fact === 'denials' && finding.denial !== null;
}

/** A region that is no longer asked for, or no longer enabled, was not looked at. */
function isInScope({ location, ...finding }: Finding, { scope }: Report): boolean {
  const places = scope.filter((place) => placeKey(place) === placeKey(finding));
  return places.some(({ regions }) => location === null || !regions || regions.includes(location));
}

function gapsOf({ coverage }: Report): Report['coverage'] {
  return coverage.filter(({ complete }) => !complete);
}

function gapKey({ fact, location, ...place }: Report['coverage'][number]): string {
  return JSON.stringify([placeKey(place), fact, location]);
}

function placeKey({ cloud, account }: Pick<Finding, 'cloud' | 'account'>): string {
  return `${cloud}/${account}`;
}
