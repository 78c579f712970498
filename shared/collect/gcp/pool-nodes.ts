import type { GkeCluster, PoolNodes } from '../../domain/google-cluster.ts';
import { openRotation } from '../../domain/google-rotation.ts';
import type { Gap, Reading } from '../../observation.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { isGkeOff, mayHaveNodes } from './clusters.ts';
import { instancesPermission, type Instance } from './list-instances.ts';
import { gapOf } from './refusal.ts';
import { gapsOf, unreadFor, type GcpSource } from './source.ts';

/**
 * The nodes of clusters whose credentials are being rotated, for only there their age matters; and where the API is off,
 * all nodes, for only they show that there is a cluster.
 */
export const poolNodesReader: Reader<GcpSource, PoolNodes[]> = {
  permissions: [instancesPermission],
  async read(source) {
    if (await isGkeOff(source)) {
      return (await mayHaveNodes(source)) ? readNodes(source, [], poolsOfAll) : { state: 'whole', value: [] };
    }
    const clusters = await source.reading('gkeClusters');
    const changes = await source.reading('adminActivity');
    if (!('value' in clusters)) return unreadFor(oldNodes, clusters);
    if (!('value' in changes)) return unreadFor(rotations, changes);
    const rotating = clusters.value.filter(
      (cluster) => openRotation(cluster, changes.value, undefined, source.now.toISOString()) !== null,
    );
    const inherited = [...gapsOf(clusters), ...gapsOf(changes)];
    if (rotating.length === 0) return readingOf([], inherited);
    return readNodes(source, inherited, (nodes) => rotating.flatMap((cluster) => poolsOf(cluster, nodes)));
  },
};

const oldNodes = { en: 'Which nodes are old', ja: 'どのノードが古いか' };
const rotations = {
  en: 'Which credentials are being rotated',
  ja: 'どの認証情報がローテーション中か',
};

async function readNodes(
  { run, project }: GcpSource,
  inherited: Gap[],
  pick: (nodes: Instance[]) => PoolNodes[],
): Promise<Reading<PoolNodes[]>> {
  try {
    const { instances, gaps } = await run.instances(project);
    return readingOf(pick(instances), [...inherited, ...gaps]);
  } catch (error) {
    const attempt = {
      action: { en: `list the nodes of ${project}`, ja: `${project} のノードの一覧を取得` },
      permission: instancesPermission,
    };
    return { state: 'unread', gaps: [gapOf(error, attempt)] };
  }
}

/** Every cluster that the nodes' labels name. */
function poolsOfAll(nodes: Instance[]): PoolNodes[] {
  const named = nodes.map(({ labels }) => ({
    name: labels?.['goog-k8s-cluster-name'] ?? '',
    location: labels?.['goog-k8s-cluster-location'] ?? '',
    nodePools: [],
  }));
  const clusters = new Map(named.map((cluster) => [`${cluster.location}/${cluster.name}`, cluster]));
  return [...clusters.values()].flatMap((cluster) => poolsOf(cluster, nodes));
}

type NamedCluster = Pick<GkeCluster, 'name' | 'location' | 'nodePools'>;

/** The cluster's pools, those without nodes too; Autopilot's are known by their nodes only. */
function poolsOf(cluster: NamedCluster, instances: readonly Instance[]): PoolNodes[] {
  const own = instances.filter(
    ({ labels }) =>
      (labels?.['goog-k8s-cluster-name'] ?? '') === cluster.name &&
      (labels?.['goog-k8s-cluster-location'] ?? '') === cluster.location,
  );
  const poolOf = ({ labels }: Instance) => labels?.['goog-k8s-node-pool-name'] ?? '';
  const names = new Set([...cluster.nodePools.map(({ name }) => name), ...own.map(poolOf)]);
  return [...names].map((nodePool) => {
    const nodes = own.filter((instance) => poolOf(instance) === nodePool);
    const times = nodes
      .map(({ creationTimestamp }) => creationTimestamp ?? '')
      .filter((time) => !Number.isNaN(Date.parse(time)))
      .sort((a, b) => Date.parse(a) - Date.parse(b));
    const { name, location } = cluster;
    return { cluster: name, location, nodePool, oldestCreatedAt: times[0] ?? null, instances: nodes.length };
  });
}
