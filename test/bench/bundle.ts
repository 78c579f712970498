/** The bundles of the Lambdas that start most often or hold most: their size, and how long Node takes to load the audit's. */
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark } from './main.ts';

const runs = 9;

/**
 * KiB that the bundle may have: the SDK's clients by command, a mail client, the rules and the pages. More than a third is
 * the client of EC2, which is in it as text and runs only when a network is read.
 */
const mostKiB = 2400;

/** The capture's is called by every refusal, and holds neither rules nor pages. */
const mostCaptureKiB = 600;

/** The load of the bundle may take this many times what starting Node alone takes. */
const mostLoad = 5;

export async function benchBundle(): Promise<Benchmark> {
  const folder = await mkdtemp(join(tmpdir(), 'clusterwhy-bench-'));
  try {
    const outfile = join(folder, 'audit.cjs');
    await bundle('audit', outfile);
    const captureFile = join(folder, 'capture.cjs');
    await bundle('capture', captureFile);
    const captureKib = (await stat(captureFile)).size / 1024;
    const kib = (await stat(outfile)).size / 1024;
    const bare = medianMs(['-e', '0']);
    const loaded = medianMs(['-e', `require(${JSON.stringify(outfile)})`]);
    return {
      name: 'Bundle of the audit Lambda',
      lines: [
        `${kib.toFixed(0)} KiB, minified (at most ${mostKiB})`,
        `that of the capture: ${captureKib.toFixed(0)} KiB (at most ${mostCaptureKiB})`,
        `node -e 0: ${bare.toFixed(0)} ms; with the bundle: ${loaded.toFixed(0)} ms, ${(loaded / bare).toFixed(1)} times as long (at most ${mostLoad})`,
      ],
      holds: kib <= mostKiB && captureKib <= mostCaptureKiB && loaded / bare <= mostLoad,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function bundle(name: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [`functions/${name}.ts`],
    outfile,
    bundle: true,
    minify: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'error',
  });
}

/** Milliseconds that a fresh process takes, the median of several. */
function medianMs(args: string[]): number {
  const times = Array.from({ length: runs }, () => {
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`Cannot load the bundle: ${stderr}`);
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? Number.NaN;
}
