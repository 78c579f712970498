import type { container_v1 } from '@googleapis/container';
import type { GkeCluster } from '../../domain/google-cluster.ts';
import { gkeIdentities } from '../../domain/google-identity.ts';
import type { Gap, Reading } from '../../observation.ts';
import { en, ja, type Localized } from '../../words.ts';
import { cannot, zoneSilent } from '../cannot.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { encodeSegment } from './google-api.ts';
import { GoogleApiError } from './google-api-error.ts';
import { instancesPermission } from './list-instances.ts';
import { parseCluster } from './parse-cluster.ts';
import { gapOf } from './refusal.ts';
import { valueOf, type GcpSource } from './source.ts';

const permission = 'container.clusters.list';

/** The clusters of all locations, in one request. */
export const clustersReader: Reader<GcpSource, GkeCluster[]> = {
  permissions: [permission, instancesPermission],
  async read(source) {
    const { run, project, onlyClusters } = source;
    if (await isGkeOff(source)) return readWithoutGke(source);
    try {
      const answer = await run.api.call<container_v1.Schema$ListClustersResponse>({
        api: 'container',
        path: `v1/projects/${encodeSegment(project)}/locations/-/clusters`,
      });
      const all = (answer.clusters ?? []).map((cluster) => parseCluster(project, cluster));
      const clusters = all.filter(({ name }) => !onlyClusters || onlyClusters.includes(name));
      source.report({ kind: 'clusters', project, clusters: clusters.length });
      return readingOf(
        clusters,
        missingZones(answer.missingZones, {
          en: `the clusters of ${project}`,
          ja: `${project} のクラスター`,
        }),
      );
    } catch (error) {
      if (await saysDisabled(source, error)) return readWithoutGke(source);
      return {
        state: 'unread',
        gaps: [gapOf(error, { action: listing(project), permission })],
      };
    }
  },
};

/** Whether an API says that it is off in this very project, and not where the auditor's requests are billed. */
export async function saysDisabled(source: GcpSource, error: unknown): Promise<boolean> {
  if (!(error instanceof GoogleApiError) || error.kind !== 'disabled') return false;
  const number = valueOf(await source.reading('project'))?.number;
  return [`projects/${number}`, `projects/${source.project}`].includes(error.metadata.consumer ?? '');
}

/** Whether the API is known to be off: a list would be refused, also where clusters go on running. */
export async function isGkeOff(source: GcpSource): Promise<boolean> {
  const services = valueOf(await source.reading('services'));
  return services !== undefined && services['container.googleapis.com'] === 'DISABLED';
}

/** Zones that did not answer: what they hold is not known, and is not taken for nothing. */
export function missingZones(zones: string[] | null | undefined, what: Localized): Gap[] {
  return (zones ?? []).map((location) => ({
    location,
    why: {
      en: en`Cannot read ${what} in ${location}: ${zoneSilent}`,
      ja: ja`${location} の ${what} を取得できません: ${zoneSilent}`,
    },
  }));
}

function listing(project: string): Localized {
  return { en: `list the clusters of ${project}`, ja: `${project} のクラスターの一覧を取得` };
}

/**
 * With the API off no cluster can be listed, and a project that never used GKE has none. It used it where an earlier
 * run saw clusters, where the API was turned off within the logs' time, or where GKE's nodes still run.
 */
async function readWithoutGke(source: GcpSource): Promise<Reading<GkeCluster[]>> {
  const { project } = source;
  const history = valueOf(source.history) ?? [];
  const hidden = (sign: Localized): Reading<GkeCluster[]> => ({
    state: 'unread',
    gaps: [{ location: null, why: cannot(listing(project), offAndYet(project, sign)) }],
  });
  if (history.length > 0) return hidden(seenBefore);
  const changes = valueOf(await source.reading('adminActivity')) ?? [];
  const turnedOff = changes.find(
    ({ method, resource }) => /DisableService/.test(method) && resource.includes('container.googleapis.com'),
  );
  if (turnedOff) return hidden(onUntil(turnedOff.time));
  if (!(await mayHaveNodes(source))) return { state: 'whole', value: [] };
  try {
    const { instances, gaps } = await source.run.instances(project);
    if (instances.length > 0) return hidden(nodesRun(instances.length));
    return readingOf([], gaps);
  } catch (error) {
    if (await saysDisabled(source, error)) return { state: 'whole', value: [] };
    const action = {
      en: `look for nodes of GKE in ${project}, where the Kubernetes Engine API is disabled in ${project}`,
      ja: `Kubernetes Engine API が無効な ${project} で GKE のノードを検索`,
    };
    return { state: 'unread', gaps: [gapOf(error, { action, permission: instancesPermission })] };
  }
}

function offAndYet(project: string, sign: Localized): Localized {
  return {
    en: en`the Kubernetes Engine API is disabled in ${project}, yet ${sign}`,
    ja: ja`${project} では Kubernetes Engine API が無効ですが、${sign}`,
  };
}

const seenBefore = {
  en: 'an earlier run saw clusters there',
  ja: '以前の実行ではクラスターが確認されています',
};

function onUntil(time: string): Localized {
  return { en: `it was on until ${time}`, ja: `${time} までは有効でした` };
}

function nodesRun(nodes: number): Localized {
  return {
    en: `${nodes} nodes of GKE run there`,
    ja: `GKE のノードが ${nodes} 個動作しています`,
  };
}

/**
 * Whether nodes of GKE may run where its API is off: it was on once, for its agent still has a role, or an earlier run saw
 * clusters. Without Compute there are no nodes either way.
 */
export async function mayHaveNodes(source: GcpSource): Promise<boolean> {
  const services = valueOf(await source.reading('services'));
  const policy = valueOf(await source.reading('iamPolicy'));
  const number = valueOf(await source.reading('project'))?.number;
  if (services?.['compute.googleapis.com'] === 'DISABLED') return false;
  if (valueOf(source.history)?.length || !policy || !number) return true;
  const agent = gkeIdentities(number).gkeAgent;
  return policy.bindings.some(({ members }) => members.some((member) => member.includes(agent)));
}
