/** How findings about a blocked way are told. */
import type { ClusterNetwork } from '../../../domain/cluster-network.ts';
import type { Blocked, Origin } from '../../../domain/way-to-endpoint.ts';
import type { Evidence, Problem } from '../../../rule.ts';

const kinds: Readonly<Record<Blocked['kind'], string>> = {
  'endpoint-security-group': 'VPC endpoint',
  'endpoint-policy': 'VPC endpoint',
  'node-security-group': 'security group',
  'no-route': 'route table',
  blackhole: 'route table',
  nat: 'NAT gateway',
};

export function blockSubject({ kind, at }: Blocked): Problem['subject'] {
  return { kind: kinds[kind], name: at, id: at };
}

/** So many subnets are shown. */
const mostSubnets = 20;

/** The subnets of the pods, and where their traffic is led. */
export function subnetEvidence({ vpcId, endpoints }: ClusterNetwork, origins: readonly Origin[]): Evidence[] {
  const subnets = [...new Map(origins.map(({ subnet }) => [subnet.id, subnet])).values()];
  const endpointNames = endpoints.map(
    ({ serviceName, type, privateDns }) =>
      `${serviceName} (${type}${type === 'Interface' && !privateDns ? ', private DNS off' : ''})`,
  );
  return [
    { label: 'VPC', value: vpcId },
    ...subnets.slice(0, mostSubnets).map(({ id, cidr, availabilityZone, routeTableId, routes }) => ({
      label: `Subnet ${id}`,
      value: `${cidr ?? 'no IPv4 range'} in ${availabilityZone}, ${routeTableId ?? 'no route table'}: ${routesText(routes)}`,
    })),
    { label: 'Endpoints of the VPC', value: endpointNames.join(', ') || 'none' },
  ];
}

function routesText(routes: Origin['subnet']['routes']): string {
  const shown = routes.map(
    ({ destination, target, state }) =>
      `${destination} to ${target}${state === 'active' ? '' : ` (${state})`}`,
  );
  return shown.slice(0, 10).join(', ') || 'no routes';
}
