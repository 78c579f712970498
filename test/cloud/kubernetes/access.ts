/** What RBAC and EKS's access policies let the auditor read. */
import { kubernetesRules } from '../../../shared/collect/kubernetes/cluster-role.ts';
import type { ClusterContents } from './cluster-contents.ts';

export interface ResourceRequest {
  verb: 'get' | 'list';
  group: string;
  resource: string;
  /** Of one object. */
  name: string | null;
}

/** The part of AmazonEKSViewPolicy that is simulated: neither nodes nor webhooks nor Secrets. */
const viewPolicy: Record<string, string[]> = {
  '': ['configmaps', 'endpoints', 'events', 'namespaces', 'pods', 'serviceaccounts', 'services'],
  apps: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  'discovery.k8s.io': ['endpointslices'],
};

export function mayRead(access: ClusterContents['access'], request: ResourceRequest): boolean {
  if (access === 'no entry' || access === 'no rights') return false;
  const byPolicy = viewPolicy[request.group]?.includes(request.resource) ?? false;
  return byPolicy || (access === 'view and group' && mayGroup(request));
}

/** As the ClusterRole says that is printed for the group. */
export function mayGroup({ verb, group, resource, name }: ResourceRequest): boolean {
  return kubernetesRules().some(
    ({ apiGroups, resources, verbs, resourceNames }) =>
      apiGroups.includes(group) &&
      resources.includes(resource) &&
      verbs.includes(verb) &&
      (!resourceNames || (name !== null && resourceNames.includes(name))),
  );
}
