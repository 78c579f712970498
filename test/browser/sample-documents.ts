/** The documents that people open, of a report with hostile values, earlier reports and a policy that changes. */
import { historyEntry } from '../../shared/render/history.ts';
import { renderHtml } from '../../shared/render/html.tsx';
import { renderMail } from '../../shared/render/mail.tsx';
import { renderIndex } from '../../shared/render/report-index.tsx';
import type { Finding, Report } from '../../shared/report.ts';
import { hostile, repairedPolicy, sampleFinding, sampleReport } from '../render/sample-report.ts';

const misspelt = JSON.parse(JSON.stringify(repairedPolicy).replace(':cart', ':card')) as unknown;

const findings: Finding[] = sampleReport.findings.map((finding, index) => ({
  ...finding,
  openSince: `2025-12-${20 + ((index * 3) % 7)}T06:00:00Z`,
  ...(finding.fix.commands.length > 0 && { fix: { ...finding.fix, currentPolicy: misspelt } }),
}));

export const report: Report = {
  ...sampleReport,
  findings,
  clusters: [
    { cloud: 'aws', account: '111122223333', location: 'eu-west-1', name: 'prod' },
    { cloud: 'aws', account: '111122223333', location: 'eu-central-1', name: 'staging' },
    { cloud: 'gcp', account: 'shop-prod-4711', location: 'europe-west1', name: hostile.markup },
  ],
  outcomes: [
    ...sampleReport.outcomes,
    { rule: 'gke/api-disabled', cloud: 'gcp', account: 'shop-prod-4711', status: 'fail', why: null },
  ],
  mutes: [
    {
      of: `cluster ${hostile.markup}`,
      reason: hostile.quotes,
      expires: '2026-01-01T00:00:00Z',
      state: 'expired',
      findings: 1,
    },
  ],
};

const entries = Array.from({ length: 12 }, (_, index) => {
  const day = `2025-12-${String(index + 10)}T06:00:00Z`;
  const some = findings.slice(0, (index % 5) + 1).map((one) => sampleFinding({ ...one, change: 'new' }));
  const gone = sampleFinding({
    title: hostile.markup,
    change: 'resolved',
    openSince: '2025-12-01T06:00:00Z',
  });
  return historyEntry(
    { ...report, runId: `run-${index}`, startedAt: day, findings: [...some, gone] },
    `2025/${index}/report.html`,
    's',
  );
});

/** More findings than anybody reads, in many clusters. */
export const manyFindings: Report = {
  ...report,
  findings: Array.from({ length: 400 }, (_, index) =>
    sampleFinding({
      id: index.toString(16).padStart(16, '0'),
      cluster: `c${index % 20}`,
      severity: index % 2 === 0 ? 'high' : 'low',
    }),
  ),
};

export const documents: Record<'page' | 'index' | 'mail', string> = {
  page: renderHtml(report, { history: entries }),
  index: renderIndex(entries),
  mail: renderMail(report, { pageUrl: 'https://reports.example/a.html' }).html,
};
