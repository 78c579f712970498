/** How findings about a blocked way are told. */
import type { ClusterNetwork, Subnet, VpcEndpoint } from '../../../domain/cluster-network.ts';
import type { Blocked, Origin } from '../../../domain/way-to-endpoint.ts';
import type { Evidence, Problem, SubjectKind } from '../../../rule.ts';
import { en, ja, joinWords, type Words } from '../../../words.ts';
import { none } from '../pod-credentials/telling.ts';

const kinds: Readonly<Record<Blocked['kind'], SubjectKind>> = {
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
  return [
    { label: 'VPC', value: vpcId },
    ...subnets.slice(0, mostSubnets).map((subnet) => ({
      label: { en: `Subnet ${subnet.id}`, ja: `サブネット ${subnet.id}` },
      value: subnetText(subnet),
    })),
    {
      label: 'Endpoints of the VPC',
      value: endpoints.length > 0 ? joinWords(endpoints.map(endpointText), ', ') : none,
    },
  ];
}

function endpointText({ serviceName, type, privateDns }: VpcEndpoint): Words {
  return type === 'Interface' && !privateDns
    ? {
        en: `${serviceName} (${type}, private DNS off)`,
        ja: `${serviceName} (${type}、プライベート DNS は無効)`,
      }
    : `${serviceName} (${type})`;
}

function subnetText({ cidr, availabilityZone, routeTableId, routes }: Subnet): Words {
  const range: Words = cidr ?? { en: 'no IPv4 range', ja: 'IPv4 範囲なし' };
  const table: Words = routeTableId ?? { en: 'no route table', ja: 'ルートテーブルなし' };
  return {
    en: en`${range} in ${availabilityZone}, ${table}: ${routesText(routes)}`,
    ja: ja`${range} (${availabilityZone})、${table}: ${routesText(routes)}`,
  };
}

function routesText(routes: Subnet['routes']): Words {
  const shown = routes.slice(0, 10).map(({ destination, target, state }) => {
    const flaw = state === 'active' ? '' : ` (${state})`;
    return { en: `${destination} to ${target}${flaw}`, ja: `${destination} は ${target} へ${flaw}` };
  });
  return shown.length > 0 ? joinWords(shown, ', ') : { en: 'no routes', ja: 'ルートなし' };
}
