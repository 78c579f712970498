/** `clusterwhy can-assume --batch`: line by line, in order, in constant memory. */
import { readFileSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { answerBatch } from '../../functions/cli/can-assume/batch.ts';
import { readLines } from '../../functions/cli/can-assume/read-lines.ts';
import { openSession } from '../../functions/cli/session.ts';
import { buildCommandLine, type CommandLine } from './command-line.ts';

interface Case {
  id: string;
  verdict: string;
  causes: string[] | null;
}
interface Answer {
  id?: unknown;
  verdict?: string;
  causes?: string[];
  statements?: unknown[];
  fix?: { verified: boolean } | null;
  error?: string;
}

const casesFile = 'test/data/trust-cases.jsonl';
const lines = readFileSync(casesFile, 'utf8').trimEnd().split('\n');
const cases = lines.map((line) => JSON.parse(line) as Case);
const allowed = lines[cases.findIndex(({ verdict }) => verdict === 'Allowed')]!;
const denied = lines[cases.findIndex(({ verdict }) => verdict === 'ImplicitlyDenied')]!;

let cli: CommandLine;
beforeAll(async () => {
  cli = await buildCommandLine();
});
afterAll(() => cli.remove());

async function batch(input: string | Buffer) {
  const { code, stdout, stderr } = await cli.run(['can-assume', '--batch', '-'], { input });
  const answers = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Answer);
  return { code, answers, stderr };
}

describe('a batch', () => {
  it('answers every labelled case with its verdict and exactly its causes, in order', async () => {
    const { code, answers, stderr } = await batch(readFileSync(casesFile));
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    expect(answers.map(({ id, verdict }) => [id, verdict])).toEqual(
      cases.map(({ id, verdict }) => [id, verdict]),
    );
    for (const [index, { causes }] of cases.entries())
      if (causes) expect(new Set(answers[index]?.causes)).toEqual(new Set(causes));
  });

  it('proposes a fix only where one is needed, and one that is allowed when it is asked about again', async () => {
    const { answers } = await batch(readFileSync(casesFile));
    for (const { verdict, fix } of answers) expect(fix === null).toBe(verdict === 'Allowed');
    const repaired = answers.flatMap(({ id, fix }, index) => {
      if (!fix?.verified) return [];
      const { request } = JSON.parse(lines[index]!) as { request: object };
      return [JSON.stringify({ id, trustPolicy: (fix as { policy?: unknown }).policy, request })];
    });
    const again = await batch(repaired.join('\n'));
    expect(repaired.length).toBeGreaterThan(50);
    expect(again.answers.filter(({ verdict }) => verdict !== 'Allowed')).toEqual([]);
    expect(again.code).toBe(0);
  });

  it('reads a file, and exits with 0 where all are allowed', async () => {
    const whole = await cli.run(['can-assume', '--batch', `${process.cwd()}/${casesFile}`]);
    expect(whole.stdout.split('\n')).toHaveLength(lines.length + 1);
    expect(await batch(`${allowed}\n`)).toMatchObject({
      code: 0,
      answers: [{ verdict: 'Allowed', fix: null }],
    });
    expect(await batch('')).toMatchObject({ code: 0, answers: [] });
  });

  it('passes over blank lines and bears CRLF, a byte order mark and a last line without an end', async () => {
    const { code, answers } = await batch(`\ufeff${allowed}\r\n\r\n   \n\n${denied}`);
    expect(code).toBe(3);
    expect(answers.map(({ verdict }) => verdict)).toEqual(['Allowed', 'ImplicitlyDenied']);
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '{"trustPolicy": ', /^Line 2: /],
    ['no object', '[1, 2]', /^Line 2: .* must be an object/],
    ['null', 'null', /^Line 2: .* must be an object/],
    ['no policy', '{"id": 7, "request": {}}', /trustPolicy is missing/],
    ['no request', '{"id": 7, "trustPolicy": {}}', /request must be an object/],
    [
      'a request without an issuer',
      '{"trustPolicy": {}, "request": {"roleArn": "a", "claims": {}}}',
      /request\.issuer must be a string/,
    ],
    [
      'claims that are text',
      '{"trustPolicy": {}, "request": {"issuer": "a", "roleArn": "a", "claims": "x"}}',
      /request\.claims must be a record/,
    ],
    [
      'a context that is a list',
      '{"trustPolicy": {}, "request": {"issuer": "a", "roleArn": "a", "claims": {}, "context": []}}',
      /request\.context must be a record/,
    ],
  ])('answers a line with %s by an error, and goes on', async (_, line, error) => {
    const { code, answers } = await batch(`${allowed}\n${line}\n${allowed}\n`);
    expect(code).toBe(3);
    expect(answers.map(({ verdict }) => verdict)).toEqual(['Allowed', undefined, 'Allowed']);
    expect(answers[1]?.error).toMatch(error);
    expect(answers[1]?.id).toBe(line.includes('"id"') ? 7 : undefined);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['a number', 7],
    ['text that is no JSON', '<policy/>'],
    ['nested a thousand deep', JSON.parse('{"Statement":'.repeat(1000) + 'null' + '}'.repeat(1000))],
    ['with a prototype', JSON.parse('{"__proto__": {"Statement": []}, "constructor": 1}')],
  ])('calls a policy that is %s malformed', async (_, trustPolicy) => {
    const { request } = JSON.parse(allowed) as { request: object };
    const { code, answers } = await batch(JSON.stringify({ id: { any: 'thing' }, trustPolicy, request }));
    expect(code).toBe(3);
    expect(answers).toMatchObject([{ id: { any: 'thing' }, verdict: 'Malformed', causes: [] }]);
  });

  it('ends quietly when its reader has gone', async () => {
    const child = cli.start(['can-assume', '--batch', '-']);
    const stderr: Buffer[] = [];
    child.stderr.on('data', (data: Buffer) => stderr.push(data));
    child.stdin.on('error', () => undefined);
    child.stdout.destroy();
    const closed = new Promise((done) => child.once('close', done));
    child.stdin.end(`${allowed}\n`.repeat(200));
    expect([await closed, Buffer.concat(stderr).toString()]).toEqual([0, '']);
  });
});

