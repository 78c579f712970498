/** What logs, terminals and tickets do to a text: the error is still recognised, or nothing is said; never another cause. */
import * as fc from 'fast-check';
import { knownErrors } from '../../shared/explain/known-errors.ts';
import { kindsIn, scanText } from './scan.ts';

const byId = new Map(knownErrors.map((kind) => [kind.id, kind]));
const examples = knownErrors.flatMap((kind) => kind.examples.map(({ text }) => ({ kind: kind.id, text })));
const example = fc.constantFrom(...examples);

/** The kind, and those that say less of the same. */
function lesserKinds(id: string): Set<string> {
  const all = new Set([id]);
  for (const one of all) for (const lesser of byId.get(one)?.covers ?? []) all.add(lesser);
  return all;
}

function expectNoOther(text: string, ...kinds: string[]): void {
  const allowed = new Set(kinds.flatMap((kind) => [...lesserKinds(kind)]));
  expect({ text, others: kindsIn(text).filter((kind) => !allowed.has(kind)) }).toEqual({ text, others: [] });
}

const eachLine = (text: string, change: (line: string, index: number) => string) =>
  text.split('\n').map(change).join('\n');
const time = '2026-01-01T06:00:00.123456789Z';

describe('every example is still recognised', () => {
  it.each<[string, (text: string) => string]>([
    ['with carriage returns', (text) => text.replaceAll('\n', '\r\n')],
    ['in colour', (text) => eachLine(text, (line) => `\u001b[1;31m${line}\u001b[0m`)],
    ['after the times of "kubectl logs --timestamps"', (text) => eachLine(text, (line) => `${time} ${line}`)],
    [
      'after the prefix of "kubectl logs --prefix"',
      (text) => eachLine(text, (line) => `[pod/cart-7f85bf9964-kz8lp/app] ${line}`),
    ],
    ['after the prefix of containerd', (text) => eachLine(text, (line) => `${time} stderr F ${line}`)],
    ['as the text of a JSON log', (text) => JSON.stringify({ level: 'error', time, msg: text })],
    [
      'as JSON within JSON',
      (text) => JSON.stringify({ log: JSON.stringify({ error: text }), stream: 'stderr' }),
    ],
    [
      "in Docker's json-file log",
      (text) => eachLine(text, (line) => JSON.stringify({ log: `${line}\n`, stream: 'stderr', time })),
    ],
    ['between other lines', (text) => `starting up\n${text}\nshutting down`],
    ['behind many other lines', (text) => `${'all is well here\n'.repeat(1_000)}${text}\nbye`],
  ])('%s', (name, change) => {
    for (const { kind, text } of examples) {
      const isJson = text.startsWith('{') || text.includes('\n  {');
      if (isJson && !/carriage|between|behind/.test(name)) expectNoOther(change(text), kind);
      else expect([text, kindsIn(change(text))]).toEqual([text, [kind]]);
    }
  });
});

