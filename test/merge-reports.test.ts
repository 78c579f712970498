/** The reports of several accounts as one. */
import { mergeReports } from '../shared/merge-reports.ts';
import { reportSchema } from '../shared/report.ts';
import { sampleReport } from './render/sample-report.ts';
import { quoted } from '../shared/words.ts';

const run = { runId: 'day', startedAt: '2026-01-02T05:59:00Z', version: '9.9.9' };

it('covers the time and places of all, and counts all', () => {
  const later = {
    ...sampleReport,
    finishedAt: '2030-01-02T00:00:00Z',
    window: { from: '2001-01-01T00:00:00Z', to: '2030-01-01T00:00:00Z' },
    summary: { ...sampleReport.summary, eventsRead: 7 },
  };
  const merged = mergeReports([sampleReport, later], [], run);
  expect(merged).toMatchObject({
    runId: run.runId,
    startedAt: run.startedAt,
    tool: { version: '9.9.9' },
    window: later.window,
  });
  expect(merged.finishedAt).toBe(later.finishedAt);
  expect(merged.findings).toHaveLength(2 * sampleReport.findings.length);
  expect(merged.summary).toMatchObject({
    eventsRead: 7,
    denialEvents: 2 * sampleReport.summary.denialEvents,
    bySeverity: { critical: 2 * sampleReport.summary.bySeverity.critical },
  });
  expect(merged.coverage).toHaveLength(2 * sampleReport.coverage.length);
  const ranks = merged.findings.map(({ severity }) =>
    ['critical', 'high', 'medium', 'low', 'info'].indexOf(severity),
  );
  expect(ranks).toEqual([...ranks].sort());
  expect(reportSchema.safeParse(merged).success).toBe(true);
});

it('holds the accounts that failed, also where there are no others', () => {
  const failed = { cloud: 'aws' as const, account: '444455556666', why: quoted('it timed out') };
  const merged = mergeReports([], [failed], run);
  expect(merged.scope).toEqual([{ cloud: 'aws', account: '444455556666' }]);
  expect(merged.coverage).toEqual([
    { ...failed, location: null, fact: 'account', complete: false, why: 'it timed out' },
  ]);
  expect(merged.window).toEqual({ from: run.startedAt, to: run.startedAt });
  expect(reportSchema.safeParse(merged).success).toBe(true);
});
