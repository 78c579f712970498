import fc from 'fast-check';
import { policyDiff, type DiffLine } from '../../shared/render/policy-diff.ts';
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