describe('nothing else is said', () => {
  it('of a text that was cut', () => {
    fc.assert(
      fc.property(example, fc.nat(1000), fc.boolean(), ({ kind, text }, at, fromStart) => {
        const cut = at % (text.length + 1);
        expectNoOther(fromStart ? text.slice(0, cut) : text.slice(cut), kind);
      }),
      { numRuns: 400 },
    );
  });

  it('of a text that a terminal wrapped', () => {
    fc.assert(
      fc.property(example, fc.integer({ min: 30, max: 120 }), ({ kind, text }, width) => {
        const wrapped = eachLine(text, (line) => line.replaceAll(new RegExp(`.{${width}}`, 'gu'), '$&\n'));
        expectNoOther(wrapped, kind);
      }),
      { numRuns: 200 },
    );
  });

  it('of a text that was wrapped in the middle of its words, which is still recognised, once', () => {
    const text =
      'botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity';
    for (const width of [80, 100, 110, 132]) {
      const wrapped = text.replaceAll(new RegExp(`.{${width}}`, 'g'), '$&\n');
      const { errors } = scanText(`$ kubectl logs cart\n${wrapped}\n$`);
      expect([width, errors.map(({ kind, count }) => [kind.id, count])]).toEqual([
        width,
        [['aws-web-identity-denied', 1]],
      ]);
    }
  });

  it('of two texts, one after the other or line by line in turn', () => {
    fc.assert(
      fc.property(example, example, fc.boolean(), (a, b, inTurn) => {
        const [first, second] = [a.text.split('\n'), b.text.split('\n')];
        const lines = inTurn
          ? Array.from({ length: Math.max(first.length, second.length) }, (_, i) => [
              first[i],
              second[i],
            ]).flat()
          : [...first, ...second];
        expectNoOther(lines.filter((line) => line !== undefined).join('\n'), a.kind, b.kind);
      }),
      { numRuns: 200 },
    );
  });

  it('of a sentence with any word left out', () => {
    fc.assert(
      fc.property(example, fc.nat(200), ({ kind, text }, at) => {
        const words = text.split(' ');
        expectNoOther(words.filter((_, index) => index !== at % words.length).join(' '), kind);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a text in pieces', () => {
  it('is read as in one', () => {
    fc.assert(
      fc.property(fc.array(example, { maxLength: 6 }), fc.integer({ min: 1, max: 300 }), (some, length) => {
        const text = some.map((one) => one.text).join('\nwell\n\n');
        expect(scanText(text, length)).toEqual(scanText(text));
      }),
      { numRuns: 100 },
    );
  });

  it('keeps count of lines and occurrences over the blocks that it is read in', () => {
    const error = 'InvalidIdentityToken: Incorrect token audience';
    const text = `${`${'x'.repeat(99)}\n`.repeat(9_999)}${time} ${error}\n`.repeat(3);
    const { lines, errors } = scanText(text, 65_536);
    expect([lines, errors[0]?.count, errors[0]?.first, errors[0]?.last]).toEqual([
      30_000,
      3,
      { line: 10_000, time },
      { line: 30_000, time },
    ]);
  });
});

describe('hostile text', () => {
  it.each<[string, string]>([
    ['a line without end', `${'a'.repeat(3_000_000)} AccessDenied: Access Denied ${'b'.repeat(3_000_000)}`],
    ['nothing but braces', '{"errorCode":{"a":['.repeat(50_000)],
    ['nothing but quotes and backslashes', '\\"errorCode\\" '.repeat(50_000)],
    ['needles without sentences', 'AccessDenied permission(s) for Required permission '.repeat(20_000)],
    ['white space in a sentence', `Not authorized${' '.repeat(500_000)}to perform`],
    ['control characters', '\u0000\u001b[31;\u001b]0;title\u0007\u202e\ufeff'.repeat(50_000)],
    ['half a surrogate', '\ud800 Node pool "\udfff" requires recreation'],
  ])('%s is read to its end', (_, text) => {
    const { lines } = scanText(text, 65_536);
    expect(lines).toBe(1);
  });

  it('puts nothing into a command that a shell would run, or a terminal obey', () => {
    const role = 'arn:aws:iam::111122223333:role/$(reboot)`id`;x';
    const text = `User: arn:aws:sts::111122223333:assumed-role/a'b;reboot/s is not authorized to perform: s3:Get on resource: "arn:aws:s3:::b/$(reboot)\u001b[2J" ${role}`;
    for (const { cases } of scanText(text).errors)
      for (const { values } of cases)
        for (const value of Object.values(values)) expect(value).not.toMatch(/[$`;'"\s\u001b]/);
  });
});

describe('the patterns', () => {
  const patterns = knownErrors.flatMap(({ id, patterns: own }) =>
    own.map((pattern) => [id, pattern.source] as const),
  );

  it.each(patterns)(
    'of %s repeat nothing without bound but white space, and that not twice: %s',
    (_, source) => {
      const plain = source
        .replaceAll('\\s', '~')
        .replaceAll(/\\./g, 'x')
        .replaceAll(/\[[^\]]*\]/g, 'c');
      expect(plain).not.toMatch(/[^~][*+]|\{\d+,\}/);
      expect(plain).not.toMatch(/~[*+]~[*+]|[*+]\)[*+{]/);
    },
  );
});
