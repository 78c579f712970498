import type { KubernetesNode } from '../../domain/kubernetes.ts';
import type { AwsFacts } from '../../observation.ts';
import type { AwsSource } from '../aws/source.ts';
import type { Reader } from '../reader.ts';
import { foldList, type Fold } from './fold-list.ts';
import type { ObjectMeta } from './object-meta.ts';
import type { KubernetesPermission } from './permission.ts';
import { readOpenClusters } from './read-open-clusters.ts';

const kubernetes: KubernetesPermission[] = [{ apiGroup: '', resource: 'nodes', verb: 'list' }];

export const nodesReader: Reader<AwsSource, AwsFacts['kubernetesNodes']> = {
  permissions: [],
  kubernetes,
  read: (source) =>
    readOpenClusters(source, {
      what: { en: 'nodes', ja: 'ノード' },
      permissions: kubernetes,
      atATime: 4,
      read: (get) => foldList(get, '/api/v1/nodes', foldNodes),
    }),
};

/** A server's Node, as far as it is needed. */
export interface NodeObject {
  metadata?: ObjectMeta;
  spec?: { providerID?: string; unschedulable?: boolean };
  status?: {
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    addresses?: { type: string; address: string }[];
  };
}

function foldNodes(): Fold<NodeObject, KubernetesNode[]> {
  const nodes: KubernetesNode[] = [];
  return { add: (node) => void nodes.push(nodeOf(node)), result: () => nodes };
}

function nodeOf({ metadata = {}, spec = {}, status = {} }: NodeObject): KubernetesNode {
  const { name = '', labels = {}, creationTimestamp } = metadata;
  const condition = status.conditions?.find(({ type }) => type === 'Ready');
  const isReady = condition?.status === 'True';
  return {
    name,
    ready: isReady,
    reason: isReady ? null : wordsOf(condition),
    unschedulable: spec.unschedulable ?? false,
    instanceId: /\/(i-[0-9a-f]+)$/.exec(spec.providerID ?? '')?.[1] ?? null,
    nodegroup: labels['eks.amazonaws.com/nodegroup'] ?? null,
    kind: kindOf(labels),
    internalIp: status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? null,
    createdAt: creationTimestamp ?? null,
  };
}

function wordsOf(condition: { reason?: string; message?: string } | undefined): string | null {
  const words = [condition?.reason, condition?.message].filter(Boolean).join(': ');
  return words === '' ? null : words.slice(0, 300);
}

/** Label `eks.amazonaws.com/compute-type` is `auto`, `fargate` or `hybrid`; other nodes are EC2 instances of one's own. */
function kindOf(labels: Record<string, string>): KubernetesNode['kind'] {
  const type = labels['eks.amazonaws.com/compute-type'];
  return type === 'auto' || type === 'fargate' || type === 'hybrid' ? type : 'ec2';
}
