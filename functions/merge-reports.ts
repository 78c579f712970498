import { createHash } from 'node:crypto';
import type { Report } from '../shared/report.ts';
import { severities } from '../shared/rule.ts';

/**
 * One report of several, of which there is at least one. Its id is the one that is given, else the only report's own,
 * else made from theirs, so that the same reports are the same digest.
 */
export function mergeReports(reports: readonly Report[], runId?: string): Report {
  const [first, ...others] = reports;
  if (!first) throw new Error('Cannot make a digest of no reports: name at least one');
  if (others.length === 0) return { ...first, runId: runId ?? first.runId };
  const rank = ({ severity }: Report['findings'][number]) => severities.indexOf(severity);
  return {
    ...first,
    runId: runId ?? idOf(reports),
    startedAt: least(reports.map(({ startedAt }) => startedAt)),
    finishedAt: greatest(reports.map(({ finishedAt }) => finishedAt)),
    window: {
      from: least(reports.map(({ window }) => window.from)),
      to: greatest(reports.map(({ window }) => window.to)),
    },
    scope: reports.flatMap(({ scope }) => scope),
    summary: addUp(reports.map(({ summary }) => summary)),
    findings: reports.flatMap(({ findings }) => findings).sort((a, b) => rank(a) - rank(b)),
    outcomes: reports.flatMap(({ outcomes }) => outcomes),
    coverage: reports.flatMap(({ coverage }) => coverage),
  };
}

function idOf(reports: readonly Report[]): string {
  const ids = reports.map(({ runId }) => runId).sort();
  return `digest-${createHash('sha256').update(JSON.stringify(ids)).digest('hex').slice(0, 16)}`;
}

/** ISO 8601 times in UTC sort as text. */
function least(times: readonly string[]): string {
  return [...times].sort()[0] ?? '';
}

function greatest(times: readonly string[]): string {
  return [...times].sort().at(-1) ?? '';
}

function addUp(summaries: readonly Report['summary'][]): Report['summary'] {
  const total = {
    bySeverity: { critical: 0, high: 0, medium: 0, low: 0, info: 0 },
    clusters: 0,
    denialEvents: 0,
    denials: 0,
  };
  for (const { bySeverity, clusters, denialEvents, denials } of summaries) {
    for (const severity of severities) total.bySeverity[severity] += bySeverity[severity];
    total.clusters += clusters;
    total.denialEvents += denialEvents;
    total.denials += denials;
  }
  return total;
}
