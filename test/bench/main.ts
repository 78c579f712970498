/** `npm run bench`: how fast and how large, as ratios within one run; exit code 1 where a promise does not hold. */
import { stdout } from 'node:process';
import { benchBundle } from './bundle.ts';
import { benchCapture } from './capture.ts';
import { benchEvaluation } from './evaluation.ts';
import { benchGcp } from './gcp.ts';
import { benchKubernetes } from './kubernetes.ts';
import { benchLookup } from './lookup.ts';
import { benchMemory } from './memory.ts';
import { benchOrganization } from './organization.ts';
import { benchScan } from './scan.ts';

export interface Benchmark {
  name: string;
  lines: string[];
  holds: boolean;
}

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const benchmarks: Record<string, () => Promise<Benchmark>> = {
  lookup: benchLookup,
  evaluation: benchEvaluation,
  memory: benchMemory,
  organization: benchOrganization,
  kubernetes: benchKubernetes,
  bundle: benchBundle,
  capture: benchCapture,
  gcp: benchGcp,
  scan: benchScan,
};

/** Runs those that are named, or all, one after the other: side by side they would disturb each other. */
async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !(name in benchmarks));
  if (unknown.length > 0) {
    stdout.write(
      `There is no benchmark "${unknown.join('", "')}"; there are ${Object.keys(benchmarks).join(', ')}\n`,
    );
    return 1;
  }
  let allHold = true;
  for (const [key, run] of Object.entries(benchmarks)) {
    if (names.length > 0 && !names.includes(key)) continue;
    const { name, lines, holds } = await run();
    allHold &&= holds;
    stdout.write(
      `${holds ? 'holds ' : 'BROKEN'}  ${name}\n${lines.map((line) => `        ${line}\n`).join('')}`,
    );
  }
  return allHold ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
