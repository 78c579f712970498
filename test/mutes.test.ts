/** Findings that somebody has decided to live with for a time, and the file in which that stands. */
import { parseMutes } from '../shared/mutes-file.ts';
import { applyMutes, type Mute } from '../shared/mutes.ts';
import { reportSchema, type Finding } from '../shared/report.ts';
import { sampleFinding, sampleReport } from './render/sample-report.ts';

const reason = 'accepted until the move';
const expires = '2026-03-01T00:00:00.000Z';
const past = '2026-01-02T06:00:00.000Z'; // the moment at which the sample's run began
const mute = (of: Mute['of'], until = expires): Mute => ({ of, reason, expires: until });

const tags = { team: 'payments', tier: '1' };
const apply = (mutes: Mute[], changes: Partial<Finding> = {}) =>
  applyMutes({ ...sampleReport, findings: [sampleFinding({ tags, ...changes })] }, mutes);
const changeOf = (mutes: Mute[], changes?: Partial<Finding>) => apply(mutes, changes).findings[0]!.change;

describe('a mute', () => {
  it.each<Mute['of']>([
    { finding: '1f0c2a9b7e5d4c31' },
    { rule: 'eks/irsa-trust-subject' },
    { rule: 'eks/*' },
    { cloud: 'aws' },
    { account: '111122223333' },
    { location: 'eu-*' },
    { cluster: 'p*d' },
    { subject: 'cart' },
    { subject: 'arn:aws:iam::*:role/c*t' },
    { namespace: 'shop' },
    { tag: 'team=payments' },
    { tag: 'team' },
    { tag: 'team=pay*' },
    { rule: 'eks/irsa-trust-subject', cluster: 'prod', tag: 'tier=1' },
    { cluster: '*pr*o*d*' },
  ])('is for %j', (of) => {
    const { findings, summary, mutes } = apply([mute(of)]);
    expect(findings[0]).toMatchObject({ change: 'muted', mute: { reason, expires, state: 'active' } });
    expect([summary.muted, summary.bySeverity.high, mutes?.[0]?.findings]).toEqual([1, 0, 1]);
  });

  it.each<Mute['of']>([
    { finding: '1f0c2a9b7e5d4c3' },
    { rule: 'irsa-trust-subject' },
    { cloud: 'gcp' },
    { cluster: 'prod-2' },
    { cluster: 'pr*r*d' },
    { cluster: 'prod*d' },
    { cluster: 'prod*rod' },
    { subject: 'car' },
    { tag: 'team=pay' },
    { tag: 'pay*' },
    { rule: 'eks/irsa-trust-subject', cluster: 'staging' },
  ])('is not for %j', (of) => {
    const { findings, summary, mutes } = apply([mute(of)]);
    expect([findings[0]?.change, findings[0]?.mute, summary.muted]).toEqual(['new', undefined, 0]);
    expect(mutes?.[0]?.findings).toBe(0);
  });

  it('for a cluster or a namespace fits nothing that has none', () => {
    const nowhere = { cluster: null, location: null, workload: null };
    for (const place of [{ cluster: '*a*' }, { location: '*e*' }, { namespace: '*' }] as Mute['of'][])
      expect(changeOf([mute({ rule: 'eks/*', ...place })], nowhere)).toBe('new');
  });

  it('that has expired speaks up, and the finding stands', () => {
    const result = apply([mute({ cluster: 'prod' }, past)]);
    expect(result.findings[0]).toMatchObject({
      change: 'new',
      mute: { reason, expires: past, state: 'expired' },
    });
    expect(result.mutes).toEqual([
      { of: 'cluster prod', reason, expires: past, state: 'expired', findings: 1 },
    ]);
    expect(result.summary).toMatchObject({ muted: 0, bySeverity: { high: 1 } });
    expect(changeOf([mute({ cluster: 'prod' }, past)], { change: 'muted' })).toBe('changed');
  });

  it('in force wins over one that has expired', () => {
    expect(changeOf([mute({ cluster: 'prod' }, past), mute({ cloud: 'aws' })])).toBe('muted');
  });

  it('that is gone leaves nothing muted, and what is resolved stays resolved', () => {
    expect(changeOf([], { change: 'muted', mute: { reason, expires, state: 'active' } })).toBe('changed');
    expect(changeOf([mute({ cluster: 'prod' })], { change: 'resolved' })).toBe('resolved');
  });

  it('with many stars takes no longer', () => {
    const cluster = 'a'.repeat(50_000);
    expect(changeOf([mute({ cluster: `${'*a'.repeat(5000)}*b` })], { cluster })).toBe('new');
  });

  it('leaves a report that its schema knows', () => {
    const result = applyMutes(sampleReport, [mute({ rule: 'eks/*' }), mute({ cluster: 'x' }, past)]);
    expect(reportSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(
      JSON.parse(JSON.stringify(result)),
    );
  });
});

describe('parseMutes()', () => {
  it('reads YAML, every value as it is written', () => {
    const text = `
# agreed on with the owners
mutes:
  - rule: eks/irsa-trust-too-broad
    account: 012345678901
    cluster: staging
    reason: accepted until the move
    expires: 2026-12-31
  - tag: team=payments
    reason: 'theirs'
    expires: 2026-06-01T12:00:00+02:00
`;
    expect(parseMutes(text)).toEqual([
      {
        of: { rule: 'eks/irsa-trust-too-broad', account: '012345678901', cluster: 'staging' },
        reason: 'accepted until the move',
        expires: '2027-01-01T00:00:00.000Z',
      },
      { of: { tag: 'team=payments' }, reason: 'theirs', expires: '2026-06-01T10:00:00.000Z' },
    ]);
  });

  it('reads JSON, as a list or in an object', () => {
    const entry = { subject: 'role/a', reason: 'b', expires: '2026-12-31T00:00:00Z' };
    const expected = [{ of: { subject: 'role/a' }, reason: 'b', expires: '2026-12-31T00:00:00.000Z' }];
    expect(parseMutes(JSON.stringify([entry]))).toEqual(expected);
    expect(parseMutes(JSON.stringify({ mutes: [entry] }, null, 2))).toEqual(expected);
  });

  it.each(['', '# nothing yet\n', '[]', 'mutes: []', 'mutes:'])('finds no mute in %j', (text) => {
    expect(parseMutes(text)).toEqual([]);
  });

  it.each<[string, string, RegExp]>([
    ['no list', 'rule: a', /must be a list of mutes/],
    ['a text', 'hello', /must be a list of mutes/],
    ['an entry that is none', '- hello', /^Mute 1 is no object/],
    ['no reason', '- {rule: a, expires: 2026-12-31}', /^Mute 1 lacks its reason/],
    ['an empty reason', '- {rule: a, reason: " ", expires: 2026-12-31}', /^Mute 1 lacks its reason/],
    ['no expiry', '- {rule: a, reason: b}', /^Mute 1 lacks its expires/],
    ['an expiry that is no time', '- {rule: a, reason: b, expires: soon}', /expires "soon"; give a day/],
    ['a day that is none', '- {rule: a, reason: b, expires: 2026-02-30}', /expires "2026-02-30"/],
    ['an hour that is none', '- {rule: a, reason: b, expires: 2026-02-20T25:00:00Z}', /give a day/],
    ['a month that is none', '- {rule: a, reason: b, expires: 2026-13-01}', /give a day/],
    ['an unknown key', '- {rules: a, reason: b, expires: 2026-12-31}', /has "rules", which is not known/],
    ['nothing that it is for', '- {reason: b, expires: 2026-12-31}', /is for every finding/],
    ['everything', '- {rule: "*", reason: b, expires: 2026-12-31}', /is for every finding/],
    ['a list in a value', '- {rule: [a], reason: b, expires: 2026-12-31}', /lacks its rule/],
    ['broken YAML', '- {rule: a', /neither YAML nor JSON/],
    ['a type of its own', '- !!js/function x', /neither YAML nor JSON/],
    ['an alias', '- &a {rule: a}\n- *a', /uses aliases of YAML .* write each mute out/],
    [
      'several documents',
      '- {rule: a}\n---\n- {rule: b}',
      /several YAML documents; write all mutes into one list/,
    ],
    ['the second of two', '- {rule: a, reason: b, expires: 2026-12-31}\n- {}', /^Mute 2 /],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseMutes(text)).toThrow(message);
  });

  it.each(['9999-12-31', '9999-12-31T23:59:59-12:00'])('writes a time of four digits for %s', (expires) => {
    const [mute] = parseMutes(JSON.stringify([{ rule: 'a', reason: 'b', expires }]));
    expect(mute?.expires).toBe('9999-12-31T23:59:59.999Z');
  });
});
