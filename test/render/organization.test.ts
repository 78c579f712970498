/** The report of an organization, which counts more than it holds, in every rendering for people. */
import { narrowReport } from '../../functions/narrow-report.ts';
import { ReportFold, type AccountOwner } from '../../shared/fold-reports.ts';
import { renderHtml } from '../../shared/render/html.tsx';
import { renderMail } from '../../shared/render/mail.tsx';
import { renderNotification } from '../../shared/render/notification.ts';
import { renderText } from '../../shared/render/text.ts';
import type { Finding, Report } from '../../shared/report.ts';
import { textOf } from './html-elements.ts';
import { hostile, sampleFinding, sampleReport } from './sample-report.ts';

const run = { runId: 'day', startedAt: '2026-01-02T05:59:00Z', version: '9.9.9' };

function reportOf(account: string, findings: Partial<Finding>[], more: Partial<Report> = {}): Report {
  return {
    ...sampleReport,
    scope: [{ cloud: 'aws', account }],
    findings: findings.map((one, index) => sampleFinding({ id: `${account}-${index}`, account, ...one })),
    coverage: [],
    ...more,
  };
}

function ownerOf(account: string, owner: string): AccountOwner {
  return { account, name: `shop-${account.at(-1)}`, unit: '/Production/Shop', owner };
}

const closed = { cloud: 'aws', location: null, fact: 'account', complete: false, why: 'no role' } as const;

/** 8 accounts: one lets nobody in, 7 have 5 findings each, of which the report holds 10. */
function organization(owner = (index: number) => `team-${index % 3}`): Report {
  const fold = new ReportFold('o-example1234', run, { changed: 6, open: 4, gaps: 5 });
  const shut = '200000000000';
  fold.add(reportOf(shut, [], { coverage: [{ ...closed, account: shut }] }), null);
  for (let index = 1; index < 8; index += 1)
    fold.add(
      reportOf(`20000000000${index}`, [
        { change: 'new' },
        { change: 'open' },
        { change: 'open', severity: 'low', rule: 'eks/irsa-trust-no-audience', title: 'No audience' },
        { change: 'resolved' },
        { change: 'muted' },
      ]),
      ownerOf(`20000000000${index}`, owner(index)),
    );
  return fold.finish();
}

const report = organization();
const plain = { width: 100, color: false };
const flat = (text: string) => text.replaceAll(/\s+/g, ' ');
const renderings: [string, (of: Report) => string][] = [
  ['text', (of) => flat(renderText(of, plain))],
  ['page', (of) => textOf(renderHtml(of))],
  ['mail', (of) => textOf(renderMail(of).html)],
  ['text of the mail', (of) => flat(renderMail(of).text)],
  ['notification', (of) => flat(renderNotification(of).message)],
];

describe.each(renderings)('the %s', (_, render) => {
  const text = render(report);

  it('counts all accounts, those that could not be audited, and all findings', () => {
    expect(text).toContain('8 accounts of organization o-example1234; 1 of them could not be audited');
    expect(text).toContain('21 findings: 14 high, 7 low.');
    expect(text).toContain('Since the last report: 7 new and 7 resolved.');
    expect(text).toContain('7 findings muted, not counted.');
  });

  it('tells what was broken, worst first, and whose it is', () => {
    const owners = 'team-1 (6), team-2 (4) and team-0 (4)';
    expect(text).toContain('What was broken, the worst first');
    expect(text).toContain(owners);
    const [first, second] = ['does not name', 'No audience'].map((one) => text.indexOf(one));
    expect(first).toBeLessThan(second ?? 0);
    expect(text.indexOf(owners)).toBeLessThan(text.indexOf('/ eu-west-1 / prod'));
  });

  it('names the account of a finding, its unit, and where the others are', () => {
    expect(text).toContain('AWS 200000000001 (shop-1, /Production/Shop) / eu-west-1 / prod');
    expect(text).toContain(
      "And 25 more findings in the accounts' own reports: compared/ACCOUNT.json, beside this report",
    );
  });

  it('says nothing of organizations where there is none', () => {
    expect(render(sampleReport)).not.toMatch(/organization o-|What was broken|more findings in/);
  });
});

