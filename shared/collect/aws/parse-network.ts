/** From EC2's answers about a VPC to what the rules need of them. */
import type {
  IpPermission,
  NatGateway as Ec2NatGateway,
  Route as Ec2Route,
  RouteTable,
  SecurityGroup,
  Subnet as Ec2Subnet,
  VpcEndpoint as Ec2Endpoint,
} from '@aws-sdk/client-ec2';
import type {
  ClusterNetwork,
  NatGateway,
  Route,
  Subnet,
  TrafficRule,
  VpcEndpoint,
} from '../../domain/cluster-network.ts';

/** All that EC2 told of a VPC. */
export interface VpcParts {
  vpcId: string;
  dnsSupport: boolean | null;
  dnsHostnames: boolean | null;
  subnets: Ec2Subnet[];
  routeTables: RouteTable[];
  endpoints: Ec2Endpoint[];
  natGateways: Ec2NatGateway[];
  securityGroups: SecurityGroup[];
}

/** The part of it that one cluster with these subnets and security groups sees. */
export function networkOf(
  vpc: VpcParts,
  subnetIds: readonly string[],
  securityGroupIds: readonly string[],
): ClusterNetwork {
  const endpoints = vpc.endpoints.map(endpointOf);
  const groups = new Set([
    ...securityGroupIds,
    ...endpoints.flatMap((endpoint) => endpoint.securityGroupIds),
  ]);
  return {
    vpcId: vpc.vpcId,
    dnsSupport: vpc.dnsSupport,
    dnsHostnames: vpc.dnsHostnames,
    subnets: vpc.subnets
      .filter(({ SubnetId }) => SubnetId !== undefined && subnetIds.includes(SubnetId))
      .map((subnet) => subnetOf(subnet, vpc.routeTables)),
    endpoints,
    natGateways: vpc.natGateways.map((gateway) => natGatewayOf(gateway, vpc.routeTables)),
    securityGroups: Object.fromEntries(
      vpc.securityGroups
        .filter(({ GroupId }) => GroupId !== undefined && groups.has(GroupId))
        .map((group) => [
          group.GroupId ?? '',
          {
            name: group.GroupName ?? '',
            ingress: (group.IpPermissions ?? []).map(trafficRuleOf),
            egress: (group.IpPermissionsEgress ?? []).map(trafficRuleOf),
          },
        ]),
    ),
  };
}

function subnetOf(subnet: Ec2Subnet, tables: RouteTable[]): Subnet {
  const table = tableOf(subnet.SubnetId, tables);
  return {
    id: subnet.SubnetId ?? '',
    availabilityZone: subnet.AvailabilityZone ?? '',
    cidr: subnet.CidrBlock ?? null,
    routes: (table?.Routes ?? []).map(routeOf),
    routeTableId: table?.RouteTableId ?? null,
    mapPublicIp: subnet.MapPublicIpOnLaunch ?? false,
    freeAddresses: subnet.AvailableIpAddressCount ?? null,
  };
}

/** The table that is associated with a subnet, else the VPC's main one. */
function tableOf(subnetId: string | undefined, tables: RouteTable[]): RouteTable | undefined {
  const own = tables.find(({ Associations }) => Associations?.some(({ SubnetId }) => SubnetId === subnetId));
  return own ?? tables.find(({ Associations }) => Associations?.some(({ Main }) => Main));
}

function routeOf(route: Ec2Route): Route {
  const destination =
    route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId ?? '';
  const target =
    route.NatGatewayId ??
    route.TransitGatewayId ??
    route.VpcPeeringConnectionId ??
    route.EgressOnlyInternetGatewayId ??
    route.LocalGatewayId ??
    route.CarrierGatewayId ??
    route.CoreNetworkArn ??
    route.OdbNetworkArn ??
    route.InstanceId ??
    route.NetworkInterfaceId ??
    route.GatewayId ??
    'unknown';
  return { destination, target, state: route.State ?? 'active' };
}

function natGatewayOf(gateway: Ec2NatGateway, tables: RouteTable[]): NatGateway {
  const table = tableOf(gateway.SubnetId, tables);
  return {
    id: gateway.NatGatewayId ?? '',
    subnetId: gateway.SubnetId ?? '',
    state: gateway.State ?? 'unknown',
    connectivity: gateway.ConnectivityType === 'private' ? 'private' : 'public',
    routes: gateway.SubnetId && table ? (table.Routes ?? []).map(routeOf) : null,
  };
}

function endpointOf(endpoint: Ec2Endpoint): VpcEndpoint {
  return {
    id: endpoint.VpcEndpointId ?? '',
    serviceName: endpoint.ServiceName ?? '',
    type: endpoint.VpcEndpointType ?? '',
    state: endpoint.State ?? 'unknown',
    privateDns: endpoint.PrivateDnsEnabled ?? false,
    subnetIds: endpoint.SubnetIds ?? [],
    securityGroupIds: (endpoint.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    policy: policyOf(endpoint.PolicyDocument),
  };
}

/** A document that is no JSON is kept as text, of which nobody can tell what it allows. */
function policyOf(document: string | undefined): unknown {
  if (document === undefined || document === '') return null;
  try {
    return JSON.parse(document);
  } catch {
    return document;
  }
}

function trafficRuleOf(permission: IpPermission): TrafficRule {
  return {
    protocol: permission.IpProtocol ?? '-1',
    fromPort: permission.FromPort ?? null,
    toPort: permission.ToPort ?? null,
    cidrs: [
      ...(permission.IpRanges ?? []).flatMap(({ CidrIp }) => CidrIp ?? []),
      ...(permission.Ipv6Ranges ?? []).flatMap(({ CidrIpv6 }) => CidrIpv6 ?? []),
    ],
    groupIds: (permission.UserIdGroupPairs ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    prefixLists: (permission.PrefixListIds ?? []).flatMap(({ PrefixListId }) => PrefixListId ?? []),
  };
}
