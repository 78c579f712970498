/** The Cloud Function: its bundle and the time to load it, and how often an audit asks Google for each project. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { deploySteps } from '../../infra/google/deploy-steps.ts';
import { readDeployment } from '../../infra/google/deployment.ts';
import { makeGoogleClients } from '../../functions/google-auth.ts';
import { runGcpAudit } from '../../functions/run-gcp-audit.ts';
import { readGoogleSettings } from '../../shared/google-settings.ts';
import { rules } from '../../shared/rules/index.ts';
import { startGoogleCloud } from '../cloud/google/start-google-cloud.ts';
import { largeWorld } from '../cloud/google/worlds/large.ts';
import type { Benchmark } from './main.ts';

const runs = 9;

/** KiB that the bundle may have, without the framework, which Google's builder adds. */
const mostKiB = 2000;

/** The load of the bundle may take this many times what starting Node with the framework alone takes. */
const mostLoad = 4;

const projects = 200;

/** Requests for each project that an audit may make on average. */
const mostReads = 8;

export async function benchGcp(): Promise<Benchmark> {
  const [bundle, reads] = [benchBundle(), await countReads()];
  return {
    name: 'Cloud Function of the GKE auditor',
    lines: [...bundle.lines, ...reads.lines],
    holds: bundle.holds && reads.holds,
  };
}

type Part = Pick<Benchmark, 'lines' | 'holds'>;

/** Bundled by the very command that deploys it, beside the framework that it is loaded with. */
function benchBundle(): Part {
  const cache = resolve('node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'clusterwhy-bench-'));
  try {
    const outfile = join(folder, 'index.js');
    bundle(outfile);
    const kib = statSync(outfile).size / 1024;
    const framework = "require('@google-cloud/functions-framework')";
    const bare = medianMs(['-e', framework]);
    const loaded = medianMs(['-e', `${framework};require(${JSON.stringify(outfile)})`]);
    return {
      lines: [
        `${kib.toFixed(0)} KiB, minified (at most ${mostKiB})`,
        `the framework alone: ${bare.toFixed(0)} ms; with the bundle: ${loaded.toFixed(0)} ms, ${(loaded / bare).toFixed(1)} times as long (at most ${mostLoad})`,
      ],
      holds: kib <= mostKiB && loaded / bare <= mostLoad,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function bundle(outfile: string): void {
  const deployment = readDeployment(['--project', 'ops-audit', '--region', 'europe-west1']);
  const step = deploySteps(deployment).find(({ does }) => does === 'Bundle the function');
  if (!step || !('run' in step)) throw new Error('Cannot find the step that bundles the function');
  const given = step.run.slice(2).filter((word) => !word.startsWith('--outfile='));
  const esbuild = resolve('node_modules/esbuild/bin/esbuild');
  const { status, stderr } = spawnSync(esbuild, [...given, `--outfile=${outfile}`], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Cannot bundle the function: ${stderr}`);
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

async function countReads(): Promise<Part> {
  const cloud = await startGoogleCloud(largeWorld(new Date(), projects), { largestPage: 500 });
  try {
    const report = await runGcpAudit({
      clients: await makeGoogleClients(readGoogleSettings(cloud.environment())),
      rules,
      history: { state: 'whole', value: new Map() },
      sinceMs: 86_400_000,
      pace: { requestsPerSecond: 10_000, logRequestsPerSecond: 10_000 },
    });
    const audited = report.scope.length;
    const reads = cloud.access.arrivals.length / audited;
    const gaps = report.coverage.filter(({ complete }) => !complete).length;
    return {
      lines: [
        `${audited} projects, ${report.summary.clusters} clusters: ${reads.toFixed(1)} requests for each project (at most ${mostReads}), ${gaps} gaps`,
      ],
      holds: reads <= mostReads && audited >= projects && gaps === 0,
    };
  } finally {
    await cloud.close();
  }
}
