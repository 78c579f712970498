/** What EKS and EC2 hold of one simulated cluster, sound unless a world spoils it. */
import { createHash } from 'node:crypto';
import type { ClusterNetwork, Route, TrafficRule, VpcEndpoint } from '../../shared/domain/cluster-network.ts';
import type { Addon, Insight, Nodegroup, PodIdentityAssociation } from '../../shared/domain/kubernetes.ts';
import type { Cluster } from '../../shared/domain/web-identity.ts';

export interface EksParts {
  addons: Addon[];
  nodegroups: Nodegroup[];
  insights: Insight[];
  associations: PodIdentityAssociation[];
  network: ClusterNetwork;
}

/** Two private subnets behind a NAT gateway, a public one, an endpoint for STS and a gateway for S3. */
export function soundParts(name: string, region: string, account: string): EksParts {
  const ids = idsOf(name, region);
  return {
    addons: ['coredns', 'eks-pod-identity-agent', 'kube-proxy', 'vpc-cni'].map((addon) => ({
      name: addon,
      version: 'v1.0.0-eksbuild.1',
      status: 'ACTIVE',
      issues: [],
    })),
    nodegroups: [
      {
        name: 'workers',
        status: 'ACTIVE',
        nodeRole: `arn:aws:iam::${account}:role/eks-node`,
        desiredSize: 2,
        subnetIds: [ids.subnet('a'), ids.subnet('b')],
        issues: [],
        hopLimit: 1,
        securityGroupIds: [ids.clusterGroup],
      },
    ],
    insights: [],
    associations: [],
    network: soundNetwork(ids, region),
  };
}

/** The part of DescribeCluster's answer that says where the cluster lies. */
export function clusterNetwork(name: string, region: string): NonNullable<Cluster['network']> {
  const ids = idsOf(name, region);
  return {
    vpcId: ids.vpc,
    subnetIds: [ids.subnet('a'), ids.subnet('b')],
    securityGroupIds: [],
    clusterSecurityGroupId: ids.clusterGroup,
  };
}

/** Ids that belong to a cluster's name. */
export function idsOf(name: string, region: string) {
  const id = (kind: string, word: string) => `${kind}-0${hash(`${region}/${name}/${word}`).slice(0, 16)}`;
  return {
    vpc: id('vpc', ''),
    clusterGroup: id('sg', 'cluster'),
    endpointGroup: id('sg', 'endpoints'),
    nat: id('nat', ''),
    internetGateway: id('igw', ''),
    privateTable: id('rtb', 'private'),
    subnet: (zone: 'a' | 'b' | 'public') => id('subnet', zone),
    endpoint: (service: string) => id('vpce', service),
  };
}

type Ids = ReturnType<typeof idsOf>;

const local: Route = { destination: '10.0.0.0/16', target: 'local', state: 'active' };
const everything: TrafficRule = {
  protocol: '-1',
  fromPort: null,
  toPort: null,
  cidrs: ['0.0.0.0/0'],
  groupIds: [],
  prefixLists: [],
};

function soundNetwork(ids: Ids, region: string): ClusterNetwork {
  const s3 = ids.endpoint('s3');
  const toNat = { destination: '0.0.0.0/0', target: ids.nat, state: 'active' };
  const toS3 = { destination: 'pl-6da54004', target: s3, state: 'active' };
  const subnet = (zone: 'a' | 'b', cidr: string) => ({
    id: ids.subnet(zone),
    availabilityZone: region + zone,
    cidr,
    routes: [local, toNat, toS3],
    routeTableId: ids.privateTable,
    mapPublicIp: false,
    freeAddresses: 200,
  });
  return {
    vpcId: ids.vpc,
    dnsSupport: true,
    dnsHostnames: true,
    subnets: [subnet('a', '10.0.1.0/24'), subnet('b', '10.0.2.0/24')],
    endpoints: [
      interfaceEndpoint(ids, region, 'sts'),
      {
        ...interfaceEndpoint(ids, region, 's3'),
        type: 'Gateway',
        privateDns: false,
        subnetIds: [],
        securityGroupIds: [],
      },
    ],
    natGateways: [
      {
        id: ids.nat,
        subnetId: ids.subnet('public'),
        state: 'available',
        connectivity: 'public',
        routes: [local, { destination: '0.0.0.0/0', target: ids.internetGateway, state: 'active' }],
      },
    ],
    securityGroups: {
      [ids.clusterGroup]: {
        name: 'eks-cluster-sg',
        ingress: [{ ...everything, cidrs: [], groupIds: [ids.clusterGroup] }],
        egress: [everything],
      },
      [ids.endpointGroup]: {
        name: 'endpoints',
        ingress: [{ ...everything, protocol: 'tcp', fromPort: 443, toPort: 443, cidrs: ['10.0.0.0/16'] }],
        egress: [everything],
      },
    },
  };
}

/** An interface endpoint of a service in both private subnets. */
export function interfaceEndpoint(ids: Ids, region: string, service: string): VpcEndpoint {
  return {
    id: ids.endpoint(service),
    serviceName: `com.amazonaws.${region}.${service}`,
    type: 'Interface',
    state: 'available',
    privateDns: true,
    subnetIds: [ids.subnet('a'), ids.subnet('b')],
    securityGroupIds: [ids.endpointGroup],
    policy: { Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] },
  };
}

function hash(word: string): string {
  return createHash('sha256').update(word).digest('hex');
}
