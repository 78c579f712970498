/** The report in one paragraph: what stands, where, what was seen, and how much of it was not looked at. */
import type { Report } from '../report.ts';
import type { Messages } from './messages/messages-in.ts';
import { accountsLookedAt } from './organization.ts';
import { placeName, severities, type Changes, type Outline, type Severity } from './outline.ts';

/** The paragraph. "Nothing found" and "no refused call" are never put as health. */
export function summary(outline: Outline): string {
  const sentences = [
    sinceLast(outline),
    found(outline),
    looked(outline),
    refused(outline),
    undecided(outline),
    muted(outline),
    expired(outline),
  ];
  return outline.says.joinSentences(sentences.filter((sentence) => sentence !== ''));
}

/** `1 critical, 3 high`; empty where all counts are zero. */
export function severityCounts(counts: Record<Severity, number>, says: Messages): string {
  const present = severities.filter((severity) => counts[severity] > 0);
  return says.join(present.map((severity) => says.counted(counts[severity], says.severity[severity])));
}

/** The day's news; empty in a first report, in which everything is new. */
function sinceLast(order: Outline): string {
  if (order.isFirst) return '';
  const { summary: words } = order.says;
  const news = newsCounts(order.changes, order.says);
  return news.length > 0 ? words.news(news) : words.noNews;
}

/** `1 new`, `2 changed`, `1 resolved`: those that are not zero. */
export function newsCounts(changes: Omit<Changes, 'open'>, says: Messages): string[] {
  return (['new', 'changed', 'resolved'] as const).flatMap((change) =>
    changes[change] > 0 ? [says.counted(changes[change], says.change[change])] : [],
  );
}

function found({ total, counts, says }: Outline): string {
  if (total === 0) return says.summary.nothing;
  return says.summary.found(total, severityCounts(counts, says));
}

/** A run that was not asked to read clusters has nothing to say of their number. */
function looked({ report, says }: Outline): string {
  const { summary: counted, scope, coverage, organization } = report;
  const places = [...new Set(scope.map(placeName))];
  const named = places.length > 0 ? says.firstFew(places, 4) : null;
  const where = organization ? accountsLookedAt(organization, says) : named;
  const wasAsked = counted.clusters > 0 || reads(coverage, ['clusters', 'gkeClusters', 'account']);
  return says.summary.looked(wasAsked ? counted.clusters : null, where);
}

/** Nothing where the run was not asked to read them. */
function refused({ report, holes, says }: Outline): string {
  const { denialEvents, denials } = report.summary;
  const span = [says.moment(report.window.from), says.moment(report.window.to)] as const;
  const partly = holes.some(({ fact }) => fact === 'denials' || fact === 'account');
  if (denialEvents > 0) {
    const { refused: exactly, refusedAtLeast } = says.summary;
    return (partly ? refusedAtLeast : exactly)(denialEvents, denials, ...span);
  }
  if (partly) return says.summary.partlyNone(...span);
  return reads(report.coverage, ['denials', 'accessDenials']) ? says.summary.none(...span) : '';
}

/** Whether the run was asked for one of these facts, whatever came of it. */
function reads(coverage: Report['coverage'], facts: readonly string[]): boolean {
  return coverage.some(({ fact }) => facts.includes(fact));
}

function undecided({ undecided: unknown, broken, holes, says }: Outline): string {
  const rules = (verdicts: { rules: string[] }[]) =>
    new Set(verdicts.flatMap((verdict) => verdict.rules)).size;
  const parts = [
    unknown.length > 0 ? says.summary.undecided(rules(unknown)) : '',
    broken.length > 0 ? says.summary.broke(rules(broken)) : '',
    holes.length > 0 ? says.summary.unread(holes.length) : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? says.summary.seeEnd(parts) : '';
}

function muted({ muted: quiet, report, says }: Outline): string {
  const count = report.organization ? (report.summary.muted ?? 0) : quiet.length;
  return count > 0 ? says.summary.muted(count) : '';
}

function expired({ expiredMutes, says }: Outline): string {
  if (expiredMutes.length === 0) return '';
  const findings = expiredMutes.reduce((sum, mute) => sum + mute.findings, 0);
  return says.summary.expired(expiredMutes.length, findings);
}
