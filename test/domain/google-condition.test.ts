import fc from 'fast-check';
import { evaluateCondition } from '../../shared/domain/google-condition.ts';
import { inLanguage } from '../../shared/words.ts';

const now = '2026-06-01T06:00:00Z';
const before = 'timestamp("2026-05-01T00:00:00Z")';
const after = 'timestamp("2026-07-01T00:00:00Z")';

describe('evaluateCondition()', () => {
  it.each([
    [`request.time < ${after}`, { state: 'holds', until: '2026-07-01T00:00:00.000Z' }],
    [`request.time <= ${after}`, { state: 'holds', until: '2026-07-01T00:00:00.000Z' }],
    [`request.time < ${before}`, { state: 'expired', since: '2026-05-01T00:00:00.000Z' }],
    [`request.time > ${before}`, { state: 'holds', until: null }],
    [`request.time >= ${after}`, { state: 'not-yet', from: '2026-07-01T00:00:00.000Z' }],
    [`${after} > request.time`, { state: 'holds', until: '2026-07-01T00:00:00.000Z' }],
    [`${before} > request.time`, { state: 'expired', since: '2026-05-01T00:00:00.000Z' }],
    [`${after} <= request.time`, { state: 'not-yet', from: '2026-07-01T00:00:00.000Z' }],
    [
      `request.time > ${before} && request.time < ${after}`,
      { state: 'holds', until: '2026-07-01T00:00:00.000Z' },
    ],
    [
      `(request.time > ${before}) && (request.time < ${before})`,
      { state: 'expired', since: '2026-05-01T00:00:00.000Z' },
    ],
    [
      `request.time<timestamp('2026-07-01T02:00:00+02:00')`,
      { state: 'holds', until: '2026-07-01T00:00:00.000Z' },
    ],
    [`\n  request.time < ${after}\n`, { state: 'holds', until: '2026-07-01T00:00:00.000Z' }],
  ])('decides %s', (expression, expected) => {
    expect(evaluateCondition(expression, now)).toEqual(expected);
  });

  it.each([
    'resource.name.startsWith("projects/_/buckets/x")',
    `request.time < ${after} || true`,
    `request.time < ${after} && resource.type == "x"`,
    `!(request.time < ${after})`,
    `request.time < ${after} + duration("1h")`,
    'request.time.getFullYear() < 2030',
    'request.time < timestamp("tomorrow")',
    'request.time < timestamp("2026-13-45T99:00:00Z")',
    `request.time != ${after}`,
    `resource.name == "a && request.time < ${after}"`,
    '',
  ])('leaves %s undecided', (expression) => {
    expect(evaluateCondition(expression, now).state).toBe('unknown');
  });

  it('shortens a long expression in its reason', () => {
    const found = evaluateCondition('x'.repeat(10_000), now);
    expect(found.state === 'unknown' && inLanguage(found.why, 'en').length).toBeLessThan(200);
  });

  it('never throws, and decides a huge expression soon', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof evaluateCondition(text, now).state === 'string'));
    const huge = Array.from({ length: 20_000 }, () => `(request.time > ${before})`).join('&&');
    expect(evaluateCondition(huge, now)).toEqual({ state: 'holds', until: null });
  });
});
