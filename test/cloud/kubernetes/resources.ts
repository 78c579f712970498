/** The resources of a simulated API server: which objects a list has, and discovery of them, as kubectl asks for it. */
import type { ClusterContents, PodSpec } from './cluster-contents.ts';
import {
  dnsDeployment,
  dnsSlice,
  nodeObject,
  podObject,
  serviceAccountObject,
  webhookObject,
} from './objects.ts';

/** Objects that are alike but for their index; made when they are asked for. */
export interface ObjectSeries {
  namespace: string | null;
  labels: Record<string, string>;
  /** By field selector, `status.phase`. */
  fields: Record<string, string>;
  count: number;
  at: (index: number) => object;
}

export interface Resource {
  group: string;
  name: string;
  kind: string;
  namespaced: boolean;
  of: (contents: ClusterContents) => ObjectSeries[];
}

export const resources: Resource[] = [
  {
    group: '',
    name: 'serviceaccounts',
    kind: 'ServiceAccount',
    namespaced: true,
    of: ({ serviceAccounts }) =>
      serviceAccounts.map((spec) => one(spec.namespace, () => serviceAccountObject(spec))),
  },
  { group: '', name: 'pods', kind: 'Pod', namespaced: true, of: podSeries },
  { group: '', name: 'secrets', kind: 'Secret', namespaced: true, of: () => [] },
  {
    group: '',
    name: 'nodes',
    kind: 'Node',
    namespaced: false,
    of: ({ nodes }) => nodes.map((spec) => one(null, () => nodeObject(spec))),
  },
  {
    group: 'apps',
    name: 'deployments',
    kind: 'Deployment',
    namespaced: true,
    of: ({ dns }) => (dns ? [one('kube-system', () => dnsDeployment(dns))] : []),
  },
  {
    group: 'discovery.k8s.io',
    name: 'endpointslices',
    kind: 'EndpointSlice',
    namespaced: true,
    of: ({ dns }) =>
      dns
        ? [
            {
              ...one('kube-system', () => dnsSlice(dns)),
              labels: { 'kubernetes.io/service-name': 'kube-dns' },
            },
          ]
        : [],
  },
  {
    group: 'admissionregistration.k8s.io',
    name: 'mutatingwebhookconfigurations',
    kind: 'MutatingWebhookConfiguration',
    namespaced: false,
    of: ({ webhooks }) => webhooks.map((spec) => one(null, () => webhookObject(spec))),
  },
];

function one(namespace: string | null, at: () => object): ObjectSeries {
  return { namespace, labels: {}, fields: {}, count: 1, at };
}

function podSeries({ pods, dns }: ClusterContents): ObjectSeries[] {
  return [...pods, ...(dns ? dnsPods(dns) : [])].map((spec) => ({
    namespace: spec.namespace,
    labels: spec.labels,
    fields: { 'status.phase': spec.phase },
    count: spec.count,
    at: (index) => podObject(spec, index),
  }));
}

function dnsPods({ desired, ready, waiting }: NonNullable<ClusterContents['dns']>): PodSpec[] {
  const pod: PodSpec = {
    namespace: 'kube-system',
    serviceAccount: 'coredns',
    owner: { kind: 'Deployment', name: 'coredns' },
    count: ready,
    createdAt: new Date('2026-01-01T00:00:00Z'),
    phase: 'Running',
    hostNetwork: false,
    injected: 'nothing',
    roleArn: null,
    audience: '',
    env: {},
    annotations: {},
    labels: { 'k8s-app': 'kube-dns' },
    node: 'ip-10-0-1-11.internal',
    waiting: null,
    padding: 0,
  };
  const failing: PodSpec = { ...pod, count: desired - ready, phase: 'Pending', waiting };
  return [pod, failing].filter(({ count }) => count > 0);
}

/** `/api/v1/pods`, `/apis/apps/v1/namespaces/kube-system/deployments/coredns`. */
export interface ResourcePath {
  resource: Resource;
  namespace: string | null;
  /** Of one object; null for a list. */
  name: string | null;
}

const form =
  /^\/(?:api|apis\/([a-z0-9.]+))\/v1(?:\/namespaces\/([a-z0-9-]+))?\/([a-z]+)(?:\/([a-z0-9.-]+))?$/;

export function parsePath(path: string): ResourcePath | null {
  const [, group = '', namespace = null, plural = '', name = null] = form.exec(path) ?? [];
  const resource = resources.find((known) => known.group === group && known.name === plural);
  return resource ? { resource, namespace, name } : null;
}

/** The documents by which kubectl learns what there is; null for another path. */
export function discoveryAt(path: string): object | null {
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups().map(groupOf) };
  const [, group = ''] = /^\/(?:api|apis\/([a-z0-9.]+))\/v1$/.exec(path) ?? [];
  const own = resources.filter((resource) => resource.group === group);
  if (!/^\/apis?\//.test(path) || own.length === 0) return null;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? 'v1' : `${group}/v1`,
    resources: own.map(({ name, kind, namespaced }) => ({
      name,
      singularName: kind.toLowerCase(),
      kind,
      namespaced,
      verbs: ['get', 'list'],
      shortNames: { serviceaccounts: ['sa'], pods: ['po'], nodes: ['no'] }[name] ?? [],
    })),
  };
}

function groups(): string[] {
  return [...new Set(resources.map(({ group }) => group))].filter((group) => group !== '');
}

function groupOf(name: string): object {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}
