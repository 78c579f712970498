/** The report in one paragraph: what stands, where, what was seen, and how much of it was not looked at. */
import type { Report } from '../report.ts';
import { moment } from './moment.ts';
import { placeName, severities, type Outline, type Severity } from './outline.ts';
import { firstFew, list, plural } from './plural.ts';

/** The sentences of the paragraph. "Nothing found" and "no refused call" are never put as health. */
export function summary(outline: Outline): string[] {
  return [
    found(outline),
    looked(outline.report),
    refused(outline),
    undecided(outline),
    ...changes(outline),
  ].filter((sentence) => sentence !== '');
}

/** `1 critical, 3 high`; empty where all counts are zero. */
export function severityCounts(counts: Record<Severity, number>): string {
  return severities
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity].toLocaleString('en-US')} ${severity}`)
    .join(', ');
}

function found({ standing, counts }: Outline): string {
  if (standing.length === 0) return 'Nothing was found.';
  const fresh = standing.filter(({ change }) => change === 'new').length;
  const changed = standing.filter(({ change }) => change === 'changed').length;
  const news = [fresh && `${fresh} new`, changed && `${changed} changed`].filter((part) => part !== 0);
  const since = news.length > 0 ? `; ${list(news)}` : '; none is new';
  return `${plural(standing.length, 'finding')}: ${severityCounts(counts)}${since}.`;
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
  const partly = holes.some(({ fact }) => fact === 'denials');
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

function changes({ resolved, muted }: Outline): string[] {
  const parts = [
    resolved.length > 0 ? `${plural(resolved.length, 'finding')} resolved` : '',
    muted.length > 0 ? `${plural(muted.length, 'finding')} muted, not counted` : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? [`${list(parts)}.`] : [];
}
