/** Which associations of EKS Pod Identity the roles' trust policies refuse. */
import type { PodIdentityAssociation } from '../../../domain/kubernetes.ts';
import {
  judgePodIdentity,
  type PodIdentityRequest,
  type PodIdentityTrust,
} from '../../../domain/pod-identity-trust.ts';
import type { Cluster, Role } from '../../../domain/web-identity.ts';
import { lookUpBy } from '../web-identity/look-up-by.ts';
import { ofCluster, settledClusters, type WorkloadFacts } from './workloads.ts';

export interface JudgedAssociation {
  cluster: Cluster;
  association: PodIdentityAssociation;
  role: Role;
  request: PodIdentityRequest;
  trust: PodIdentityTrust;
}

const rolesByArn = lookUpBy<Role>(({ arn }) => [arn]);

/** Every association whose role was read. */
export function judgedAssociations(
  facts: Pick<WorkloadFacts, 'clusters' | 'podIdentityAssociations'> & {
    roles?: readonly Role[] | undefined;
  },
): JudgedAssociation[] {
  return settledClusters(facts).flatMap((cluster) =>
    (ofCluster(facts.podIdentityAssociations, cluster) ?? []).flatMap((association) => {
      const [role] = rolesByArn(facts.roles, association.roleArn);
      return role ? [judgeAssociation(cluster, association, role)] : [];
    }),
  );
}

export function judgeAssociation(
  cluster: Cluster,
  association: PodIdentityAssociation,
  role: Role,
): JudgedAssociation {
  const request: PodIdentityRequest = {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    account: cluster.account,
    namespace: association.namespace,
    serviceAccount: association.serviceAccount,
    sessionTags: !association.disableSessionTags,
  };
  return { cluster, association, role, request, trust: judgePodIdentity(role.trustPolicy, request) };
}

/** `shop/orders`. */
export function nameOfAssociation({
  namespace,
  serviceAccount,
}: Pick<PodIdentityAssociation, 'namespace' | 'serviceAccount'>): string {
  return `${namespace}/${serviceAccount}`;
}
