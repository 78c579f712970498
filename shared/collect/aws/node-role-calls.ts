import { isoSeconds } from '../../domain/cloudtrail-record.ts';
import { credentialsOf } from '../../domain/identity-of-pod.ts';
import { isNodesOwnCall, parseInstanceCall } from '../../domain/instance-call.ts';
import type { KubernetesNode, PodGroup } from '../../domain/kubernetes.ts';
import type { NodeRoleCall } from '../../domain/service-denial.ts';
import type { Cluster } from '../../domain/web-identity.ts';
import type { Gap } from '../../observation.ts';
import { abortAfter } from '../abort-after.ts';
import { cannot, outOfTime } from '../cannot.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { lookUpEvents, type Event } from './look-up-events.ts';
import { gapOf } from './refusal.ts';
import type { AwsSource } from './source.ts';

const permission = 'cloudtrail:LookupEvents';
const action = { en: "look up the calls of nodes' roles", ja: 'ノードのロールの呼び出しを検索' };

/** How many nodes are looked at: LookupEvents is asked for one at a time, twice a second. */
const nodesOfCluster = 4;
const nodesOfRegion = 8;

/** Nodes that are looked up side by side, so that no turn is lost while CloudTrail thinks. */
const nodesAtATime = 4;

/** An application that has no credentials of its own calls again and again: the last hours show it. */
const spanMs = 3 * 3600 * 1000;
/** Pages of 50 events for one node; a node that calls more often is looked at in part. */
const pagesOfNode = 10;
const samples = 5;

/** Calls of a few nodes of each cluster, first of those that run pods without credentials of their own. */
export const nodeRoleCallsReader: Reader<AwsSource, NodeRoleCall[]> = {
  permissions: [permission],
  kubernetes: [],
  async read(source) {
    const [clusters, nodes, pods] = await Promise.all([
      source.reading('clusters'),
      source.reading('kubernetesNodes'),
      source.reading('podGroups'),
    ]);
    if (clusters.state === 'unread' || nodes.state === 'unread') return { state: 'unread', gaps: [noNodes] };
    const groups = pods.state === 'unread' ? {} : pods.value;
    const byRegion = chooseNodes(clusters.value.clusters, nodes.value, groups);
    const budget = abortAfter(source.deadline ? source.deadline.getTime() - Date.now() : null, source.signal);
    try {
      const read = await Promise.all(
        [...byRegion].map(([region, ids]) => readRegion(source, region, ids, budget.signal)),
      );
      const gaps = read.flatMap((one) => one.gaps);
      if (gaps.length > 0 && read.every(({ pages }) => pages === 0)) return { state: 'unread', gaps };
      return readingOf(
        read.flatMap(({ calls }) => calls),
        gaps,
      );
    } finally {
      budget.clear();
    }
  },
};

const noNodes: Gap = {
  location: null,
  why: cannot(action, {
    en: "the instances of the clusters' nodes could not be read from Kubernetes",
    ja: 'クラスターのノードのインスタンスを Kubernetes から読み取れませんでした',
  }),
};

/** Instance ids by region: those with suspects first, then those of other pods with credentials. */
function chooseNodes(
  clusters: readonly Cluster[],
  nodes: Readonly<Record<string, KubernetesNode[]>>,
  pods: Readonly<Record<string, PodGroup[]>>,
): Map<string, string[]> {
  const candidates = clusters.flatMap(({ arn, region }) =>
    rankNodes(nodes[arn] ?? [], pods[arn] ?? [])
      .slice(0, nodesOfCluster)
      .map((candidate) => ({ region, ...candidate })),
  );
  const byRegion = new Map<string, string[]>();
  for (const { region, id } of candidates.sort((a, b) => a.rank - b.rank)) {
    const ids = byRegion.get(region) ?? [];
    byRegion.set(region, ids);
    if (ids.length < nodesOfRegion && !ids.includes(id)) ids.push(id);
  }
  return byRegion;
}

