/** The page that lists the reports in the bucket, newest first, for people who walk through them. */
import * as z from 'zod/mini';
import { prefixes } from '../deployment.ts';
import { renderIndex, type IndexEntry } from '../render/report-index.tsx';
import type { Report } from '../report.ts';
import { changeText, type Bucket } from './bucket.ts';
import { reportKey } from './report-key.ts';

const entriesKey = `${prefixes.state}index.json`;
const pageKey = `${prefixes.reports}index.html`;

/** Reports on the page: two years and more of daily runs. */
const mostEntries = 1000;

const count = z.number();
const counts = z.object({ critical: count, high: count, medium: count, low: count, info: count });
const entriesSchema = z.array(
  z.object({
    runId: z.string(),
    startedAt: z.string(),
    page: z.string(),
    standing: counts,
    changes: z.object({ new: count, changed: count, resolved: count }),
    gaps: count,
  }),
);

/** Adds a report to the list, and writes the page; where runs end side by side, the page of the last holds all. */
export async function addToIndex(bucket: Bucket, report: Report): Promise<void> {
  const entry = entryOf(report);
  const list = await changeText(bucket, entriesKey, (text) => JSON.stringify(added(entry, parse(text))));
  let shown: string | null = null;
  for (let now = list; now !== shown; now = (await bucket.read(entriesKey))?.text ?? null) {
    await bucket.write(pageKey, renderIndex(parse(now)), { contentType: 'text/html; charset=utf-8' });
    shown = now;
  }
}

/** A list that cannot be read is begun anew: the reports themselves are all there. */
function parse(text: string | null): IndexEntry[] {
  if (text === null) return [];
  try {
    return entriesSchema.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.core.$ZodError) return [];
    throw error;
  }
}

function added(entry: IndexEntry, entries: readonly IndexEntry[]): IndexEntry[] {
  const others = entries.filter(({ page }) => page !== entry.page);
  return [entry, ...others]
    .sort((a, b) => (a.startedAt === b.startedAt ? 0 : a.startedAt < b.startedAt ? 1 : -1))
    .slice(0, mostEntries);
}

function entryOf(report: Report): IndexEntry {
  const { runId, startedAt, findings, summary, coverage } = report;
  const changed = (change: string) => findings.filter((finding) => finding.change === change).length;
  return {
    runId,
    startedAt,
    page: reportKey(report, 'report.html').slice(prefixes.reports.length),
    standing: summary.bySeverity,
    changes: { new: changed('new'), changed: changed('changed'), resolved: changed('resolved') },
    gaps: coverage.filter(({ complete }) => !complete).length,
  };
}
