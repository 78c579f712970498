import { historyDays, historyEntry, mainSeries, type HistoryEntry } from '../../shared/render/history.ts';
import { renderHtml } from '../../shared/render/html.tsx';
import { renderHistory } from '../../shared/render/history-text.ts';
import { renderIndex } from '../../shared/render/report-index.tsx';
import { elementsOf, textOf } from './html-elements.ts';
import { hostile, sampleFinding, sampleReport } from './sample-report.ts';

const entry = (startedAt: string, changes: Partial<HistoryEntry> = {}): HistoryEntry => ({
  ...historyEntry({ ...sampleReport, startedAt, findings: [] }, 'a/report.html', 's'),
  ...changes,
});

describe('historyEntry()', () => {
  it('keeps what opened and closed, and since when it was open', () => {
    const findings = [
      sampleFinding(),
      sampleFinding({
        id: 'b',
        change: 'resolved',
        openSince: '2025-12-01T00:00:00Z',
        cluster: null,
        location: null,
      }),
      sampleFinding({ id: 'c', change: 'open' }),
      sampleFinding({ id: 'd', change: 'muted' }),
    ];
    expect(historyEntry({ ...sampleReport, findings }, 'p', 's')).toMatchObject({
      changes: { new: 1, changed: 0, resolved: 1 },
      muted: 1,
      opened: [
        {
          id: '1f0c2a9b7e5d4c31',
          subject: 'cart',
          where: 'eu-west-1/prod',
          openSince: sampleReport.startedAt,
        },
      ],
      closed: [{ id: 'b', where: '111122223333', openSince: '2025-12-01T00:00:00Z' }],
    });
  });

  it('stays small however much there is', () => {
    const findings = Array.from({ length: 3000 }, (_, index) =>
      sampleFinding({ id: String(index), title: hostile.long }),
    );
    const kept = historyEntry({ ...sampleReport, findings }, 'p', 's');
    expect(kept.changes.new).toBe(3000);
    expect(JSON.stringify(kept).length).toBeLessThan(25_000);
  });
});

it('days are newest first, and hold their runs newest first', () => {
  const times = ['2026-01-01T06:00:00Z', '2026-01-02T06:00:00Z', '2026-01-01T18:00:00Z'];
  const days = historyDays(times.map((time) => entry(time)));
  expect(
    days.map(({ day, entries }) => [day, entries.map(({ startedAt }) => startedAt.slice(11, 13))]),
  ).toEqual([
    ['2026-01-02', ['06']],
    ['2026-01-01', ['18', '06']],
  ]);
});

it('numbers of runs that looked at something else are not compared', () => {
  const all = ['s', 's', 'other', undefined].map((series, index) =>
    entry(`2026-01-0${index + 1}T06:00:00Z`, { series }),
  );
  expect(mainSeries(all).map(({ series }) => series)).toEqual(['s', 's']);
  expect(mainSeries([])).toEqual([]);
});

describe('renderIndex()', () => {
  const item = {
    id: 'x/"\u202e',
    subject: hostile.terminal,
    severity: 'high',
    title: hostile.markup,
    where: hostile.bidi,
    openSince: '2025-12-30T06:00:00Z',
  } as const;
  const entries = [
    entry('2026-01-02T06:00:00Z', {
      closed: [item],
      changes: { new: 0, changed: 0, resolved: 3 },
      page: '2026/a b/"x"/report.html',
    }),
    entry('2026-01-01T06:00:00Z', { opened: [item], runId: hostile.terminal, muted: 2, gaps: 1 }),
  ];
  const html = renderIndex(entries);

  it('says day by day what opened, what closed, and how long it was open', () => {
    expect(textOf(html)).toMatch(
      /2026-01-02 .*closed: .*, was open for 3 days.* and 2 more findings .*2026-01-01 .*no change; 2 findings muted; 1 gap in what was looked at.* opened: /,
    );
  });

  it("shows strangers' texts as they are, and leads only to reports", () => {
    const elements = elementsOf(html);
    expect(elements.filter(({ name }) => name === 'script' || name === 'img')).toEqual([]);
    expect(textOf(html)).toContain(hostile.markup);
    expect(html.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const links = elements.flatMap(({ attributes }) => attributes['href'] ?? []);
    expect(links).toEqual([
      '#content',
      '2026/a%20b/%22x%22/report.html',
      '2026/a%20b/%22x%22/report.html#finding-x%2F%22%E2%80%AE',
      'a/report.html',
      'a/report.html#finding-x%2F%22%E2%80%AE',
    ]);
  });

  it('draws the numbers as a picture', () => {
    const chart = elementsOf(html).find(({ name }) => name === 'svg');
    expect(chart?.attributes['aria-label']).toMatch(/^Findings over time\. 2 reports: /);
    expect(elementsOf(renderIndex(entries.slice(1))).some(({ name }) => name === 'svg')).toBe(false);
  });
});

it('the page draws earlier reports and its own, each once', () => {
  const own = { ...entry(sampleReport.startedAt), runId: sampleReport.runId };
  const html = renderHtml(sampleReport, {
    history: [entry('2026-01-01T06:00:00Z', { runId: 'before' }), own],
  });
  const chart = elementsOf(html).find(({ name }) => name === 'svg');
  expect(chart?.attributes['aria-label']).toBe(
    'Findings over time. 2 reports: 5 on 2026-01-01, 5 in the last.',
  );
});

it('the text wraps at the terminal, and JSON is for programs', () => {
  const entries = [entry('2026-01-02T06:00:00Z', { opened: [{ ...entryItem, title: 'word '.repeat(60) }] })];
  const text = renderHistory(entries, { output: 'text', days: Infinity, width: 60, color: false });
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  const coloured = renderHistory(entries, { output: 'text', days: 1, width: 60, color: true });
  expect(coloured).toContain('\u001b[1m2026-01-02');
  expect(renderHistory([], { output: 'text', days: 1, width: 60, color: false })).toBe(
    'No report is kept.\n',
  );
  expect(JSON.parse(renderHistory([], { output: 'json', days: 1, width: 60, color: false }))).toEqual([]);
});

const entryItem = { id: 'x', severity: 'low', where: 'prod', openSince: '2026-01-02T06:00:00Z' } as const;
