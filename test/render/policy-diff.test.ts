import fc from 'fast-check';
import { nearChanges, policyDiff, type DiffLine } from '../../shared/render/policy-diff.ts';
import { policyText } from '../../shared/render/printable-report.ts';

const policy = (subject: string | string[], more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Condition: { StringEquals: { sub: subject } }, ...more }],
});

const changed = (lines: DiffLine[] | null) =>
  lines?.filter(({ mark }) => mark !== ' ').map(({ mark, text }) => mark + text.trim());

describe('policyDiff()', () => {
  it('shows the one line that changes, between all that stay', () => {
    const lines = policyDiff(policy('a:card'), policy('a:cart'));
    expect(changed(lines)).toEqual(['-"sub": "a:card"', '+"sub": "a:cart"']);
    expect(lines?.[0]).toEqual({ mark: ' ', text: '{' });
  });

  it('shows a text that becomes a list, and a condition that comes', () => {
    expect(changed(policyDiff(policy('a'), policy(['a', 'b'])))).toEqual([
      '-"sub": "a"',
      '+"sub": [',
      '+"a",',
      '+"b"',
      '+]',
    ]);
  });

  it('takes no order of keys for a change', () => {
    const other = { Statement: policy('a').Statement, Version: '2012-10-17' };
    expect(policyDiff(other, policy('a'))).toBeNull();
    expect(changed(policyDiff(other, policy('b')))).toEqual(['-"sub": "a"', '+"sub": "b"']);
  });

  it.each([
    ['no current policy', undefined, policy('a')],
    ['no repaired policy', policy('a'), undefined],
    ['a text', 'policy', policy('a')],
    ['the same', policy('a'), policy('a')],
    ['an endless one', { Statement: Array.from({ length: 9000 }, () => 1) }, policy('a')],
  ])('has nothing to show of %s', (_, current, repaired) => {
    expect(policyDiff(current, repaired)).toBeNull();
  });

  it('leaves out lines far from what changes, and counts them', () => {
    const members = (names: string[]) => ({ bindings: names.map((name) => ({ role: name })) });
    const many = Array.from({ length: 100 }, (_, index) => `r${index}`);
    const lines = policyDiff(members(many), members([...many.slice(0, 50), 'new', ...many.slice(50)])) ?? [];
    const near = nearChanges(lines);
    const left = near.map((line) => (line.mark === '…' ? line.lines : 1)).reduce((sum, one) => sum + one, 0);
    expect(left).toBe(lines.length);
    expect(near.map(({ mark }) => mark).join('')).toMatch(/^…( {8}\+{3} {8}|.{5,30})…$/s);
    expect(near.filter(({ mark }) => mark === '+')).toHaveLength(3);
    expect(near.length).toBeLessThan(30);
  });

  it('leaves no single line out', () => {
    const stays = { mark: ' ', text: 'a' } as const;
    const comes = { mark: '+', text: 'b' } as const;
    const lines = [
      ...Array.from({ length: 9 }, () => stays),
      comes,
      ...Array.from({ length: 10 }, () => stays),
    ];
    const near = nearChanges(lines);
    expect(near.slice(0, 10)).toEqual(lines.slice(0, 10));
    expect(near.at(-1)).toEqual({ mark: '…', lines: 2 });
  });

  it('escapes what cannot be seen', () => {
    const lines = policyDiff(policy('a\u202eb'), policy('a')) ?? [];
    expect(lines.map(({ text }) => text).join('\n')).not.toMatch(/[\p{Cf}]/u);
    expect(changed(lines)).toContain('-"sub": "a\\u202eb"');
  });

  it('holds both policies whole, whatever they are', () => {
    const any = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true });
    fc.assert(
      fc.property(any, any, (current, repaired) => {
        const lines = policyDiff(current, repaired);
        if (!lines) return;
        const of = (mark: '-' | '+') =>
          lines.filter((line) => line.mark === ' ' || line.mark === mark).map(({ text }) => text);
        expect(of('-').join('\n')).toBe(policyText(current));
        expect(JSON.parse(of('+').join('\n'))).toEqual(JSON.parse(policyText(repaired)));
      }),
    );
  });
});
