/** The ClusterRole that lets the auditor read a cluster, and nothing else; derived from what the readers declare. */
import { awsReaders } from '../aws/account.ts';
import type { Reader } from '../reader.ts';
import { auditorGroup, type KubernetesPermission } from './permission.ts';

export interface KubernetesRule {
  apiGroups: string[];
  resources: string[];
  /** The only objects that it is for; all where absent. */
  resourceNames?: string[];
  verbs: string[];
}

/** Everything that is asked of a cluster's API server, each once. */
export function kubernetesPermissions(): KubernetesPermission[] {
  const readers: readonly Pick<Reader<never, unknown>, 'kubernetes'>[] = Object.values(awsReaders);
  const all = readers.flatMap(({ kubernetes }) => kubernetes ?? []);
  return [...new Map(all.map((permission) => [JSON.stringify(permission), permission])).values()];
}

/** One rule for each API group, verb and name. */
export function kubernetesRules(): KubernetesRule[] {
  const rules = new Map<string, KubernetesRule>();
  for (const { apiGroup, resource, verb, name } of kubernetesPermissions()) {
    const key = JSON.stringify([apiGroup, verb, name]);
    const rule = rules.get(key);
    if (rule) rule.resources.push(resource);
    else
      rules.set(key, {
        apiGroups: [apiGroup],
        resources: [resource],
        ...(name !== undefined && { resourceNames: [name] }),
        verbs: [verb],
      });
  }
  return [...rules.values()];
}

/** The ClusterRole, and its binding to the auditor's group, as YAML for `kubectl apply -f -`. */
export function clusterRoleManifest(): string {
  const rules = kubernetesRules().map((rule) =>
    Object.entries(rule)
      .map(([key, values], index) => `  ${index === 0 ? '-' : ' '} ${key}: ${JSON.stringify(values)}`)
      .join('\n'),
  );
  return [
    ...heading('ClusterRole'),
    'rules:',
    ...rules,
    '---',
    ...heading('ClusterRoleBinding'),
    'roleRef:',
    '  apiGroup: rbac.authorization.k8s.io',
    '  kind: ClusterRole',
    `  name: ${auditorGroup}`,
    'subjects:',
    '  - apiGroup: rbac.authorization.k8s.io',
    '    kind: Group',
    `    name: ${auditorGroup}`,
    '',
  ].join('\n');
}

function heading(kind: string): string[] {
  return [
    'apiVersion: rbac.authorization.k8s.io/v1',
    `kind: ${kind}`,
    'metadata:',
    `  name: ${auditorGroup}`,
  ];
}
