/** The report in one paragraph: what stands, where, what was seen, and how much of it was not looked at. */
import type { Report } from '../report.ts';
import { moment } from './moment.ts';
import { placeName, severities, type Outline, type Severity } from './outline.ts';
import { firstFew, list, plural } from './plural.ts';

/** The sentences of the paragraph. "Nothing found" and "no refused call" are never put as health. */
export function summary(outline: Outline): string[] {
  return [
    sinceLast(outline),
    found(outline),
    looked(outline.report),
    refused(outline),
    undecided(outline),
    muted(outline),
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
function sinceLast({ standing, resolved }: Outline): string {
  if (resolved.length === 0 && standing.every(({ change }) => change === 'new')) return '';
  const news = newsCounts({ standing, resolved });
  return news.length > 0 ? `Since the last report: ${list(news)}.` : 'Nothing changed since the last report.';
}

/** `1 new`, `2 changed`, `1 resolved`: those that are not zero. */
export function newsCounts({ standing, resolved }: Pick<Outline, 'standing' | 'resolved'>): string[] {
  const findings = [...standing, ...resolved];
  return ['new', 'changed', 'resolved'].flatMap((change) => {
    const count = findings.filter((finding) => finding.change === change).length;
    return count > 0 ? [`${count.toLocaleString('en-US')} ${change}`] : [];
  });
}

function found({ standing, counts }: Outline): string {
  if (standing.length === 0) return 'Nothing was found.';
  return `${plural(standing.length, 'finding')}: ${severityCounts(counts)}.`;
}

function looked({ summary: { clusters }, scope }: Report): string {
  const places = [...new Set(scope.map(placeName))];
  const where = places.length > 0 ? firstFew(places, 4) : 'no place at all';
  return `Looked at ${plural(clusters, 'cluster')} in ${where}.`;
}

function refused({ report, holes }: Outline): string {
  const { denialEvents, denials } = report.summary;
  const { from, to } = report.window;
  const span = `between ${moment(from)} and ${moment(to)}`;
  const partly = holes.some(({ fact }) => fact === 'denials' || fact === 'account');
  if (denialEvents === 0 && partly)
    return `Refused calls ${span} could not be read to the end; none was seen in what was read.`;
  if (denialEvents === 0)
    return `No refused call was seen ${span}; many failures leave no event, so that does not show that all is well.`;
  const counted = `${plural(denialEvents, 'refused call')} (${denials.toLocaleString('en-US')} distinct) ${span}`;
  return partly ? `At least ${counted}: not all of it could be read.` : `${counted}.`;
}

function undecided({ undecided: unknown, broken, holes }: Outline): string {
  const rules = (verdicts: { rules: string[] }[]) =>
    new Set(verdicts.flatMap((verdict) => verdict.rules)).size;
  const parts = [
    unknown.length > 0 ? `${plural(rules(unknown), 'rule')} could not decide` : '',
    broken.length > 0 ? `${plural(rules(broken), 'rule')} broke` : '',
    holes.length > 0 ? `${plural(holes.length, 'fact')} could not be read to the end` : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? `${list(parts)}; the end of the report says which.` : '';
}

function muted({ muted: quiet }: Outline): string {
  return quiet.length > 0 ? `${plural(quiet.length, 'finding')} muted, not counted.` : '';
}
