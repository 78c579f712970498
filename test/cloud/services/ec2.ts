/** EC2, as far as the networks of clusters are concerned. */
import type {
  ClusterNetwork,
  Route,
  TrafficRule,
  VpcEndpoint,
} from '../../../shared/domain/cluster-network.ts';
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import { findVpc, networksHere } from '../cluster-networks.ts';
import { pageOf } from '../pages.ts';
import { ec2QueryService, type Ec2Input } from '../protocols/ec2-query.ts';
import type { Operation } from '../service.ts';
import { changes } from './ec2-changes.ts';

const reads: Record<string, Operation<Ec2Input>> = {
  DescribeVpcAttribute: { action: 'ec2:DescribeVpcAttribute', run: describeVpcAttribute },
  DescribeSubnets: list('Subnets', 'subnetSet', subnetsOf),
  DescribeRouteTables: list('RouteTables', 'routeTableSet', routeTablesOf),
  DescribeVpcEndpoints: list('VpcEndpoints', 'vpcEndpointSet', ({ endpoints }) => endpoints.map(endpointOf)),
  DescribeNatGateways: list('NatGateways', 'natGatewaySet', natGatewaysOf),
  DescribeSecurityGroups: { action: 'ec2:DescribeSecurityGroups', run: describeSecurityGroups },
  DescribeLaunchTemplateVersions: {
    action: 'ec2:DescribeLaunchTemplateVersions',
    run: describeLaunchTemplateVersions,
  },
};

export const ec2 = ec2QueryService({
  signingName: 'ec2',
  namespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  operations: { ...reads, ...changes },
});

/** A paged list of what lies in the VPC that a filter names. */
function list(
  name: string,
  member: string,
  itemsOf: (network: ClusterNetwork) => object[],
): Operation<Ec2Input> {
  return {
    action: `ec2:Describe${name}`,
    run(input, call) {
      const vpcs = input.filter('vpc-id');
      const networks = networksHere(call).filter(({ vpcId }) => vpcs === null || vpcs.includes(vpcId));
      return paged(networks.flatMap(itemsOf), member, input, call);
    },
  };
}

function paged(items: object[], member: string, input: Ec2Input, call: Call): object {
  const limit = Math.min(Number(input.text('MaxResults') ?? 1000), call.cloud.behaviour.pageSize);
  const page = pageOf(items, limit, input.text('NextToken'));
  if (!page) throw new AwsError('InvalidNextToken', 'The token is not valid');
  return { [member]: page.items, nextToken: page.next };
}

function describeVpcAttribute(input: Ec2Input, call: Call): object {
  const { vpcId, dnsSupport, dnsHostnames } = findVpc(input.text('VpcId'), call);
  return input.text('Attribute') === 'enableDnsSupport'
    ? { vpcId, enableDnsSupport: { value: dnsSupport } }
    : { vpcId, enableDnsHostnames: { value: dnsHostnames } };
}

function subnetsOf({ vpcId, subnets }: ClusterNetwork): object[] {
  return subnets.map((subnet) => ({
    subnetId: subnet.id,
    vpcId,
    state: 'available',
    cidrBlock: subnet.cidr,
    availabilityZone: subnet.availabilityZone,
    mapPublicIpOnLaunch: subnet.mapPublicIp,
    availableIpAddressCount: subnet.freeAddresses,
  }));
}

/** One table for each that a subnet names, and one for each NAT gateway's subnet. */
function routeTablesOf({ vpcId, subnets, natGateways }: ClusterNetwork): object[] {
  const tables = [...new Set(subnets.map(({ routeTableId }) => routeTableId))].map((id) => {
    const own = subnets.filter(({ routeTableId }) => routeTableId === id);
    return { id, subnetIds: own.map((subnet) => subnet.id), routes: own[0]?.routes ?? [] };
  });
  const ofGateways = natGateways.map(({ id, subnetId, routes }) => ({
    id: id.replace('nat-', 'rtb-'),
    subnetIds: [subnetId],
    routes: routes ?? [],
  }));
  return [...tables, ...ofGateways].map(({ id, subnetIds, routes }) => ({
    routeTableId: id,
    vpcId,
    routeSet: routes.map(routeOf),
    associationSet: subnetIds.map((subnetId) => ({ main: false, routeTableId: id, subnetId })),
  }));
}

