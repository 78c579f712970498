/** What changed from one report to the next. */
import fc from 'fast-check';
import { compareReports, hasNews, newGaps, notLookedAt } from '../shared/compare.ts';
import { reportSchema, type Finding, type Report } from '../shared/report.ts';
import { sampleFinding, sampleReport } from './render/sample-report.ts';

const account = '111122223333';
const rule = 'eks/irsa-trust-subject';
const facts: Record<string, string[]> = { [rule]: ['roles', 'clusters', 'denials'] };
const restsOn = (id: string) => facts[id];

type Status = Report['outcomes'][number]['status'];

/** Every fact of the rule was read to its end but those that the changes name. */
function report(findings: Finding[], changes: Partial<Report> = {}): Report {
  const { coverage = [] } = changes;
  const named = coverage.filter((line) => line.account === account).map(({ fact }) => fact);
  const whole = facts[rule]!.filter((fact) => !named.includes(fact)).map(
    (fact) => ({ ...gap(fact, null), complete: true, why: null }) as const,
  );
  return { ...sampleReport, findings, ...place('fail'), ...changes, coverage: [...coverage, ...whole] };
}

/** The one account of these reports, in which the rule had this outcome. */
function place(status: Status): Pick<Report, 'scope' | 'outcomes'> {
  return {
    scope: [{ cloud: 'aws', account, regions: ['eu-west-1', 'us-east-1'] }],
    outcomes: [{ rule, cloud: 'aws', account, status, why: null }],
  };
}

function gap(fact: string, location: string | null): Report['coverage'][number] {
  return { cloud: 'aws', account, fact, location, complete: false, why: 'refused' };
}

const later = '2026-02-02T06:00:00.000Z';
const changeOf = (result: Report) => result.findings.map(({ change }) => change);

describe('a finding that is there', () => {
  it('is new in the first report, and after that open', () => {
    const first = compareReports(report([sampleFinding()]), null, restsOn);
    const stored = JSON.parse(JSON.stringify(first)) as Report;
    const second = compareReports(report([sampleFinding()], { startedAt: later }), stored, restsOn);
    expect([changeOf(first), changeOf(second)]).toEqual([['new'], ['open']]);
    expect([first, second].map(hasNews)).toEqual([true, false]);
    expect(second.findings[0]?.openSince).toBe(sampleReport.startedAt);
  });

  it.each<[string, Partial<Finding>, string]>([
    ['another cause', { cause: 'Something else.' }, 'changed'],
    ['another severity', { severity: 'low' }, 'changed'],
    ['another cause beside it', { alsoWrong: [] }, 'changed'],
    ['another command', { fix: { ...sampleFinding().fix, commands: ['aws iam list-roles'] } }, 'changed'],
    [
      'another advised policy',
      { fix: { ...sampleFinding().fix, commands: [], policy: { a: 2 } } },
      'changed',
    ],
    ['another fix', { fix: { ...sampleFinding().fix, verified: false } }, 'changed'],
    ['more refused calls', { denial: { ...sampleFinding().denial!, events: 9999 } }, 'open'],
    ['other evidence', { evidence: [] }, 'open'],
    ['no more refused calls', { denial: null }, 'open'],
  ])('with %s', (_, changes, change) => {
    const result = compareReports(report([sampleFinding(changes)]), report([sampleFinding()]), restsOn);
    expect(changeOf(result)).toEqual([change]);
  });

  it('is open where the document that its command adds to was edited elsewhere', () => {
    const finding = (...bindings: string[]) =>
      sampleFinding({
        fix: { ...sampleFinding().fix, policy: { bindings }, currentPolicy: bindings.slice(1) },
      });
    const result = compareReports(report([finding('a', 'b', 'c')]), report([finding('a', 'b')]), restsOn);
    expect(changeOf(result)).toEqual(['open']);
  });

  it.each([
    ['It expires in 19 days, on 2026-12-11', 'It expires in 1 day, on 2026-12-11'],
    [
      'It was refused once, last at 2026-01-01T00:00:00Z',
      'It was refused 1,204 times, last at 2026-01-02T03:04:05.678Z',
    ],
  ])('is open while only time passes: %s', (before, now) => {
    const finding = (text: string) => {
      const { fix } = sampleFinding();
      return sampleFinding({ cause: text, fix: { ...fix, summary: `${fix.summary} ${text}` } });
    };
    const result = compareReports(report([finding(now)]), report([finding(before)]), restsOn);
    expect(changeOf(result)).toEqual(['open']);
  });

  it.each([
    ['It allows 3 callers', 'It allows 4 callers'],
    ['It asks for 7200 seconds', 'It asks for 3600 seconds'],
    ['It expires on 2026-12-11', 'It expires on 2026-12-12'],
  ])('has changed with another number in it: %s', (before, now) => {
    const result = compareReports(
      report([sampleFinding({ cause: now })]),
      report([sampleFinding({ cause: before })]),
      restsOn,
    );
    expect(changeOf(result)).toEqual(['changed']);
  });

  it('is new again after it was resolved', () => {
    const before = report([sampleFinding({ change: 'resolved', openSince: '2025-01-01T00:00:00Z' })]);
    const result = compareReports(report([sampleFinding()]), before, restsOn);
    expect(result.findings).toMatchObject([{ change: 'new', openSince: sampleReport.startedAt }]);
  });

  it('stays muted, and is no news', () => {
    const result = compareReports(report([sampleFinding({ change: 'muted' })]), null, restsOn);
    expect([changeOf(result), hasNews(result)]).toEqual([['muted'], false]);
  });
});

