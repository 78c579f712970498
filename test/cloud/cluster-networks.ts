/** The networks of simulated clusters, as EC2 finds them. */
import type { ClusterNetwork } from '../../shared/domain/cluster-network.ts';
import { AwsError } from './aws-error.ts';
import type { Call } from './call.ts';

/** The networks of a region. */
export function networksHere({ account, region }: Call): ClusterNetwork[] {
  return account.clusters
    .filter((cluster) => cluster.region === region)
    .flatMap(({ arn }) => account.eksParts.get(arn)?.network ?? []);
}

export function findVpc(id: string | null, call: Call): ClusterNetwork {
  const network = networksHere(call).find(({ vpcId }) => vpcId === id);
  if (!network) throw new AwsError('InvalidVpcID.NotFound', `The vpc ID '${id ?? ''}' does not exist`);
  return network;
}
