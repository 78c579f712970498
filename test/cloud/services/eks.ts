import type {
  Cluster as EksCluster,
  DescribeClusterResponse,
  ListClustersResponse,
} from '@aws-sdk/client-eks';
import type { Cluster } from '../../../shared/domain/web-identity.ts';
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import { pageOf } from '../pages.ts';
import { restJsonService } from '../protocols/rest-json.ts';
import { clusterPartOperations } from './eks-cluster-parts.ts';

export const eks = restJsonService({
  signingName: 'eks',
  regional: true,
  operations: [
    {
      http: 'GET /clusters',
      action: 'eks:ListClusters',
      resource: (_, call) => clusterArn(call, '*'),
      run: ({ query }, call) => listClusters(call, query),
    },
    {
      http: 'GET /clusters/{name}',
      action: 'eks:DescribeCluster',
      resource: ({ labels }, call) => clusterArn(call, labels['name'] ?? ''),
      run: ({ labels }, call) => describeCluster(call, labels['name'] ?? ''),
    },
    ...clusterPartOperations,
  ],
});

function listClusters(call: Call, query: URLSearchParams): ListClustersResponse {
  const names = clustersHere(call).map(({ name }) => name);
  const limit = Math.min(Number(query.get('maxResults') ?? 100), call.cloud.behaviour.pageSize);
  const page = pageOf(names, limit, query.get('nextToken'));
  if (!page) throw new AwsError('InvalidParameterException', 'Invalid next token');
  return { clusters: page.items, nextToken: page.next };
}

function describeCluster(call: Call, name: string): DescribeClusterResponse {
  const cluster = clustersHere(call).find((candidate) => candidate.name === name);
  if (!cluster) {
    const message = `No cluster found for name: ${name}.`;
    throw new AwsError('ResourceNotFoundException', message, 404, { clusterName: name });
  }
  return { cluster: describe(cluster) };
}

function describe(cluster: Cluster): EksCluster {
  const { access } = cluster;
  return {
    name: cluster.name,
    arn: cluster.arn,
    status: cluster.status as NonNullable<EksCluster['status']>,
    version: cluster.version ?? undefined,
    createdAt: cluster.createdAt ? new Date(cluster.createdAt) : undefined,
    endpoint: cluster.endpoint ?? undefined,
    identity: cluster.issuer ? { oidc: { issuer: cluster.issuer } } : undefined,
    tags: cluster.tags,
    certificateAuthority: access && { data: Buffer.from(access.certificateAuthority).toString('base64') },
    accessConfig: access && { authenticationMode: access.authenticationMode as 'API' },
    resourcesVpcConfig: vpcConfigOf(cluster),
    health: {
      issues: cluster.healthIssues.map(({ code, ...issue }) => ({
        ...issue,
        code: code as 'StsRegionalEndpointDisabled',
      })),
    },
  };
}

function vpcConfigOf({ network, access }: Cluster): EksCluster['resourcesVpcConfig'] {
  return {
    ...network,
    clusterSecurityGroupId: network?.clusterSecurityGroupId ?? undefined,
    endpointPublicAccess: access?.publicEndpoint,
    endpointPrivateAccess: access?.privateEndpoint,
  };
}

function clustersHere({ account, region }: Call): Cluster[] {
  return account.clusters.filter((cluster) => cluster.region === region);
}

function clusterArn({ account, region }: Call, name: string): string {
  return `arn:${account.partition}:eks:${region}:${account.id}:cluster/${name}`;
}
