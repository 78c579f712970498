/** The report in one paragraph: what stands, where, what was seen, and how much of it was not looked at. */
import type { Report } from '../report.ts';
import { moment } from './moment.ts';
import { accountsRead } from './organization.ts';
import { placeName, severities, type Outline, type Severity } from './outline.ts';
import { firstFew, list, plural } from './plural.ts';

const says = {
  news: (news: string) => `Since the last report: ${news}.`,
  noNews: 'Nothing changed since the last report.',
  nothing: 'Nothing was found.',
  found: (findings: string, counts: string) => `${findings}: ${counts}.`,
  looked: (clusters: string | null, places: string) =>
    `Looked at ${clusters === null ? '' : `${clusters} in `}${places}.`,
  nowhere: 'no place at all',
  span: (from: string, to: string) => `between ${from} and ${to}`,
  partlyNone: (span: string) =>
    `Refused calls ${span} could not be read to the end; none was seen in what was read.`,
  none: (span: string) =>
    `No refused call was seen ${span}; many failures leave no event, so that does not show that all is well.`,
  refused: (calls: string, distinct: string, span: string) => `${calls} (${distinct} distinct) ${span}`,
  atLeast: (refused: string) => `At least ${refused}: not all of it could be read.`,
  undecided: (rules: string) => `${rules} could not decide`,
  broke: (rules: string) => `${rules} broke`,
  unread: (facts: string) => `${facts} could not be read to the end`,
  seeEnd: (parts: string) => `${parts}; the end of the report says which.`,
  muted: (findings: string) => `${findings} muted, not counted.`,
  expired: (mutes: string, findings: string) => `${mutes} expired: ${findings} counted again.`,
};

/** The sentences of the paragraph. "Nothing found" and "no refused call" are never put as health. */
export function summary(outline: Outline): string[] {
  return [
    sinceLast(outline),
    found(outline),
    looked(outline.report),
    refused(outline),
    undecided(outline),
    muted(outline),
    expired(outline),
  ].filter((sentence) => sentence !== '');
}

/** `1 critical, 3 high`; empty where all counts are zero. */
export function severityCounts(counts: Record<Severity, number>): string {
  return severities
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity].toLocaleString('en-US')} ${severity}`)
    .join(', ');
}

/** The day's news; empty in a first report, in which everything is new. */
function sinceLast({ changes, isFirst }: Outline): string {
  if (isFirst) return '';
  const news = newsCounts({ changes });
  return news.length > 0 ? says.news(list(news)) : says.noNews;
}

/** `1 new`, `2 changed`, `1 resolved`: those that are not zero. */
export function newsCounts({ changes }: Pick<Outline, 'changes'>): string[] {
  return (['new', 'changed', 'resolved'] as const).flatMap((change) =>
    changes[change] > 0 ? [`${changes[change].toLocaleString('en-US')} ${change}`] : [],
  );
}

function found({ total, counts }: Outline): string {
  if (total === 0) return says.nothing;
  return says.found(plural(total, 'finding'), severityCounts(counts));
}

/** A run that was not asked to read clusters has nothing to say of their number. */
function looked({ summary: { clusters }, scope, coverage, organization }: Report): string {
  const places = [...new Set(scope.map(placeName))];
  const named = places.length > 0 ? firstFew(places, 4) : says.nowhere;
  const where = organization ? accountsRead(organization) : named;
  const wasAsked = clusters > 0 || reads(coverage, ['clusters', 'gkeClusters', 'account']);
  return says.looked(wasAsked ? plural(clusters, 'cluster') : null, where);
}

/** Nothing where the run was not asked to read them. */
function refused({ report, holes }: Outline): string {
  const { denialEvents, denials } = report.summary;
  const span = says.span(moment(report.window.from), moment(report.window.to));
  const partly = holes.some(({ fact }) => fact === 'denials' || fact === 'account');
  if (denialEvents > 0) {
    const calls = plural(denialEvents, 'refused call');
    const counted = says.refused(calls, denials.toLocaleString('en-US'), span);
    return partly ? says.atLeast(counted) : `${counted}.`;
  }
  if (partly) return says.partlyNone(span);
  return reads(report.coverage, ['denials', 'accessDenials']) ? says.none(span) : '';
}

/** Whether the run was asked for one of these facts, whatever came of it. */
function reads(coverage: Report['coverage'], facts: readonly string[]): boolean {
  return coverage.some(({ fact }) => facts.includes(fact));
}

function undecided({ undecided: unknown, broken, holes }: Outline): string {
  const rules = (verdicts: { rules: string[] }[]) =>
    plural(new Set(verdicts.flatMap((verdict) => verdict.rules)).size, 'rule');
  const parts = [
    unknown.length > 0 ? says.undecided(rules(unknown)) : '',
    broken.length > 0 ? says.broke(rules(broken)) : '',
    holes.length > 0 ? says.unread(plural(holes.length, 'fact')) : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? says.seeEnd(list(parts)) : '';
}

function muted({ muted: quiet, report }: Outline): string {
  const count = report.organization ? (report.summary.muted ?? 0) : quiet.length;
  return count > 0 ? says.muted(plural(count, 'finding')) : '';
}

function expired({ expiredMutes }: Outline): string {
  if (expiredMutes.length === 0) return '';
  const findings = expiredMutes.reduce((sum, mute) => sum + mute.findings, 0);
  return says.expired(plural(expiredMutes.length, 'mute has', 'mutes have'), plural(findings, 'finding'));
}