/** Nodes that run nothing with AWS credentials, and nothing that may lack them, have nothing to tell. */
function rankNodes(
  nodes: readonly KubernetesNode[],
  pods: readonly PodGroup[],
): { id: string; rank: number }[] {
  const namesOf = (groups: readonly PodGroup[]) => new Set(groups.flatMap((group) => group.nodes));
  const suspects = namesOf(
    pods.filter((group) => group.namespace !== 'kube-system' && credentialsOf(group) === 'none of its own'),
  );
  const served = namesOf(pods.filter((group) => credentialsOf(group) !== 'none of its own'));
  return nodes
    .flatMap(({ instanceId, name }) => {
      if (instanceId === null) return [];
      if (suspects.has(name)) return [{ id: instanceId, rank: 0 }];
      return served.has(name) ? [{ id: instanceId, rank: 1 }] : [];
    })
    .sort((a, b) => a.rank - b.rank);
}

interface RegionRead {
  calls: NodeRoleCall[];
  pages: number;
  gaps: Gap[];
}

async function readRegion(
  source: AwsSource,
  region: string,
  ids: string[],
  signal: AbortSignal,
): Promise<RegionRead> {
  const read = await readEach(ids, nodesAtATime, (id) => readNode(source, region, id, signal));
  const late = read.some(({ state }) => state === 'late');
  const failed = read.find(({ error }) => error !== null);
  const attempt = { action, permission, location: region };
  const gaps = [
    ...(failed ? [gapOf(failed.error, attempt)] : []),
    ...(late && !failed ? [{ location: region, why: outOfTime(action) }] : []),
  ];
  return {
    calls: read.flatMap(({ calls }) => calls),
    pages: read.reduce((sum, { pages }) => sum + pages, 0),
    gaps,
  };
}

interface NodeRead {
  calls: NodeRoleCall[];
  pages: number;
  state: 'read' | 'late';
  error: unknown;
}

async function readNode(
  source: AwsSource,
  region: string,
  instanceId: string,
  signal: AbortSignal,
): Promise<NodeRead> {
  const enough = new AbortController();
  const groups = new Map<string, NodeRoleCall>();
  let pages = 0;
  const { to, from } = source.window;
  const result = await lookUpEvents({
    client: source.clients.cloudTrail(region),
    username: instanceId,
    oneAtATime: true,
    window: { from: new Date(Math.max(from.getTime(), to.getTime() - spanMs)), to },
    bucket: source.lookups(region),
    signal: AbortSignal.any([signal, enough.signal]),
    onPage(events) {
      for (const event of events) addCall(groups, event, instanceId);
      if (++pages >= pagesOfNode) enough.abort();
    },
  });
  const state = result.uncovered.length > 0 && pages < pagesOfNode ? 'late' : 'read';
  const calls = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, call]) => call);
  return { calls, pages: result.pages, state, error: result.error };
}

/** What is no record of the instance's session tells nothing of its pods, and neither do the node's own calls. */
function addCall(groups: Map<string, NodeRoleCall>, event: Event, instanceId: string): void {
  const parsed = parseInstanceCall(event.CloudTrailEvent ?? '');
  if (!parsed.ok) return;
  const { roleArn, eventSource, eventName, errorCode, userAgent, time, eventId } = parsed.call;
  if (roleArn === null || parsed.call.instanceId !== instanceId || isNodesOwnCall(parsed.call)) return;
  const key = JSON.stringify([roleArn, eventSource, eventName, errorCode, userAgent]);
  const seen = time ?? isoSeconds(event.EventTime) ?? '';
  const group = groups.get(key) ?? {
    roleArn,
    instanceId,
    eventSource,
    eventName,
    errorCode,
    userAgent,
    events: 0,
    lastSeen: seen,
    sampleEventIds: [],
  };
  groups.set(key, group);
  group.events++;
  if (seen > group.lastSeen) group.lastSeen = seen;
  const id = eventId ?? event.EventId;
  if (id && group.sampleEventIds.length < samples) group.sampleEventIds.push(id);
}
