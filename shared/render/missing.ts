/** Says what a cut message leaves out, and where the whole is. */
import type { Finding } from '../report.ts';
import { countBySeverity, type Outline } from './outline.ts';
import { severityCounts } from './summary.ts';

/** One sentence; empty where nothing of what stands is left out. */
export function missing({ standing, says }: Outline, shown: readonly Finding[], pageUrl?: string): string {
  const kept = new Set(shown);
  const left = standing.filter((finding) => !kept.has(finding));
  if (left.length === 0) return '';
  const counts = severityCounts(countBySeverity(left), says);
  const where = pageUrl ? says.cut.at(pageUrl) : says.cut.inBucket;
  return says.cut.missing(left.length, standing.length, counts, where);
}