describe('a finding that is absent', () => {
  const before = report([sampleFinding()]);

  it.each<[string, Partial<Report>]>([
    ['its rule passed', place('pass')],
    ['its rule found only others', place('fail')],
    ['another region was not read', { ...place('pass'), coverage: [gap('clusters', 'us-east-1')] }],
    ['a fact that the rule does not use was not read', { coverage: [gap('issuerDiscovery', null)] }],
    ['another account has gaps', { coverage: [{ ...gap('roles', null), account: '999999999999' }] }],
  ])('is resolved where %s', (_, changes) => {
    const latent = report([sampleFinding({ denial: null })]);
    const result = compareReports(report([], changes), latent, restsOn);
    expect([changeOf(result), hasNews(result)]).toEqual([['resolved'], true]);
    expect(result.summary.bySeverity.high).toBe(0);
  });

  it('is reported as resolved once', () => {
    const second = compareReports(report([]), before, restsOn);
    const third = compareReports(report([]), second, restsOn);
    expect([changeOf(second), changeOf(third)]).toEqual([['resolved'], []]);
  });

  it.each<[string, Partial<Report>]>([
    ['its rule could not decide', place('unknown')],
    ['its rule broke', place('broken')],
    ['its rule did not run', { outcomes: [] }],
    ['its account failed', { outcomes: [], coverage: [gap('account', null)] }],
    ['its region was not read', { coverage: [gap('clusters', 'eu-west-1')] }],
    ['a fact without a region was not read', { coverage: [gap('roles', null)] }],
    ['denials of the global endpoint were not read', { coverage: [gap('denials', 'us-east-1')] }],
    ['its region is no longer in the scope', { scope: [{ cloud: 'aws', account, regions: ['us-east-1'] }] }],
    ['its account is no longer in the scope', { scope: [] }],
  ])('stays open, with a note, where %s', (_, changes) => {
    const second = compareReports(report([], changes), before, restsOn);
    const third = compareReports(report([], changes), second, restsOn);
    for (const { findings, summary } of [second, third]) {
      expect(findings).toMatchObject([{ change: 'open', openSince: sampleReport.startedAt }]);
      expect(findings[0]?.evidence.filter(({ label }) => label === notLookedAt)).toEqual([
        { label: notLookedAt, value: `last seen in the report of ${sampleReport.finishedAt}` },
      ]);
      expect(summary.bySeverity.high).toBe(1);
    }
    expect(hasNews(second)).toBe(false);
    expect(changeOf(compareReports(report([]), third, restsOn))).toEqual(['resolved']);
  });

  it('stays open where this run was not asked to read what the last one read', () => {
    const { coverage } = report([]);
    const less = { ...report([]), coverage: coverage.filter(({ fact }) => fact !== 'roles') };
    expect(changeOf(compareReports(less, before, restsOn))).toEqual(['open']);
    expect(changeOf(compareReports(less, { ...before, coverage: less.coverage }, restsOn))).toEqual([
      'resolved',
    ]);
  });

  it('stays open where nobody read the refused calls since the last run', () => {
    const from = '2026-01-02T06:00:01Z';
    const after = { window: { from, to: '2026-01-02T07:00:00Z' } };
    expect(changeOf(compareReports(report([], after), before, restsOn))).toEqual(['open']);
    const latent = report([sampleFinding({ denial: null })]);
    expect(changeOf(compareReports(report([], after), latent, restsOn))).toEqual(['resolved']);
  });

  it('is resolved without a region only where every region was read', () => {
    const global = report([sampleFinding({ location: null, denial: null })]);
    const blind = compareReports(report([], { coverage: [gap('clusters', 'us-east-1')] }), global, restsOn);
    expect(changeOf(blind)).toEqual(['open']);
    expect(changeOf(compareReports(report([]), global, restsOn))).toEqual(['resolved']);
  });

  it('rests on every fact where its rule is not known', () => {
    const result = compareReports(report([], { coverage: [gap('x', 'eu-west-1')] }), before, () => undefined);
    expect(changeOf(result)).toEqual(['open']);
  });
});

