/**
 * Scanning archives of CloudTrail: against decompression alone, against gunzip and JSON.parse, and against DuckDB; the
 * denied events are compared with what the generator knows. Ratios are of processor time within one run, for the machine
 * may have other work; every way runs in turn in a process of its own, with the same number of threads.
 */
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Benchmark } from './main.ts';
import type { Run } from './scan-child.ts';

interface Archive {
  name: string;
  /** Of `make-cloudtrail.mjs`. */
  options: string[];
  /** At most this many times the time of gunzipSync alone; null where only what is found and memory count. */
  mostOfGunzip: number | null;
  /** At least this many times faster than gunzip and JSON.parse. */
  leastOfParse: number | null;
  leastOfDuckDb?: number;
}

const storm = ['--size', '256m', '--web-identity', '0.25', '--errors', '0.6', '--broken', '0.3'];
const single = ['--size', '300m', '--records', '240000-240000', '--accounts', '1', '--regions', 'us-east-1'];

const archives: readonly Archive[] = [
  { name: '2 GB', options: ['--size', '2g'], mostOfGunzip: 1.2, leastOfParse: 2.5, leastOfDuckDb: 2 },
  { name: 'a tenth', options: ['--size', '200m'], mostOfGunzip: 1.2, leastOfParse: 2.5 },
  {
    name: 'tiny files',
    options: ['--size', '64m', '--records', '1-20'],
    mostOfGunzip: 1.5,
    leastOfParse: 1.6,
  },
  { name: 'storm, 15 % denied', options: storm, mostOfGunzip: 1.5, leastOfParse: 2 },
  { name: 'one file of 384 MB', options: single, mostOfGunzip: null, leastOfParse: null },
  { name: 'hazards', options: ['--size', '4m', '--hazards', '1'], mostOfGunzip: null, leastOfParse: null },
];

const mostMiB = 128;
const rounds = 5;
const threads = Math.min(2, availableParallelism());
const generator = resolve('test/bench/make-cloudtrail.mjs');
const duckDbFolder = resolve('test/bench/duckdb');

export async function benchScan(): Promise<Benchmark> {
  const built = await mkdtemp(join(tmpdir(), 'clusterwhy-bench-'));
  try {
    await bundle(built);
    const results: Result[] = [];
    for (const archive of archives) results.push(await measure(join(built, 'scan-child.js'), archive));
    return {
      name: 'Scanning archives of CloudTrail',
      lines: [
        `${threads} threads; processor time, medians of ${rounds} runs in turn`,
        ...results.flatMap(({ lines }) => lines),
        ...(existsSync(join(duckDbFolder, 'node_modules'))
          ? []
          : ['DuckDB is not installed, and was left out: npm ci --prefix test/bench/duckdb']),
      ],
      holds: results.every(({ holds }) => holds),
    };
  } finally {
    await rm(built, { recursive: true });
  }
}

async function bundle(outdir: string): Promise<void> {
  await writeFile(join(outdir, 'package.json'), '{"type":"module"}');
  await build({
    entryPoints: {
      'scan-child': 'test/bench/scan-child.ts',
      'scan-thread': 'shared/collect/archive/scan-thread.ts',
    },
    outdir,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  });
}

interface Result {
  lines: string[];
  holds: boolean;
}

async function measure(child: string, archive: Archive): Promise<Result> {
  const folder = await makeArchive(archive);
  const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as {
    denied: number;
    jsonBytes: number;
    deniedEventIdsSha256: string;
  };
  const logs = join(folder, 'AWSLogs');
  const once = (how: string) => runOnce(child, how, logs);
  const { denied, ids } = once('ids');
  const exact = denied === truth.denied && ids === truth.deniedEventIdsSha256;
  const scans = [once('scan')];
  const exactScan = scans.every((run) => run.denied === truth.denied);
  const comparisons = archive.mostOfGunzip === null ? [] : compare(archive, once, scans);
  const peak = Math.max(...scans.map(({ peakMiB }) => peakMiB));
  const { name } = archive;
  return {
    lines: [
      `${name}: ${(truth.jsonBytes / 1e6).toFixed(0)} MB; ${exact && exactScan ? `the same ${truth.denied} denied events` : 'THE DENIED EVENTS DIFFER'}; ${peak.toFixed(0)} MiB at most (${mostMiB})`,
      ...comparisons.map(({ line }) => `    ${line}`),
    ],
    holds: exact && exactScan && peak <= mostMiB && comparisons.every(({ holds }) => holds),
  };
}

function compare(
  { mostOfGunzip, leastOfParse, leastOfDuckDb }: Archive,
  once: (how: string) => Run,
  scans: Run[],
): { line: string; holds: boolean }[] {
  const others = [
    'gunzip',
    'parse',
    ...(leastOfDuckDb && existsSync(join(duckDbFolder, 'node_modules')) ? ['duckdb'] : []),
  ];
  const ratios: Record<string, { cpu: number; wall: number }[]> = {};
  for (let round = 0; round < rounds; round++) {
    const scan = once('scan');
    scans.push(scan);
    for (const other of others) {
      const run = once(other);
      (ratios[other] ??= []).push({ cpu: run.cpuMs / scan.cpuMs, wall: run.ms / scan.ms });
    }
  }
  const median = (how: string, of: 'cpu' | 'wall') =>
    (ratios[how] ?? []).map((one) => one[of]).sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
  const ofGunzip = 1 / median('gunzip', 'cpu');
  return [
    {
      line: `${ofGunzip.toFixed(2)} of gunzipSync alone (at most ${mostOfGunzip}; by the clock ${(1 / median('gunzip', 'wall')).toFixed(2)})`,
      holds: ofGunzip <= (mostOfGunzip ?? Infinity),
    },
    faster('gunzip and JSON.parse', median('parse', 'cpu'), median('parse', 'wall'), leastOfParse ?? 0),
    ...(others.includes('duckdb')
      ? [faster('DuckDB', median('duckdb', 'cpu'), median('duckdb', 'wall'), leastOfDuckDb ?? 0)]
      : []),
  ];
}

function faster(than: string, cpu: number, wall: number, least: number): { line: string; holds: boolean } {
  const line = `${cpu.toFixed(1)} times faster than ${than} (at least ${least}; by the clock ${wall.toFixed(1)})`;
  return { line, holds: cpu >= least };
}

function runOnce(child: string, how: string, logs: string): Run {
  const env = { ...process.env, DUCKDB_FOLDER: duckDbFolder };
  const { status, stdout, stderr } = spawnSync(process.execPath, [child, how, logs, String(threads)], {
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(`Cannot measure "${how}": ${stderr}`);
  return JSON.parse(stdout) as Run;
}

/** Archives are kept: making the largest takes a minute. The same options always give the same bytes. */
async function makeArchive({ name, options }: Archive): Promise<string> {
  const cache = resolve('node_modules/.cache/clusterwhy-scan');
  const folder = join(cache, options.join('').replaceAll(/[^\w.]/g, '_'));
  if (existsSync(join(folder, 'truth.json'))) return folder;
  await mkdir(cache, { recursive: true });
  const fresh = await mkdtemp(join(cache, 'making-'));
  const { status, stderr } = spawnSync(process.execPath, [generator, '--out', fresh, ...options], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`Cannot make the archive "${name}": ${stderr}`);
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
  return folder;
}
