/** Reduces pods, while they are read, to groups of those that are alike in what decides on their AWS credentials. */
import type { PodGroup } from '../../domain/kubernetes.ts';
import type { Fold } from './fold-list.ts';
import type { ObjectMeta } from './object-meta.ts';

/** A server's Pod, as far as it is needed. */
export interface PodObject {
  metadata?: ObjectMeta;
  spec?: {
    serviceAccountName?: string;
    nodeName?: string;
    hostNetwork?: boolean;
    containers?: Container[];
    initContainers?: Container[];
    volumes?: {
      name: string;
      projected?: { sources?: { serviceAccountToken?: { audience?: string; path?: string } }[] };
    }[];
  };
  status?: { phase?: string };
}

interface Container {
  name?: string;
  env?: { name: string; value?: string }[];
  volumeMounts?: { name: string; mountPath: string }[];
}

/** So many names of pods and nodes are kept of a group. */
const samples = 5;

export function foldPods(): Fold<PodObject, PodGroup[]> {
  const groups = new Map<string, PodGroup>();
  return {
    add(pod) {
      // What has run to its end calls nobody any more.
      if (/^(Succeeded|Failed)$/.test(pod.status?.phase ?? '')) return;
      const traits = traitsOf(pod);
      const key = JSON.stringify(traits);
      const group = groups.get(key) ?? emptyGroup(traits);
      groups.set(key, group);
      count(group, pod);
    },
    result: () => [...groups.values()],
  };
}

type Traits = Omit<PodGroup, 'pods' | 'oldest' | 'newest' | 'names' | 'nodes'>;

function emptyGroup(traits: Traits): PodGroup {
  return { ...traits, pods: 0, oldest: null, newest: null, names: [], nodes: [] };
}

function count(group: PodGroup, { metadata, spec }: PodObject): void {
  const created = metadata?.creationTimestamp ?? null;
  group.pods += 1;
  if (created !== null) {
    if (group.oldest === null || created < group.oldest) group.oldest = created;
    if (group.newest === null || created > group.newest) group.newest = created;
  }
  sample(group.names, metadata?.name);
  sample(group.nodes, spec?.nodeName);
}

function sample(kept: string[], name: string | undefined): void {
  if (name && kept.length < samples && !kept.includes(name)) kept.push(name);
}

function traitsOf({ metadata = {}, spec = {} }: PodObject): Traits {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const has = (name: string) => containers.some((container) => find(container, name) !== undefined);
  return {
    namespace: metadata.namespace ?? '',
    serviceAccount: spec.serviceAccountName ?? 'default',
    owner: ownerOf(metadata),
    hostNetwork: spec.hostNetwork ?? false,
    roleArn: containers.map((container) => find(container, 'AWS_ROLE_ARN')?.value).find(Boolean) ?? null,
    webIdentity: has(tokenFile),
    tokenAudience: tokenAudienceOf(containers, spec.volumes ?? []),
    containerCredentials: has('AWS_CONTAINER_CREDENTIALS_FULL_URI'),
    staticKeys: has('AWS_ACCESS_KEY_ID'),
    skippedContainers: skipped(metadata),
  };
}

const tokenFile = 'AWS_WEB_IDENTITY_TOKEN_FILE';

function find({ env }: Container, name: string): { value?: string } | undefined {
  return env?.find((variable) => variable.name === name);
}

/** The controller that people know: a ReplicaSet is named for its Deployment and a hash, a Job for its CronJob and a minute. */
function ownerOf({ ownerReferences = [], labels = {} }: ObjectMeta): PodGroup['owner'] {
  const owner = ownerReferences.find(({ controller }) => controller) ?? ownerReferences[0];
  if (!owner) return null;
  const { kind, name } = owner;
  const hash = labels['pod-template-hash'];
  if (kind === 'ReplicaSet' && hash && name.endsWith(`-${hash}`))
    return { kind: 'Deployment', name: name.slice(0, -hash.length - 1) };
  const [, cronJob] = (kind === 'Job' && /^(.+)-\d{8,10}$/.exec(name)) || [];
  return cronJob ? { kind: 'CronJob', name: cronJob } : { kind, name };
}

type Volumes = NonNullable<NonNullable<PodObject['spec']>['volumes']>;

/** Of the projected token that the file lies in, by the volume that is mounted around it. */
function tokenAudienceOf(containers: Container[], volumes: Volumes): string | null {
  for (const container of containers) {
    const file = find(container, tokenFile)?.value;
    const mount = container.volumeMounts?.find(({ mountPath }) =>
      file?.startsWith(`${mountPath.replace(/\/$/, '')}/`),
    );
    const volume = volumes.find(({ name }) => name === mount?.name);
    const tokens = (volume?.projected?.sources ?? []).flatMap((source) => source.serviceAccountToken ?? []);
    const token = tokens.find(({ path }) => path !== undefined && file?.endsWith(`/${path}`));
    if (token?.audience) return token.audience;
  }
  return null;
}

/** `eks.amazonaws.com/skip-containers: a,b`. */
function skipped({ annotations = {} }: ObjectMeta): string[] {
  const names = annotations['eks.amazonaws.com/skip-containers'] ?? '';
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
