/**
 * Which AWS credentials a pod has, in the order in which EKS's webhook injects them and the SDKs look for them.
 * Sources: aws/amazon-eks-pod-identity-webhook, pkg/handler (an association goes before the annotation); the default
 * credential chains of the SDKs (environment, web identity, container credentials, instance metadata).
 */
import { roleAnnotation } from './annotation-key.ts';
import type {
  KubernetesNode,
  KubernetesServiceAccount,
  Nodegroup,
  PodGroup,
  PodIdentityAssociation,
} from './kubernetes.ts';

/** What an SDK in the pod takes first. */
export type PodCredentials = 'static keys' | 'web identity' | 'Pod Identity' | 'none of its own';

export function credentialsOf({
  staticKeys,
  webIdentity,
  containerCredentials,
}: Pick<PodGroup, 'staticKeys' | 'webIdentity' | 'containerCredentials'>): PodCredentials {
  if (staticKeys) return 'static keys';
  if (webIdentity) return 'web identity';
  return containerCredentials ? 'Pod Identity' : 'none of its own';
}

/** What the webhook would inject into a pod that is created now; null where nothing. */
export type Injection = { by: 'Pod Identity' | 'web identity'; roleArn: string } | null;

export function injectionFor(
  account: KubernetesServiceAccount | null,
  association: PodIdentityAssociation | null,
): Injection {
  if (association) return { by: 'Pod Identity', roleArn: association.roleArn };
  const roleArn = account ? annotatedRole(account) : null;
  return roleArn === null ? null : { by: 'web identity', roleArn };
}

/** The role that the annotation names; the webhook takes an empty one for none. */
export function annotatedRole({ annotations }: KubernetesServiceAccount): string | null {
  return (Object.hasOwn(annotations, roleAnnotation) && annotations[roleAnnotation]) || null;
}

/** Whether the webhook left the pods out on purpose: by an annotation of theirs. */
export function isLeftOutOnPurpose({ skippedContainers }: PodGroup): boolean {
  return skippedContainers.length > 0;
}

/** Where the SDK ends up in a pod without credentials of its own. */
export type Fallback = 'node role' | 'nothing' | 'unknown';

/**
 * Fargate and hybrid nodes have no instance metadata; on EC2 a pod in a network of its own is one hop further away than
 * its node, so that a hop limit of 1 keeps it out. A pod in the node's network is not kept out.
 */
export function fallbackOf(
  { hostNetwork, nodes }: PodGroup,
  known: readonly KubernetesNode[] = [],
  nodegroups: readonly Nodegroup[] = [],
): Fallback {
  const own = known.filter(({ name }) => nodes.includes(name));
  if (own.length > 0 && own.every(({ kind }) => kind === 'fargate' || kind === 'hybrid')) return 'nothing';
  if (own.length === 0 || own.some(({ kind }) => kind !== 'ec2')) return 'unknown';
  if (hostNetwork) return 'node role';
  const limits = own.map(({ nodegroup }) => nodegroups.find(({ name }) => name === nodegroup)?.hopLimit);
  if (limits.every((limit) => typeof limit === 'number' && limit >= 2)) return 'node role';
  return limits.every((limit) => limit === 1) ? 'nothing' : 'unknown';
}