describe('the memory of a batch', () => {
  it('does not grow with the number of lines', async () => {
    const child = cli.start(['can-assume', '--batch', '-'], {
      env: { NODE_OPTIONS: '--max-old-space-size=48' },
    });
    const chunk = `{"no": "policy", "padding": "${'x'.repeat(1000)}"}\n`.repeat(1000);
    Readable.from(Array.from({ length: 80 }, () => chunk)).pipe(child.stdin);
    let answered = 0;
    child.stdout.on('data', (data: Buffer) => (answered += data.toString('latin1').split('\n').length - 1));
    const code = await new Promise((done) => child.once('close', done));
    expect({ code, answered }).toEqual({ code: 3, answered: 80_000 });
  });

  it('is not spent on lines that nobody has taken the answers of', async () => {
    let pulled = 0;
    const source = Readable.from(
      (function* () {
        for (; pulled < 2000; pulled++) yield `${allowed}\n`;
      })(),
      { highWaterMark: 1 },
    );
    const taken: (() => void)[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => void taken.push(done),
    });
    const streams = { stdin: source, stdout: slow, stderr: slow, env: {} } as never;
    const done = answerBatch(openSession(streams, { color: false, logLevel: 'info' }), '-');
    while (taken.length === 0) await setImmediate();
    const atFirstWrite = pulled;
    for (let turn = 0; turn < 100; turn++) await setImmediate();
    expect(taken).toHaveLength(1);
    expect(pulled - atFirstWrite).toBeLessThanOrEqual(2);
    slow._write = (_chunk, _encoding, next) => next();
    taken[0]?.();
    expect(await done).toBe(true);
    expect(pulled).toBe(2000);
  });

  it('is not taken by one line without end', async () => {
    const result: unknown[] = [];
    const stream = Readable.from(['ab', 'c'.repeat(30), 'd\nnext\n', 'e'.repeat(9), 'f'.repeat(9)]);
    for await (const line of readLines(stream, 16)) result.push(line);
    expect(result).toEqual([{ tooLong: true }, { text: 'next' }, { tooLong: true }]);
  });

  it('keeps characters whole that are cut between two chunks', async () => {
    const bytes = Buffer.from('é\u2028ü\n€');
    const pieces = Readable.from([...bytes].map((byte) => Buffer.from([byte])));
    const result: unknown[] = [];
    for await (const line of readLines(pieces)) result.push(line);
    expect(result).toEqual([{ text: 'é\u2028ü' }, { text: '€' }]);
  });
});
