/** Calls with a node's role by an SDK that cannot know what the pods of that node were given. */
import { credentialsOf, type PodCredentials } from '../../../domain/identity-of-pod.ts';
import { versionNeeded, type EksCredentials } from '../../../domain/sdk-version.ts';
import type { NodeRoleCall } from '../../../domain/service-denial.ts';
import type { Cluster } from '../../../domain/web-identity.ts';
import type { AwsFacts } from '../../../observation.ts';
import { callsNoService } from './system-pods.ts';
import { ofCluster } from './workloads.ts';

const asCredentials: Partial<Record<PodCredentials, EksCredentials>> = {
  'web identity': 'web identity',
  'Pod Identity': 'Pod Identity',
};

/**
 * Whether pods of the node were given credentials that the SDK is too old for, and every pod that may have called has
 * some: where one has none, that is the likelier cause.
 */
export function isTooOldFor(
  { userAgent, instanceId }: NodeRoleCall,
  cluster: Cluster,
  facts: {
    podGroups?: AwsFacts['podGroups'] | undefined;
    kubernetesNodes?: AwsFacts['kubernetesNodes'] | undefined;
  },
): boolean {
  const node = ofCluster(facts.kubernetesNodes, cluster)?.find((one) => one.instanceId === instanceId);
  if (userAgent === null || !node) return false;
  const groups = ofCluster(facts.podGroups, cluster);
  if (!groups) return versionNeeded(userAgent, 'web identity') !== null;
  const given = groups
    .filter(({ nodes, owner }) => nodes.includes(node.name) && !callsNoService.test(owner?.name ?? ''))
    .map(credentialsOf);
  if (given.includes('none of its own')) return false;
  return given.some((one) => {
    const credentials = asCredentials[one];
    return credentials !== undefined && versionNeeded(userAgent, credentials) !== null;
  });
}
