/** Pods that run without the credentials that the webhook would inject now. */
import {
  credentialsOf,
  injectionFor,
  isLeftOutOnPurpose,
  type Injection,
} from '../../../domain/identity-of-pod.ts';
import type { KubernetesNode, PodGroup } from '../../../domain/kubernetes.ts';
import { nodesNamed, type Workload } from './workloads.ts';

/** Null where the service account names no role, or all its pods have credentials. */
export function leftWithout(
  workload: Workload,
  nodes: readonly KubernetesNode[] | undefined,
): { injection: NonNullable<Injection>; pods: PodGroup[] } | null {
  const injection = injectionFor(workload.account, workload.association ?? null);
  if (!injection) return null;
  const pods = (workload.pods ?? []).filter(
    (group) =>
      credentialsOf(group) === 'none of its own' &&
      !isLeftOutOnPurpose(group) &&
      !(injection.by === 'Pod Identity' && isOnFargate(group, nodes)),
  );
  return pods.length > 0 ? { injection, pods } : null;
}

/** Whether all nodes that are known to run the pods are Fargate's; EKS names those `fargate-ip-…`. */
export function isOnFargate(group: PodGroup, nodes: readonly KubernetesNode[] | undefined): boolean {
  if (group.nodes.length === 0) return false;
  return group.nodes.every((name) => {
    const [node] = nodesNamed(nodes, [name]);
    return node ? node.kind === 'fargate' : name.startsWith('fargate-ip-');
  });
}
