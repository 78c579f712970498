/** What changed since the last report of the same scope: pure, from two reports. */
import { isDeepStrictEqual } from 'node:util';
import { sortFindings, withFindings, type Finding, type Report } from './report.ts';

/** The facts that a rule judges by; undefined where the rule is not known, which then rests on every fact. */
export type RestsOn = (rule: string) => readonly string[] | undefined;

/** Label of the evidence that a finding was carried over from an earlier report. */
export const notLookedAt = 'Not looked at in this run';

/** The same in the other languages. */
const notLookedAtIn = { ja: '今回の実行では調べていません' };

/**
 * Gives every finding its `change` and the time since which it is open. What was open in the previous report and is
 * absent now is resolved where all that it rests on was looked at; elsewhere it stays open, and says so. Findings that
 * are muted stay muted; one that was and no longer is counts as changed. Without a previous report everything is new.
 */
export function compareReports(report: Report, previous: Report | null, restsOn: RestsOn): Report {
  const before = new Map(previous ? openFindings(previous).map((finding) => [finding.id, finding]) : []);
  const present = report.findings.map((finding) => compared(finding, before.get(finding.id), report));
  const ids = new Set(report.findings.map(({ id }) => id));
  const absent = [...before.values()].filter(({ id }) => !ids.has(id));
  const left = absent.map((finding) =>
    previous && wasLookedAt(finding, report, previous, restsOn)
      ? resolved(finding)
      : carriedOver(finding, report, previous?.finishedAt ?? report.startedAt),
  );
  return withFindings(report, sortFindings([...present, ...left]));
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
    .map((finding) => ({ openSince: startedAt, ...finding }));
}

function compared(finding: Finding, before: Finding | undefined, { startedAt }: Report): Finding {
  const openSince = before?.openSince ?? startedAt;
  if (finding.change === 'muted') return { ...finding, openSince };
  if (!before) return { ...finding, change: 'new', openSince };
  const isSame = before.change !== 'muted' && isDeepStrictEqual(essence(finding), essence(before));
  const change = isSame ? 'open' : 'changed';
  return { ...finding, change, openSince };
}

/** What makes a finding another one although its id is the same; as JSON keeps it, for the earlier one was stored. */
function essence({ cause, severity, alsoWrong, fix }: Finding): unknown {
  const { policy, commands, verified } = fix;
  const lasting = {
    summary: withoutPassing(fix.summary),
    commands,
    verified,
    // Commands tell what they change; the document around that is edited for other reasons, too.
    ...(commands.length === 0 && { policy }),
  };
  return JSON.parse(
    JSON.stringify({
      cause: withoutPassing(cause),
      severity,
      alsoWrong: [...alsoWrong].sort(),
      fix: lasting,
    }),
  );
}

/** For how long, how often, and when last: other words each day for what is wrong as it was. */
function withoutPassing(text: string): string {
  return text.replaceAll(/\b(?:once|\d[\d,]* (?:days?|times?))\b|\b\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, '…');
}

function resolved(finding: Finding): Finding {
  return { ...finding, change: 'resolved', evidence: withoutNote(finding), ...translatedNote(finding, null) };
}

function carriedOver(finding: Finding, { startedAt }: Report, seenAt: string): Finding {
  const known = finding.evidence.find(({ label }) => label === notLookedAt);
  const note = known ?? { label: notLookedAt, value: `last seen in the report of ${seenAt}` };
  const isMuted = finding.change === 'muted' && !hasExpired(finding, startedAt);
  const change = isMuted ? 'muted' : finding.change === 'muted' ? 'changed' : 'open';
  return {
    ...finding,
    change,
    evidence: [note, ...withoutNote(finding)],
    ...translatedNote(finding, seenAt),
  };
}

/** The translated texts with the same note, or without it where `seenAt` is null. */
function translatedNote({ translated }: Finding, seenAt: string | null): Pick<Finding, 'translated'> {
  if (translated?.language !== 'ja') return {};
  const label = notLookedAtIn.ja;
  const known = translated.evidence.find((one) => one.label === label);
  const note = known ?? { label, value: `最後に確認されたのは ${seenAt ?? ''} のレポートです` };
  const others = translated.evidence.filter((one) => one !== known);
  return { translated: { ...translated, evidence: seenAt === null ? others : [note, ...others] } };
}

function hasExpired({ mute }: Finding, time: string): boolean {
  return mute !== undefined && Date.parse(mute.expires) <= Date.parse(time);
}

function withoutNote({ evidence }: Finding): Finding['evidence'] {
  return evidence.filter(({ label }) => label !== notLookedAt);
}

/**
 * Whether its absence means something: the rule came to a verdict there, no part of what it judges by was left out, and
 * no time lies between the refused calls that the previous run and this one read.
 */
function wasLookedAt(finding: Finding, report: Report, previous: Report, restsOn: RestsOn): boolean {
  const place = placeKey(finding);
  const outcome = report.outcomes.find((line) => line.rule === finding.rule && placeKey(line) === place);
  if (outcome?.status !== 'pass' && outcome?.status !== 'fail') return false;
  if (!isInScope(finding, report)) return false;
  if (finding.denial !== null && report.window.from > previous.window.to) return false;
  const facts = restsOn(finding.rule);
  const isUsed = ({ fact }: Report['coverage'][number]) => !facts || facts.includes(fact);
  const isGap = (gap: Report['coverage'][number]) => isUsed(gap) && touches(gap, finding);
  return (
    !gapsOf(report)
      .filter((gap) => placeKey(gap) === place)
      .some(isGap) && !leftOut(place, report, previous).some(isUsed)
  );
}

/** What the previous run read of a place and this one was not asked to read. */
function leftOut(place: string, report: Report, previous: Report): Report['coverage'] {
  const ofPlace = (line: Report['coverage'][number]) => placeKey(line) === place;
  const asked = new Set(report.coverage.filter(ofPlace).map(({ fact }) => fact));
  return previous.coverage.filter((line) => ofPlace(line) && !asked.has(line.fact));
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
