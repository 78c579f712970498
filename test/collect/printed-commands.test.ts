/** The commands that findings print, run by the real aws command line where it is installed. */
import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { makeReport, type Report } from '../../shared/report.ts';
import { rules } from '../../shared/rules/index.ts';
import { collectAws } from '../../shared/collect/aws/account.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { faultyWorld } from '../cloud/worlds/faulty.ts';
import { account, clientsOf } from './observe.ts';

const hasAws = spawnSync('aws', ['--version']).status === 0;
const whereInstalled = hasAws ? it : xit;
if (!hasAws) process.stderr.write('The aws command line is not installed: printed commands are not run\n');

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud(faultyWorld({ stormEvents: 500 }), { lookupsPerSecond: Infinity });
});
afterAll(() => cloud.close());

async function audit(): Promise<Report> {
  const now = new Date();
  const observation = await collectAws({
    clients: clientsOf(cloud),
    now,
    window: { from: new Date(now.getTime() - 24 * 3600_000), to: now },
    lookupRate: 1_000,
    discoveryBaseUrl: cloud.discoveryBaseUrl,
  });
  const times = { startedAt: now.toISOString(), finishedAt: now.toISOString() };
  return makeReport({ observations: [observation], rules, runId: 'run', version: '0.0.0', ...times });
}

/** Findings whose commands are for AWS: those for kubectl change what this world does not have. */
function repairable({ findings }: Report) {
  return findings.filter(({ fix }) => fix.commands.some((command) => command.startsWith('aws ')));
}

describe('the commands that findings of the faulty world print', () => {
  whereInstalled(
    'run, and the findings are gone on the next audit, without new ones',
    async () => {
      const before = await audit();
      const repaired = repairable(before);
      expect(repaired.filter(({ fix }) => fix.verified).length).toBeGreaterThanOrEqual(8);
      for (const { fix } of repaired)
        for (const command of fix.commands) {
          const { status, stderr } = await run(command);
          expect({ command, status, stderr }).toEqual({ command, status: 0, stderr: '' });
        }
      const after = await audit();
      const ids = after.findings.map(({ id }) => id);
      expect(
        repaired.filter(({ id }) => ids.includes(id)).map(({ rule, cause }) => ({ rule, cause })),
      ).toEqual([]);
      const known = before.findings.map(({ id }) => id);
      expect(
        after.findings.filter(({ id }) => !known.includes(id)).map(({ rule, cause }) => ({ rule, cause })),
      ).toEqual([]);
    },
    240_000,
  );
});

/** By bash, as it is pasted; asynchronous, for the simulated cloud answers from this very process. */
async function run(command: string): Promise<{ status: number | null; stderr: string }> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...cloud.environment(account) };
  const child = spawn('bash', ['-c', command], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  return { stderr: await text(child.stderr), status: await ended };
}
