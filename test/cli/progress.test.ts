/** How far the reading has come, on terminals of all kinds. */
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { minutesLeft, startProgress } from '../../functions/cli/progress.ts';
import { openSession, type CommonOptions } from '../../functions/cli/session.ts';
import type { ProjectsProgress } from '../../functions/run-gcp-audit.ts';
import type { Progress } from '../../shared/collect/aws/account.ts';

const steps: Progress[] = [
  { kind: 'region', region: 'eu-west-1', state: 'started' },
  { kind: 'region', region: 'us-east-1', state: 'started' },
  { kind: 'clusters', region: 'eu-west-1', clusters: 2 },
  events(100, 0.1),
  events(1200, 0.5),
  events(1300, 0.55),
  { kind: 'region', region: 'us-east-1', state: 'done' },
];

function events(count: number, covered: number): Progress {
  const budget = { spentMs: 12_400, totalMs: 60_000 };
  return {
    kind: 'events',
    region: 'eu-west-1',
    events: count,
    slices: { done: 1, total: 8 },
    covered,
    budget,
  };
}

/** A terminal as far as the moving line needs one. */
class Terminal extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number;

  constructor(columns: number | undefined) {
    super();
    this.isTTY = columns !== undefined;
    this.columns = columns ?? 0;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
  cursorTo = () => true;
  clearLine = () => true;
  moveCursor = () => true;
}

/** What is written on standard error; a terminal where it has columns. */
async function show(
  columns: number | undefined,
  env: Record<string, string> = {},
  options: Partial<CommonOptions> = {},
  shown: readonly (Progress | ProjectsProgress)[] = steps,
): Promise<string> {
  const stderr = new Terminal(columns);
  const streams = { stdin: process.stdin, stdout: new Terminal(undefined), stderr, env } as never;
  const session = openSession(streams, { color: true, logLevel: 'info', ...options });
  const progress = await startProgress(session, 'Reading AWS');
  for (const step of shown) {
    progress.show(step);
    if (env['TERM'] === 'xterm') await sleep(100); // the line moves every 80 ms
  }
  progress.stop();
  return stderr.text;
}

const lines = [
  'Reading AWS',
  '  eu-west-1: reading',
  '  us-east-1: reading',
  '  eu-west-1: 2 clusters',
  '  eu-west-1: 1,200 events, 50 % of the window, 12 of 60 s',
  '  us-east-1: done',
  '',
].join('\n');

it.each<[string, number | undefined, Record<string, string>]>([
  ['a pipe', undefined, {}],
  ['a terminal without a width', 0, {}],
  ['a terminal that cannot move', 80, { TERM: 'dumb' }],
  ['a terminal of a CI system', 80, { CI: 'true' }],
])('%s gets plain lines, of the events one at every quarter', async (_, columns, env) => {
  expect(await show(columns, env)).toBe(lines);
});

it('a terminal gets one moving line with regions, clusters, events and budget', async () => {
  const text = await show(120, { TERM: 'xterm' });
  expect(text).toContain(
    '0 of 2 regions (eu-west-1, us-east-1), 2 clusters, 1,300 events, 55 % of the window, 12 of 60 s',
  );
  expect(text).not.toContain('eu-west-1: reading');
});

it.each<[Partial<CommonOptions>]>([[{ quiet: true }], [{ logLevel: 'warn' }], [{ logLevel: 'error' }]])(
  'nothing is shown with %j',
  async (options) => {
    expect(await show(120, {}, options)).toBe('');
  },
);

describe('of Google Cloud', () => {
  const names = Array.from({ length: 8 }, (_, index) => `shop-${index}`);
  const projects: ProjectsProgress[] = [
    { kind: 'projects', projects: names.length },
    ...names.map((project) => ({ kind: 'project', project, state: 'started' }) as const),
    { kind: 'clusters', project: 'shop-0', clusters: 3 },
    ...names.slice(0, 6).map((project) => ({ kind: 'project', project, state: 'done' }) as const),
  ];

  it('plain lines tell the projects at every quarter', async () => {
    expect((await show(undefined, {}, {}, projects)).split('\n')).toEqual([
      'Reading AWS',
      '  8 projects to read',
      '  shop-0: 3 clusters',
      '  2 of 8 projects',
      '  4 of 8 projects',
      '  6 of 8 projects (shop-6, shop-7)',
      '',
    ]);
  });

  it('the moving line holds projects and regions', async () => {
    const both = [...steps, ...projects];
    expect(await show(200, { TERM: 'xterm' }, {}, both)).toContain(
      '1 of 2 regions (eu-west-1), 6 of 8 projects (shop-6, shop-7), 5 clusters, 1,300 events, 55 %',
    );
  });
});

it.each<[number, number, number | null]>([
  [0, 600_000, null],
  [0.5, 10_000, null],
  [0.5, 600_000, 10],
  [0.1, 60_000, 9],
  [0.9, 60_000, null],
  [1, 600_000, null],
])('with %d of the window after %d ms, the minutes left are %p', (covered, elapsedMs, expected) => {
  expect(minutesLeft(covered, elapsedMs)).toBe(expected);
});