describe('a finding that was muted', () => {
  const mute = { reason: 'the move', expires: '2026-01-20T00:00:00Z', state: 'active' } as const;
  const before = report([sampleFinding({ change: 'muted', mute, openSince: '2025-12-01T00:00:00Z' })]);
  const soon = { startedAt: '2026-01-03T06:00:00Z' };

  it('is told again as soon as it is muted no longer', () => {
    const result = compareReports(report([sampleFinding()], soon), before, restsOn);
    expect(result.findings).toMatchObject([{ change: 'changed', openSince: '2025-12-01T00:00:00Z' }]);
    expect(hasNews(result)).toBe(true);
  });

  it('stays muted where it was not looked at, until its mute expires', () => {
    const blind = { coverage: [gap('clusters', 'eu-west-1')] };
    const early = compareReports(report([], { ...blind, ...soon }), before, restsOn);
    const late = compareReports(report([], { ...blind, startedAt: later }), before, restsOn);
    expect([changeOf(early), changeOf(late)]).toEqual([['muted'], ['changed']]);
    expect(changeOf(compareReports(report([], soon), before, restsOn))).toEqual(['resolved']);
  });
});

describe('what was not looked at', () => {
  const old = report([], { coverage: [gap('clusters', 'us-east-1')] });

  it.each<[string, Report['coverage'], Report | null, number]>([
    ['a gap that was there before', [gap('clusters', 'us-east-1')], old, 0],
    ['one more region', [gap('clusters', 'us-east-1'), gap('clusters', 'eu-west-1')], old, 1],
    ['one more fact', [gap('clusters', 'us-east-1'), gap('denials', 'us-east-1')], old, 1],
    ['an account that was not there before', [{ ...gap('roles', null), account: '999999999999' }], old, 0],
    ['a first report', [gap('roles', null)], null, 0],
  ])('%s', (_, coverage, previous, count) => {
    expect(newGaps(report([], { coverage }), previous)).toHaveLength(count);
  });
});

it('keeps every finding and every count, whatever the reports hold', () => {
  const anyFinding = fc
    .record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      severity: fc.constantFrom('critical' as const, 'high' as const, 'info' as const),
      change: fc.constantFrom('new' as const, 'open' as const, 'resolved' as const, 'muted' as const),
      location: fc.constantFrom(null, 'eu-west-1', 'us-east-1'),
      cause: fc.string(),
    })
    .map((changes) => sampleFinding(changes));
  const findings = fc.uniqueArray(anyFinding, { selector: ({ id }) => id });
  const status = fc.constantFrom<Status>('pass', 'fail', 'unknown', 'broken');
  fc.assert(
    fc.property(findings, findings, status, (now, past, outcome) => {
      const current = now.map((one) => ({ ...one, change: 'new' as const }));
      const result = compareReports(report(current, place(outcome)), report(past), restsOn);
      const ids = result.findings.map(({ id }) => id);
      const open = past.filter(({ change }) => change !== 'resolved');
      expect(new Set(ids)).toEqual(new Set([...current, ...open].map(({ id }) => id)));
      expect(ids).toHaveLength(new Set(ids).size);
      expect(reportSchema.safeParse(result).success).toBe(true);
      const counted = Object.values(result.summary.bySeverity).reduce((sum, count) => sum + count, 0);
      const standing = result.findings.filter(({ change }) => change !== 'resolved' && change !== 'muted');
      expect(counted).toBe(standing.length);
    }),
  );
});