const targets: [prefix: string, member: string][] = [
  ['nat-', 'natGatewayId'],
  ['tgw-', 'transitGatewayId'],
  ['pcx-', 'vpcPeeringConnectionId'],
  ['eni-', 'networkInterfaceId'],
  ['i-', 'instanceId'],
];

function routeOf({ destination, target, state }: Route): object {
  const member = targets.find(([prefix]) => target.startsWith(prefix))?.[1] ?? 'gatewayId';
  const kind = destination.startsWith('pl-')
    ? 'destinationPrefixListId'
    : destination.includes('::')
      ? 'destinationIpv6CidrBlock'
      : 'destinationCidrBlock';
  return { [kind]: destination, [member]: target, state };
}

function endpointOf(endpoint: VpcEndpoint): object {
  return {
    vpcEndpointId: endpoint.id,
    vpcEndpointType: endpoint.type,
    serviceName: endpoint.serviceName,
    state: endpoint.state,
    privateDnsEnabled: endpoint.privateDns,
    subnetIdSet: endpoint.subnetIds,
    groupSet: endpoint.securityGroupIds.map((groupId) => ({ groupId, groupName: groupId })),
    policyDocument: endpoint.policy === null ? undefined : JSON.stringify(endpoint.policy),
  };
}

function natGatewaysOf({ vpcId, natGateways }: ClusterNetwork): object[] {
  return natGateways.map(({ id, subnetId, state, connectivity }) => ({
    natGatewayId: id,
    vpcId,
    subnetId,
    state,
    connectivityType: connectivity,
  }));
}

function describeSecurityGroups(input: Ec2Input, call: Call): object {
  const wanted = input.filter('group-id');
  const groups = networksHere(call)
    .flatMap(({ vpcId, securityGroups }) =>
      Object.entries(securityGroups).map(([groupId, group]) => ({ vpcId, groupId, group })),
    )
    .filter(({ groupId }) => wanted === null || wanted.includes(groupId))
    .map(({ vpcId, groupId, group }) => ({
      groupId,
      groupName: group.name,
      vpcId,
      ipPermissions: group.ingress.map(permissionOf),
      ipPermissionsEgress: group.egress.map(permissionOf),
    }));
  return paged(groups, 'securityGroupInfo', input, call);
}

function permissionOf(rule: TrafficRule): object {
  return {
    ipProtocol: rule.protocol,
    fromPort: rule.fromPort,
    toPort: rule.toPort,
    ipRanges: rule.cidrs.filter((cidr) => !cidr.includes(':')).map((cidrIp) => ({ cidrIp })),
    ipv6Ranges: rule.cidrs.filter((cidr) => cidr.includes(':')).map((cidrIpv6) => ({ cidrIpv6 })),
    groups: rule.groupIds.map((groupId) => ({ groupId })),
    prefixListIds: rule.prefixLists.map((prefixListId) => ({ prefixListId })),
  };
}

/** The template of a node group has the id that EKS tells of it. */
function describeLaunchTemplateVersions(input: Ec2Input, call: Call): object {
  const id = input.text('LaunchTemplateId');
  const { account, region } = call;
  const group = account.clusters
    .filter((cluster) => cluster.region === region)
    .flatMap(({ arn, name }) =>
      (account.eksParts.get(arn)?.nodegroups ?? []).map((one) => ({
        id: launchTemplateId(name, one.name),
        one,
      })),
    )
    .find((candidate) => candidate.id === id)?.one;
  if (!group)
    throw new AwsError('InvalidLaunchTemplateId.NotFound', `The launch template ${id ?? ''} does not exist`);
  const launchTemplateData = {
    metadataOptions: { httpPutResponseHopLimit: group.hopLimit },
    securityGroupIdSet: group.securityGroupIds ?? [],
  };
  const versionNumber = input.list('LaunchTemplateVersion')[0] ?? '1';
  return { launchTemplateVersionSet: [{ launchTemplateId: id, versionNumber, launchTemplateData }] };
}

export function launchTemplateId(cluster: string, nodegroup: string): string {
  return `lt-0${Buffer.from(`${cluster}/${nodegroup}`).toString('hex').slice(0, 16).padEnd(16, '0')}`;
}
