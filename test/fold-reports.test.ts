/** The report of an organization: everything counted, the worst held, the rest left to the accounts' reports. */
import { ReportFold, type AccountOwner } from '../shared/fold-reports.ts';
import { batchFiles, reportSchema, type Finding, type Report } from '../shared/report.ts';
import { sampleReport } from './render/sample-report.ts';

const run = { runId: 'day', startedAt: '2026-01-02T05:59:00Z', version: '9.9.9' };
const [sample] = sampleReport.findings as [Finding];
const limits = { changed: 3, open: 2, gaps: 2 };

const owner = (account: string, name: string): AccountOwner => ({
  account,
  name,
  unit: '/Shop',
  owner: name,
});

function reportOf(account: string, findings: Partial<Finding>[], more: Partial<Report> = {}): Report {
  return {
    ...sampleReport,
    scope: [{ cloud: 'aws', account }],
    findings: findings.map((one, index) => ({ ...sample, id: `${account}-${index}`, account, ...one })),
    coverage: [],
    ...more,
  };
}

function folded(...reports: [Report, AccountOwner | null][]): Report {
  const fold = new ReportFold('o-example1234', run, limits);
  for (const [report, of] of reports) fold.add(report, of);
  return reportSchema.parse(fold.finish());
}

it('counts every finding and holds the worst of what changed and of what is open', () => {
  const low = { severity: 'low', change: 'new' } as const;
  const report = folded(
    [reportOf('1', [low, low, { severity: 'critical', change: 'new' }, low, low]), owner('1', 'cart')],
    [
      reportOf('2', [{ severity: 'high', change: 'open' }, { change: 'resolved' }, { change: 'muted' }]),
      null,
    ],
  );
  expect(report.summary).toMatchObject({
    bySeverity: { critical: 1, high: 1, low: 4 },
    changes: { new: 5, changed: 0, resolved: 1, open: 1 },
    muted: 1,
  });
  expect(report.findings.map(({ severity }) => severity)[0]).toBe('critical');
  expect(report.findings).toHaveLength(limits.changed + limits.open);
  expect(report.organization).toMatchObject({ accounts: 2, failed: 0, leftOut: 3 });
});

it('groups by what is broken, worst first, and by whose it is', () => {
  const other = { rule: 'eks/irsa-trust-action', severity: 'critical', change: 'open' } as const;
  const high = { rule: 'eks/irsa-trust-subject', severity: 'high', change: 'new' } as const;
  const report = folded(
    [reportOf('1', [high, other]), owner('1', 'cart')],
    [reportOf('2', [high]), owner('2', 'cart')],
    [reportOf('3', [high]), owner('3', 'web')],
  );
  expect(report.organization?.groups).toEqual([
    expect.objectContaining({ rule: other.rule, findings: 1, new: 0 }),
    expect.objectContaining({
      rule: high.rule,
      findings: 3,
      new: 3,
      owners: [
        { name: 'cart', findings: 2, accounts: ['1', '2'] },
        { name: 'web', findings: 1, accounts: ['3'] },
      ],
    }),
  ]);
  expect(report.organization?.owners['3']).toEqual({ name: 'web', unit: '/Shop', owner: 'web' });
});

it('says of each rule the worst that came of it, and in how many accounts', () => {
  const outcome = (status: 'pass' | 'unknown') => ({
    rule: 'r',
    cloud: 'aws' as const,
    account: '1',
    status,
    why: null,
  });
  const report = folded(
    [reportOf('1', [], { outcomes: [outcome('pass')] }), null],
    [reportOf('2', [], { outcomes: [outcome('unknown')] }), null],
    [reportOf('3', [], { outcomes: [outcome('pass')] }), null],
  );
  expect(report.outcomes).toEqual([
    { rule: 'r', cloud: 'aws', account: 'o-example1234', status: 'unknown', why: 'unknown in 1, pass in 2' },
  ]);
});

it('holds so many gaps, says how many more there are, and counts accounts that were not audited', () => {
  const gap = (account: string) => ({
    cloud: 'aws' as const,
    account,
    location: null,
    fact: 'account',
    complete: false,
    why: 'no role',
  });
  const report = folded(
    ...['1', '2', '3', '4'].map((one): [Report, null] => [reportOf(one, [], { coverage: [gap(one)] }), null]),
  );
  expect(report.organization?.failed).toBe(4);
  expect(report.coverage.map(({ why }) => why)).toEqual([
    'no role',
    'no role',
    expect.stringMatching(/^2 more gaps/),
  ]);
});

it('is of projects where it is of Google, and says so in both languages', () => {
  const japanese = { ...run, language: 'ja' } as const;
  const fold = new ReportFold('folders/4711', japanese, { changed: 0, open: 0, gaps: 0 }, 'gcp');
  const shut = {
    cloud: 'gcp',
    account: 'p',
    location: null,
    fact: 'account',
    complete: false,
    why: 'x',
  } as const;
  fold.add({ ...reportOf('p', []), scope: [{ cloud: 'gcp', account: 'p' }], coverage: [shut] }, null);
  const report = fold.finish();
  const { cloud, accounts, failed } = report.organization ?? {};
  expect([cloud, accounts, failed]).toEqual(['gcp', 1, 1]);
  const [gap] = report.coverage;
  const files = batchFiles(japanese.runId);
  expect(gap?.fact).toBe('projects');
  expect(gap?.why).toBe(`1 more gaps are told by the reports of the batches, ${files} in the bucket`);
  expect(gap?.translated).toEqual({ language: 'ja', why: expect.stringContaining(files) as unknown });
  expect(reportSchema.safeParse(report).success).toBe(true);
});
