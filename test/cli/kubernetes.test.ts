/** The command line and EKS clusters' own API servers. */
import { parseAllDocuments } from 'yaml';
import type { Report } from '../../shared/report.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { world } from '../cloud/world-builder.ts';
import { buildCommandLine, type CommandLine } from './command-line.ts';

const account = '111122223333';
let cli: CommandLine;
let cloud: RunningCloud;
beforeAll(async () => {
  cli = await buildCommandLine();
  const roleArn = `arn:aws:iam::${account}:role/cart-v1`;
  const builder = world()
    .account(account, { regions: ['eu-west-1', 'us-east-1'] })
    .cluster({ name: 'prod', region: 'eu-west-1' })
    .cluster({ name: 'walled', region: 'eu-west-1', kubernetes: { access: 'no entry' } })
    .workload({
      cluster: 'prod',
      namespace: 'shop',
      serviceAccount: 'cart',
      role: 'cart',
      pods: [{ roleArn }],
    });
  cloud = await startCloud(builder.build(), { lookupsPerSecond: Infinity });
}, 60_000);
afterAll(() => Promise.all([cloud.close(), cli.remove()]));

async function audit(...args: string[]): Promise<{ code: number | null; report: Report }> {
  const env = { ...cloud.environment(account), CLUSTERWHY_OIDC_DISCOVERY_URL: cloud.discoveryBaseUrl };
  const usual = [
    'audit',
    '--aws',
    '--quiet',
    '--output',
    'json',
    '--since',
    '1h',
    '--check',
    'irsa-stale-pod',
  ];
  const { code, stdout } = await cli.run([...usual, ...args], { env });
  return { code, report: JSON.parse(stdout) as Report };
}

describe('clusterwhy audit', () => {
  it('finds stale pods, and says which cluster does not let it in and how it would', async () => {
    const { code, report } = await audit();
    expect(code).toBe(3);
    expect(report.findings.map(({ rule, workload }) => [rule, workload?.serviceAccount])).toEqual([
      ['eks/irsa-stale-pod', 'cart'],
    ]);
    const gaps = report.coverage.filter(({ complete }) => !complete);
    expect(gaps.map(({ fact }) => fact).sort()).toEqual(['podGroups', 'serviceAccounts']);
    expect(gaps.map(({ why }) => why).join()).toMatch(
      /cluster "walled": .* aws eks create-access-entry --cluster-name walled/,
    );
  }, 60_000);

  it('asks only the cluster that was asked for', async () => {
    const { report } = await audit('--cluster', 'prod');
    expect(report.coverage.filter(({ complete }) => !complete)).toEqual([]);
  }, 60_000);

  it('asks no cluster with --kubernetes never', async () => {
    const before = cloud.cluster('prod').calls.length;
    const { code, report } = await audit('--kubernetes', 'never');
    expect(cloud.cluster('prod').calls.length).toBe(before);
    expect(report.outcomes).toMatchObject([{ rule: 'eks/irsa-stale-pod', status: 'unknown' }]);
    expect(code).toBe(0);
  }, 60_000);
});

describe('clusterwhy permissions', () => {
  it('prints the ClusterRole and its binding for kubectl', async () => {
    const { code, stdout } = await cli.run(['permissions', 'kubernetes']);
    const kinds = parseAllDocuments(stdout).map((document) => document.get('kind'));
    expect([code, kinds]).toEqual([0, ['ClusterRole', 'ClusterRoleBinding']]);
  });
});
