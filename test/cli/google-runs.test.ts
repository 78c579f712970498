/** `clusterwhy audit` of Google Cloud from run to run, and whose access it looks after. */
import { join } from 'node:path';
import type { Report } from '../../shared/report.ts';
import { startGoogleCloud, type GoogleCloud } from '../cloud/google/start-google-cloud.ts';
import { healthyWorld } from '../cloud/google/worlds/healthy.ts';
import { buildCommandLine, type CommandLine } from './command-line.ts';

let cli: CommandLine;
let cloud: GoogleCloud;
let folder: string;
let made = 0;
beforeAll(async () => {
  cli = await buildCommandLine();
}, 120_000);
afterAll(() => cli.remove());
beforeEach(async () => {
  folder = join(cli.folder, `state-${++made}`);
  cloud = await startGoogleCloud(healthyWorld(new Date()), { largestPage: 100 });
});
afterEach(() => cloud.close());

async function audit(args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await cli.run(
    ['audit', '--gcp', '--since', '2h', '--kubernetes', 'never', '--output', 'json', ...args],
    { env: { ...cloud.environment(), XDG_STATE_HOME: folder, ...env } },
  );
  return { code, stderr, report: stdout === '' ? null : (JSON.parse(stdout) as Report) };
}

const shop = ['--project', 'shop-prod'];
const incomplete = (report: Report | null) =>
  report?.coverage.flatMap(({ complete, fact }) => (complete ? [] : [fact]));
const findings = (report: Report | null) =>
  report?.findings.map(({ rule, cluster, location }) => `${rule} ${cluster} ${location}`);

function removeCluster(location: string): void {
  const { clusters } = cloud.world.projects.get('shop-prod')!;
  clusters.splice(
    clusters.findIndex(({ spec }) => spec.location === location),
    1,
  );
}

it('tells what is gone since an earlier audit on this machine, also to who asked for that cluster alone', async () => {
  expect((await audit(shop)).code).toBe(0);
  removeCluster('us-central1');
  const { code, report } = await audit([...shop, '--cluster', 'shop']);
  expect([code, findings(report)]).toEqual([3, ['gke/cluster-gone shop us-central1']]);
});

it('audits all the same where nothing can be remembered', async () => {
  const { code, report, stderr } = await audit(shop, { XDG_STATE_HOME: '/dev/null' });
  expect([code, incomplete(report)]).toEqual([4, ['clusterHistory']]);
  expect(stderr).toMatch(/^The next audit will not know the clusters of this one: Cannot /m);
});

describe('a canary', () => {
  const who = 'serviceAccount:release@shop-prod.iam.gserviceaccount.com';

  it('tells who could not reach a cluster', async () => {
    const { code, report } = await audit([
      ...shop,
      '--canary',
      `principal=${who},cluster=shop,location=europe-west1`,
    ]);
    expect([code, findings(report)]).toEqual([3, ['gke/cluster-access-canary shop europe-west1']]);
    expect(report?.findings[0]?.cause).toMatch(/release@shop-prod.* must reach shop/);
  });

  it('of a project that is not audited is something that was not looked at', async () => {
    const { code, report } = await audit([
      ...shop,
      '--canary',
      `principal=${who},cluster=web,project=web-prod`,
    ]);
    expect(code).toBe(4);
    expect(report?.coverage[0]).toMatchObject({
      account: 'web-prod',
      fact: 'canaries',
      why: expect.stringMatching(/web-prod is not among the projects/) as unknown,
    });
  });

  it('is for Google Cloud', async () => {
    const args = ['audit', '--aws', '--canary', `principal=${who},cluster=shop`];
    const { code, stderr } = await cli.run(args, { env: cloud.environment() });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^clusterwhy: .*--canary with --aws.*\n$/)]);
  });
});
