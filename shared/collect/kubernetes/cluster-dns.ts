import type { ClusterDns } from '../../domain/kubernetes.ts';
import type { AwsFacts } from '../../observation.ts';
import { quoted } from '../../words.ts';
import type { AwsSource } from '../aws/source.ts';
import type { Reader } from '../reader.ts';
import { foldList, getObject, type Fold, type Get } from './fold-list.ts';
import type { KubernetesPermission } from './permission.ts';
import { readOpenClusters } from './read-open-clusters.ts';

const namespace = 'kube-system';

const kubernetes: KubernetesPermission[] = [
  { apiGroup: 'apps', resource: 'deployments', verb: 'get', name: 'coredns' },
  { apiGroup: 'discovery.k8s.io', resource: 'endpointslices', verb: 'list' },
  { apiGroup: '', resource: 'pods', verb: 'list' },
];

/** CoreDNS by what EKS calls it: deployment `coredns` behind the service `kube-dns`, its pods labelled so too. */
export const clusterDnsReader: Reader<AwsSource, AwsFacts['clusterDns']> = {
  permissions: [],
  kubernetes,
  read: (source) =>
    readOpenClusters(source, { what: quoted('CoreDNS'), permissions: kubernetes, atATime: 4, read: readDns }),
};

const paths = {
  deployment: `/apis/apps/v1/namespaces/${namespace}/deployments/coredns`,
  slices: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${encodeURIComponent('kubernetes.io/service-name=kube-dns')}`,
  pods: `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent('k8s-app=kube-dns')}`,
};

async function readDns(get: Get): Promise<ClusterDns> {
  const [deployment, readyAddresses, troubles] = await Promise.all([
    getObject<DeploymentObject>(get, paths.deployment),
    foldList(get, paths.slices, foldAddresses),
    foldList(get, paths.pods, foldTroubles),
  ]);
  return { deployment: deployment && replicasOf(deployment), readyAddresses, troubles };
}

/** A server's Deployment, as far as it is needed. */
export interface DeploymentObject {
  spec?: { replicas?: number };
  status?: { readyReplicas?: number };
}

function replicasOf({ spec, status }: DeploymentObject): NonNullable<ClusterDns['deployment']> {
  return { desired: spec?.replicas ?? 1, ready: status?.readyReplicas ?? 0 };
}

/** A server's EndpointSlice, as far as it is needed. */
export interface EndpointSliceObject {
  endpoints?: { addresses?: string[]; conditions?: { ready?: boolean } }[] | null;
}

/** Distinct ones: a slice for each IP family may name the same pod. An unknown readiness counts as ready. */
function foldAddresses(): Fold<EndpointSliceObject, number> {
  const ready = new Set<string>();
  return {
    add({ endpoints }) {
      for (const { addresses = [], conditions } of endpoints ?? [])
        if (conditions?.ready !== false) for (const address of addresses) ready.add(address);
    },
    result: () => ready.size,
  };
}

/** A server's Pod, as far as it is needed. */
export interface DnsPodObject {
  status?: {
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: { ready?: boolean; state?: { waiting?: { reason?: string; message?: string } } }[];
  };
}

/** So many reasons are kept. */
const mostTroubles = 5;

function foldTroubles(): Fold<DnsPodObject, string[]> {
  const troubles = new Set<string>();
  return {
    add({ status = {} }) {
      const unscheduled = status.conditions?.find(
        ({ type, status }) => type === 'PodScheduled' && status === 'False',
      );
      const waiting = status.containerStatuses?.flatMap(({ state }) => state?.waiting ?? []) ?? [];
      for (const { reason, message } of [...(unscheduled ? [unscheduled] : []), ...waiting]) {
        const words = [reason, message].filter(Boolean).join(': ').slice(0, 300);
        if (words !== '' && troubles.size < mostTroubles) troubles.add(words);
      }
    },
    result: () => [...troubles],
  };
}
