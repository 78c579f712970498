/** The changes to networks that printed commands ask for. */
import { randomUUID } from 'node:crypto';
import type { ClusterNetwork } from '../../../shared/domain/cluster-network.ts';
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import { findVpc, networksHere } from '../cluster-networks.ts';
import type { Ec2Input } from '../protocols/ec2-query.ts';
import type { Operation } from '../service.ts';

export const changes: Record<string, Operation<Ec2Input>> = {
  ModifyVpcAttribute: { action: 'ec2:ModifyVpcAttribute', run: modifyVpcAttribute },
  CreateVpcEndpoint: { action: 'ec2:CreateVpcEndpoint', run: createVpcEndpoint },
  AuthorizeSecurityGroupIngress: {
    action: 'ec2:AuthorizeSecurityGroupIngress',
    run: authorizeSecurityGroupIngress,
  },
  ReplaceRoute: { action: 'ec2:ReplaceRoute', run: replaceRoute },
};

function modifyVpcAttribute(input: Ec2Input, call: Call): object {
  const network = findVpc(input.text('VpcId'), call);
  const [support, hostnames] = [input.text('EnableDnsSupport.Value'), input.text('EnableDnsHostnames.Value')];
  if ((support === null) === (hostnames === null))
    throw new AwsError('InvalidParameterCombination', 'Fields for multiple attribute types specified');
  if (support !== null) network.dnsSupport = support === 'true';
  if (hostnames !== null) network.dnsHostnames = hostnames === 'true';
  return { return: true };
}

function createVpcEndpoint(input: Ec2Input, call: Call): object {
  const network = findVpc(input.text('VpcId'), call);
  const subnetIds = input.list('SubnetId');
  const securityGroupIds = input.list('SecurityGroupId');
  for (const id of subnetIds) checkSubnet(network, id);
  for (const id of securityGroupIds) checkGroup(network, id);
  const id = `vpce-0${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  network.endpoints.push({
    id,
    serviceName: input.text('ServiceName') ?? '',
    type: input.text('VpcEndpointType') ?? 'Gateway',
    state: 'available',
    privateDns: input.text('PrivateDnsEnabled') === 'true',
    subnetIds,
    securityGroupIds,
    policy: null,
  });
  const target = { destination: 'pl-6da54004', target: id, state: 'active' };
  for (const table of input.list('RouteTableId'))
    for (const subnet of network.subnets)
      if (subnet.routeTableId === table) subnet.routes.push({ ...target });
  return { vpcEndpoint: { vpcEndpointId: id } };
}

function checkSubnet({ subnets }: ClusterNetwork, id: string): void {
  if (!subnets.some((subnet) => subnet.id === id))
    throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
}

function checkGroup({ securityGroups }: ClusterNetwork, id: string): void {
  if (!Object.hasOwn(securityGroups, id))
    throw new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
}

function authorizeSecurityGroupIngress(input: Ec2Input, call: Call): object {
  const id = input.text('GroupId') ?? '';
  const network = networksHere(call).find(({ securityGroups }) => Object.hasOwn(securityGroups, id));
  const group = network?.securityGroups[id];
  if (!group) throw new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
  const permission = 'IpPermissions.1';
  group.ingress.push({
    protocol: input.text(`${permission}.IpProtocol`) ?? '-1',
    fromPort: Number(input.text(`${permission}.FromPort`)),
    toPort: Number(input.text(`${permission}.ToPort`)),
    cidrs: [input.text(`${permission}.IpRanges.1.CidrIp`)].filter((cidr) => cidr !== null),
    groupIds: [input.text(`${permission}.Groups.1.GroupId`)].filter((group) => group !== null),
    prefixLists: [],
  });
  return { return: true };
}

function replaceRoute(input: Ec2Input, call: Call): object {
  const table = input.text('RouteTableId');
  const destination = input.text('DestinationCidrBlock');
  const subnets = networksHere(call)
    .flatMap((network) => network.subnets)
    .filter(({ routeTableId }) => routeTableId === table);
  const route = subnets[0]?.routes.find((one) => one.destination === destination);
  if (!route) throw new AwsError('InvalidRoute.NotFound', `There is no route ${destination ?? ''}`);
  const replaced = { ...route, target: input.text('NatGatewayId') ?? route.target, state: 'active' };
  for (const subnet of subnets)
    subnet.routes = subnet.routes.map((one) => (one.destination === destination ? replaced : one));
  return { return: true };
}