it('has a subject of the news and how many accounts are concerned', () => {
  expect(renderMail(report).subject).toBe(
    'clusterwhy: 7 new, 7 resolved, 14 open (14 high, 7 low): 7 of 8 accounts of o-example1234',
  );
  const quiet = new ReportFold('o-example1234', run);
  quiet.add(reportOf('200000000001', [], { outcomes: [] }), null);
  expect(renderMail(quiet.finish()).subject).toBe(
    'clusterwhy: nothing found: 0 of 1 account of o-example1234',
  );
});

it.each([
  ['organizations/4711', '1 project of organization 4711', '組織 4711 の 1 プロジェクト'],
  ['folders/42', '1 project of folder 42', 'フォルダ 42 の 1 プロジェクト'],
  ['all projects', 'in 1 project.', '1 プロジェクトで'],
])('counts the projects of %s', (id, english, japanese) => {
  const fold = new ReportFold(id, run, { changed: 1, open: 0, gaps: 5 }, 'gcp');
  const ofGoogle = { scope: [{ cloud: 'gcp' as const, account: 'p-1' }], summary: sampleReport.summary };
  fold.add(reportOf('p-1', [{ change: 'new' }, { change: 'new' }], ofGoogle), null);
  const of = fold.finish();
  expect(flat(renderText(of, plain))).toContain(english);
  expect(flat(renderText(of, plain))).toContain(
    'And 1 more finding in the reports of the batches: reports/google/runs/day/batch-NUMBER.json, in the bucket.',
  );
  expect(flat(renderText(of, { ...plain, language: 'ja' }))).toContain(japanese);
  expect(renderMail(of).subject).not.toMatch(/account|undefined|null/);
});

it('has a word of its own where an account has no name yet', () => {
  const gap = { ...closed, cloud: 'gcp', account: 'all projects' } as const;
  const text = renderText({ ...sampleReport, coverage: [gap] }, { ...plain, language: 'ja' });
  expect(text).toContain('Google Cloud すべてのプロジェクト');
});

it('shows the names of strangers as text', () => {
  const owned = organization(() => hostile.markup);
  for (const html of [renderHtml(owned), renderMail(owned).html]) {
    expect(html).not.toContain('<img');
    expect(textOf(html)).toContain(`${hostile.markup} (14)`);
  }
});

it('names a few owners of many, and a few groups in a mail of many', () => {
  const fold = new ReportFold('o-example1234', run);
  for (let index = 0; index < 40; index += 1)
    fold.add(
      reportOf(`2000000000${10 + index}`, [{ rule: `eks/rule-${index % 20}` }, {}]),
      ownerOf(`2000000000${10 + index}`, `team-${index}`),
    );
  const { html, text } = renderMail(fold.finish());
  expect(flat(text)).toContain('team-4 (1) and 35 more');
  expect(textOf(html)).toContain('and 9 more lines');
});

describe('narrowReport() of an organization', () => {
  it('counts what is as bad as was asked for as the whole does', () => {
    const narrowed = narrowReport(report, { severity: 'high' });
    expect(narrowed.summary.bySeverity).toMatchObject({ high: 14, low: 0 });
    expect(narrowed.organization?.groups.map(({ severity }) => severity)).toEqual(['high']);
    expect(narrowReport(report, {}).summary).toEqual(report.summary);
  });

  it('counts one finding as one', () => {
    const [finding] = report.findings as [Finding];
    const { summary, organization: of, findings } = narrowReport(report, { finding: finding.id });
    expect(findings).toHaveLength(1);
    expect(summary.bySeverity).toMatchObject({ high: 1, low: 0 });
    expect([of?.groups.length, of?.leftOut, summary.changes]).toEqual([1, 0, undefined]);
  });
});
