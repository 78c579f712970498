/** Which services the nodes and pods of a cluster call, as far as that can be told without seeing their calls. */
import type { KubernetesNode } from '../../../domain/kubernetes.ts';
import { addressIn } from '../../../domain/address-range.ts';
import type { EndpointTarget, Origin } from '../../../domain/way-to-endpoint.ts';
import type { AwsFacts } from '../../../observation.ts';
import { ofCluster } from '../pod-credentials/workloads.ts';
import type { Located } from './cluster-way.ts';

/** IAM's prefix of services by the last part of their endpoints' names, where the policy of an endpoint can be judged by it. */
const prefixes: Readonly<Record<string, string>> = {
  autoscaling: 'autoscaling',
  ec2: 'ec2',
  'ecr.api': 'ecr',
  eks: 'eks',
  'eks-auth': 'eks-auth',
  elasticloadbalancing: 'elasticloadbalancing',
  kms: 'kms',
  logs: 'logs',
  secretsmanager: 'secretsmanager',
  sns: 'sns',
  sqs: 'sqs',
  ssm: 'ssm',
};

function targetOf(region: string, service: string): EndpointTarget {
  const prefix = Object.hasOwn(prefixes, service) ? prefixes[service] : undefined;
  return { region, service, action: prefix === undefined ? null : `${prefix}:*` };
}

/**
 * Services whose usual names lead to an endpoint in the VPC, but for STS: whoever made it wants the pods to go there, and
 * they have no other way.
 */
export function offeredServices({ cluster, network }: Located): EndpointTarget[] {
  const marker = `com.amazonaws.${cluster.region}.`;
  return network.endpoints
    .filter(({ type, privateDns }) => type === 'Interface' && privateDns)
    .flatMap(({ serviceName }) => serviceName.split(marker)[1] ?? [])
    .filter((service) => service !== 'sts')
    .map((service) => targetOf(cluster.region, service));
}

/**
 * What every cluster with nodes of its own calls, where the VPC has no endpoint for it: the VPC CNI calls EC2, images come
 * from ECR and S3, and the agent of Pod Identity calls EKS Auth
 * (docs.aws.amazon.com/eks/latest/userguide/private-clusters.html). EKS Auto Mode's nodes are AWS's own affair.
 */
export function neededServices(located: Located, usesPodIdentity: boolean): EndpointTarget[] {
  const { cluster, nodegroups = [] } = located;
  if (cluster.autoMode || !nodegroups.some(({ desiredSize }) => desiredSize !== 0)) return [];
  const offered = new Set(offeredServices(located).map(({ service }) => service));
  const needed = ['ec2', 'ecr.api', 'ecr.dkr', 's3', ...(usesPodIdentity ? ['eks-auth'] : [])];
  return needed
    .filter((service) => !offered.has(service))
    .map((service) => targetOf(cluster.region, service));
}

/** Whether nodes in these subnets are ready, which they would not have become without a way. */
export function readyNodesIn(
  facts: { kubernetesNodes?: AwsFacts['kubernetesNodes'] | undefined },
  { cluster }: Located,
  origins: readonly Origin[],
): boolean {
  const isHere = ({ internalIp, ready }: KubernetesNode) =>
    ready && origins.some(({ subnet }) => addressIn(internalIp, subnet.cidr));
  return ofCluster(facts.kubernetesNodes, cluster)?.some(isHere) ?? false;
}
