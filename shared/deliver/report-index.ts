/** The page that lists the reports in the bucket, newest first, for people who walk through them. */
import * as z from 'zod/mini';
import { prefixes } from '../deployment.ts';
import { historyEntry, type HistoryEntry } from '../render/history.ts';
import { renderIndex } from '../render/report-index.tsx';
import type { Report } from '../report.ts';
import { languages, type Language } from '../words.ts';
import { changeText, type Bucket } from './bucket.ts';
import { reportKey } from './report-key.ts';

const entriesKey = `${prefixes.state}index.json`;
const pageKey = `${prefixes.reports}index.html`;

/** Reports on the page: two years and more of daily runs. */
const mostEntries = 1000;

const text = z.string();
const count = z.number();
const item = z.object({
  id: text,
  severity: z.enum(['critical', 'high', 'medium', 'low', 'info']),
  title: text,
  translated: z.optional(z.object({ language: z.enum(languages), title: text })),
  subject: z.optional(text),
  where: text,
  openSince: text,
});
const entriesSchema = z.array(
  z.object({
    runId: text,
    startedAt: text,
    page: text,
    standing: z.object({ critical: count, high: count, medium: count, low: count, info: count }),
    changes: z.object({ new: count, changed: count, resolved: count }),
    gaps: count,
    series: z.optional(text),
    muted: z.optional(count),
    opened: z.optional(z.array(item)),
    closed: z.optional(z.array(item)),
  }),
);

/** What is kept of every report, newest first. Needs s3:GetObject. */
export async function readIndex(bucket: Bucket): Promise<HistoryEntry[]> {
  return parse((await bucket.read(entriesKey))?.text ?? null);
}

/**
 * Adds a report to the list, and writes the page; where runs end side by side, the page of the last holds all.
 * @param language of the page
 * @param series the same for every run that looks at the same, so that their numbers can be compared
 */
export async function addToIndex(
  bucket: Bucket,
  report: Report,
  series: string,
  language: Language = 'en',
): Promise<void> {
  const page = reportKey(report, 'report.html').slice(prefixes.reports.length);
  const entry = historyEntry(report, page, series);
  const list = await changeText(bucket, entriesKey, (known) => JSON.stringify(added(entry, parse(known))));
  let shown: string | null = null;
  for (let now = list; now !== shown; now = (await bucket.read(entriesKey))?.text ?? null) {
    await bucket.write(pageKey, renderIndex(parse(now), language), {
      contentType: 'text/html; charset=utf-8',
    });
    shown = now;
  }
}

/** A list that cannot be read is begun anew: the reports themselves are all there. */
function parse(stored: string | null): HistoryEntry[] {
  if (stored === null) return [];
  try {
    return entriesSchema.parse(JSON.parse(stored));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.core.$ZodError) return [];
    throw error;
  }
}

function added(entry: HistoryEntry, entries: readonly HistoryEntry[]): HistoryEntry[] {
  const others = entries.filter(({ page }) => page !== entry.page);
  return [entry, ...others]
    .sort((a, b) => (a.startedAt === b.startedAt ? 0 : a.startedAt < b.startedAt ? 1 : -1))
    .slice(0, mostEntries);
}
