/** Clusters whose nodes, DNS or network keep pods from AWS, or of which EKS itself says that they are not well. */
import { eksIssuer, providerArn } from '../../identifiers.ts';
import { idsOf, interfaceEndpoint } from '../../eks-parts.ts';
import { soundContents } from '../../kubernetes/cluster-contents.ts';
import { trusts } from '../../trust.ts';
import type { WorldBuilder } from '../../world-builder.ts';
import { serviceAccount, shop } from './names.ts';

const region = 'eu-west-1';

/** The clusters' names; what the rules are to tell of is made from them. */
export const isolated = idsOf('vault', region);
export const silent = idsOf('intranet', region);
export const closed = idsOf('mailing', region);

/** Its subnets lead nowhere; it has endpoints for all that nodes call, and none for STS. */
export function isolatedClusterWithoutStsEndpoint(world: WorldBuilder): void {
  const issuer = eksIssuer(region, 'vault');
  world
    .cluster({
      name: 'vault',
      region,
      spoil: ({ network }) => {
        const services = ['ec2', 'ecr.api', 'ecr.dkr', 's3'];
        network.endpoints = services.map((service) => interfaceEndpoint(isolated, region, service));
        network.natGateways = [];
        for (const subnet of network.subnets)
          subnet.routes = subnet.routes.filter(({ target }) => target === 'local');
      },
    })
    .provider({ issuer })
    .role({
      name: 'vault-sealer',
      trust: trusts(providerArn(shop, issuer), serviceAccount('vault', 'sealer')),
    });
}

export function vpcWithoutDns(world: WorldBuilder): void {
  world.cluster({ name: 'intranet', region, spoil: ({ network }) => void (network.dnsSupport = false) });
}

/** The article's example: the endpoint of EC2. */
export function ec2EndpointThatLetsNobodyIn(world: WorldBuilder): void {
  world.cluster({
    name: 'mailing',
    region,
    spoil: ({ network }) => {
      network.endpoints.push({
        ...interfaceEndpoint(closed, region, 'ec2'),
        securityGroupIds: [`${closed.endpointGroup}c`],
      });
      network.securityGroups[`${closed.endpointGroup}c`] = { name: 'closed', ingress: [], egress: [] };
    },
  });
}

export function clusterWithASubnetThatIsGone(world: WorldBuilder): void {
  const message = 'The subnet subnet-0c1d2e3f4a5b6c7d8 was not found.';
  world.cluster({
    name: 'archive',
    region,
    healthIssues: [{ code: 'Ec2SubnetNotFound', message, resourceIds: ['subnet-0c1d2e3f4a5b6c7d8'] }],
  });
}

const noRoom = {
  reason: 'Unschedulable',
  message: '0/2 nodes are available: 2 node(s) had untolerated taint {dedicated: gpu}.',
};

export function coreDnsThatNoNodeTakes(world: WorldBuilder): void {
  world.cluster({
    name: 'labs',
    region,
    kubernetes: { dns: { desired: 2, ready: 0, waiting: noRoom } },
    spoil: ({ addons }) => {
      const message = 'The add-on is unhealthy because it does not have the desired number of replicas.';
      const issues = [{ code: 'InsufficientNumberOfReplicas', message, resourceIds: [] }];
      Object.assign(addons.find(({ name }) => name === 'coredns') ?? {}, { status: 'DEGRADED', issues });
    },
  });
}

export function clusterWhoseNodesAreAllLost(world: WorldBuilder): void {
  const { nodes } = soundContents(world.daysAgo(100));
  const lost = { ready: false, reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };
  world.cluster({
    name: 'nightshift',
    region,
    kubernetes: {
      nodes: nodes.map((node) => ({ ...node, ...lost })),
      dns: { desired: 2, ready: 0, waiting: noRoom },
    },
  });
}
