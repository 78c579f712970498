/** What a reader asks a cluster's own API server for, and the group that the auditor is in there. */

export interface KubernetesPermission {
  /** Empty for the core group. */
  apiGroup: string;
  /** Plural, as RBAC names it: `pods`. */
  resource: string;
  verb: 'get' | 'list';
  /** The only object that is asked for, by name; all where absent. */
  name?: string;
}

/** The Kubernetes group that access entries put the auditor into, and that the ClusterRole is bound to. */
export const auditorGroup = 'clusterwhy';

/** `list pods`, `list deployments.apps`: as `kubectl auth can-i` takes it. */
export function nameOfPermission({ verb, resource, apiGroup }: KubernetesPermission): string {
  return `${verb} ${resource}${apiGroup === '' ? '' : `.${apiGroup}`}`;
}
