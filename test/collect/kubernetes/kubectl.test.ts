/** That the simulated API server speaks Kubernetes: kubectl understands it, and gives the token that the auditor makes. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { clusterRoleManifest, kubernetesRules } from '../../../shared/collect/kubernetes/cluster-role.ts';
import { makeEksToken } from '../../../shared/collect/kubernetes/eks-token.ts';
import { parseAllDocuments } from 'yaml';
import { startCloud, type RunningCloud } from '../../cloud/start.ts';
import { world } from '../../cloud/world-builder.ts';
import { account, clientsOf } from '../observe.ts';

const isInstalled = spawnSync('kubectl', ['version', '--client'], { timeout: 20_000 }).error === undefined;
const withKubectl = isInstalled ? describe : describe.skip;

withKubectl('kubectl (skipped where it is not installed)', () => {
  let cloud: RunningCloud;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'clusterwhy-kubectl-'));
    const builder = world()
      .account(account, { regions: ['eu-west-1'] })
      .cluster({ name: 'prod', region: 'eu-west-1' })
      .workload({
        cluster: 'prod',
        namespace: 'shop',
        serviceAccount: 'cart',
        role: 'cart',
        pods: [{ count: 4 }],
      });
    cloud = await startCloud(builder.build());
  });
  afterAll(async () => {
    await cloud.close();
    rmSync(folder, { recursive: true });
  });

  async function kubectl(
    ...args: string[]
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const cluster = cloud.account(account).clusters[0];
    if (!cluster?.endpoint || !cluster.access) throw new Error('Cannot find the cluster');
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, cluster.access.certificateAuthority);
    const token = await makeEksToken(clientsOf(cloud).sts, cluster);
    const server = ['--server', cluster.endpoint, '--certificate-authority', ca, '--token', token];
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, KUBECONFIG: '/dev/null' };
    const child = spawn('kubectl', [...server, ...args], { env });
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code: child.exitCode, stdout, stderr };
  }

  it.each([
    ['sa', ['shop/cart']],
    ['nodes', ['ip-10-0-1-11.internal', 'ip-10-0-1-12.internal']],
    ['endpointslices', ['kube-system/kube-dns-x7k2p']],
    ['mutatingwebhookconfigurations', ['pod-identity-webhook']],
  ])('gets %s', async (resource, names) => {
    const { code, stdout, stderr } = await kubectl('get', resource, '-A', '-o', 'json');
    expect([code, stderr]).toEqual([0, '']);
    const { items } = JSON.parse(stdout) as { items: { metadata: { namespace?: string; name: string } }[] };
    expect(
      items.map(({ metadata: { namespace, name } }) => (namespace ? `${namespace}/${name}` : name)),
    ).toEqual(names);
  });

  it('gets pods in pages, by namespace, and one object by its name', async () => {
    const { stdout } = await kubectl('get', 'pods', '-n', 'shop', '--chunk-size=2', '-o', 'name');
    expect(stdout.trim().split('\n')).toHaveLength(4);
    const { stdout: one } = await kubectl('get', 'deployment', 'coredns', '-n', 'kube-system', '-o', 'name');
    expect(one.trim()).toBe('deployment.apps/coredns');
  });

  it('is told by RBAC what it may not read', async () => {
    const { code, stderr } = await kubectl('get', 'secrets', '-A');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Error from server \(Forbidden\): secrets is forbidden: User "arn:aws:iam::/);
  });
});

describe('the ClusterRole', () => {
  it('is YAML of a role and its binding to the group', () => {
    const [role, binding] = parseAllDocuments(clusterRoleManifest()).map(
      (document) => document.toJS() as unknown,
    );
    expect(role).toEqual({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'clusterwhy' },
      rules: kubernetesRules(),
    });
    expect(binding).toMatchObject({
      kind: 'ClusterRoleBinding',
      roleRef: { kind: 'ClusterRole', name: 'clusterwhy' },
      subjects: [{ kind: 'Group', name: 'clusterwhy' }],
    });
  });

  it('only reads, names each resource, and no Secrets', () => {
    for (const { verbs, resources, apiGroups } of kubernetesRules()) {
      expect(verbs.every((verb) => /^(get|list)$/.test(verb))).toBe(true);
      expect([...resources, ...apiGroups].join()).not.toMatch(/\*|secrets|exec|attach|proxy/);
    }
  });
});
