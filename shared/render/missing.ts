/** Says what a cut message leaves out, and where the whole is. */
import type { Finding } from '../report.ts';
import { countBySeverity } from './outline.ts';
import { plural } from './plural.ts';
import { severityCounts } from './summary.ts';

/** One sentence; empty where nothing is left out. */
export function missing(all: readonly Finding[], shown: readonly Finding[], pageUrl?: string): string {
  const kept = new Set(shown);
  const left = all.filter((finding) => !kept.has(finding));
  if (left.length === 0) return '';
  const counts = severityCounts(countBySeverity(left));
  const where = pageUrl
    ? `is at ${pageUrl}`
    : 'is in the bucket of the reports, or printed by "clusterwhy audit"';
  return `Cut to fit: ${plural(left.length, 'finding')} of ${all.length.toLocaleString('en-US')} (${counts}) missing here. The whole report ${where}`;
}
