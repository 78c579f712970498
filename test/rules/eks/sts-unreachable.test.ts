import rule from '../../../shared/rules/eks/sts-unreachable.ts';
import { idsOf, interfaceEndpoint } from '../../cloud/eks-parts.ts';
import { ids, isolate, leadTo, observeNetwork } from './network-world.ts';
import { testEksRule } from './test-eks-rule.ts';
import { githubIssuer, prod, region, role, trusts } from './world.ts';

const sts = ids.endpoint('sts');
const table = ids.privateTable;
const closed = (network: Parameters<typeof isolate>[0]) => {
  network.securityGroups[ids.endpointGroup] = { name: 'endpoints', ingress: [], egress: [] };
};
const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
const allowOnly = (Action: string, more: object = {}) => ({
  Effect: 'Allow',
  Principal: '*',
  Action,
  Resource: '*',
  ...more,
});
const withPolicy =
  (document: unknown) =>
  ({ endpoints: [endpoint] }: Parameters<typeof isolate>[0]) => {
    if (endpoint) endpoint.policy = document;
  };

testEksRule(rule, {
  healthy: () => observeNetwork(),
  passes: {
    'no endpoint, and a NAT gateway that works': observeNetwork({ network: leadTo(ids.nat) }),
    'a public subnet whose instances get addresses': observeNetwork({
      network: (network) => {
        leadTo(ids.internetGateway)(network);
        for (const subnet of network.subnets) subnet.mapPublicIp = true;
      },
    }),
    'an isolated cluster whose workloads have no roles': observeNetwork({
      network: isolate,
      roles: [role('deploy', trusts(githubIssuer, 'repo:shop/web'))],
      serviceAccounts: {},
    }),
    'a transit gateway, through which calls arrived just now': observeNetwork({
      network: leadTo('tgw-0123456789abcdef0'),
      hasCalled: true,
    }),
    'an endpoint that lets the nodes in by their security group': observeNetwork({
      network: (network) => {
        const [rule] = network.securityGroups[ids.endpointGroup]?.ingress ?? [];
        if (rule) Object.assign(rule, { cidrs: [], groupIds: [ids.clusterGroup] });
      },
    }),
    'a cluster that is being made': observeNetwork({ network: isolate, cluster: { status: 'CREATING' } }),
  },
  fails: {
    'subnets without a way out, and no endpoint': {
      given: observeNetwork({ network: isolate }),
      finds: {
        [table]:
          /^Pods of cluster prod do not reach sts\.eu-west-1\.amazonaws\.com, because the route table rtb-\w+ has no way out of the VPC\.$/,
      },
    },
    'the same, although calls arrived hours ago': {
      given: observeNetwork({ network: isolate, callers: [{ ...callerAt('2026-01-01T01:00:00Z') }] }),
      finds: { [table]: /no way out/ },
    },
    'an endpoint whose security group is closed': {
      given: observeNetwork({ network: closed }),
      finds: {
        [sts]:
          /because the security group sg-\w+ of the endpoint vpce-\w+ does not let the nodes in on port 443/,
      },
    },
    'an endpoint whose policy allows another action': {
      given: observeNetwork({ network: withPolicy(policy(allowOnly('sts:GetCallerIdentity'))) }),
      finds: { [sts]: /the policy of the endpoint vpce-\w+ does not allow sts:AssumeRoleWithWebIdentity/ },
    },
    'an endpoint whose private DNS is off, in isolated subnets': {
      given: observeNetwork({
        network: (network) => {
          isolate(network);
          network.endpoints = [
            { ...interfaceEndpoint(idsOf('prod', region), region, 'sts'), privateDns: false },
          ];
        },
      }),
      finds: { [table]: /has no way out/ },
    },
    'a NAT gateway that failed': {
      given: observeNetwork({
        network: (network) => {
          leadTo(ids.nat)(network);
          if (network.natGateways[0]) network.natGateways[0].state = 'failed';
        },
      }),
      finds: { [ids.nat]: /the NAT gateway nat-\w+ is failed/ },
    },
    'a NAT gateway in a private subnet': {
      given: observeNetwork({
        network: (network) => {
          leadTo(ids.nat)(network);
          if (network.natGateways[0]) network.natGateways[0].routes = [];
        },
      }),
      finds: { [ids.nat]: /has no route to an internet gateway/ },
    },
    'a route whose NAT gateway is gone': {
      given: observeNetwork({ network: leadTo('nat-0gone', 'blackhole') }),
      finds: { [table]: /the default route of rtb-\w+ leads to nat-0gone, which is gone/ },
    },
    'nodes that may send nothing': {
      given: observeNetwork({
        network: (network) => {
          const group = network.securityGroups[ids.clusterGroup];
          if (group) group.egress = [];
        },
      }),
      finds: {
        [ids.clusterGroup]: {
          cause: /the security group sg-\w+ of the nodes lets nothing out on port 443/,
          restsOn: ['nodegroups'],
        },
      },
    },
    'one of two subnets': {
      given: observeNetwork({
        hasCalled: true,
        network: (network) => {
          leadTo(ids.nat)(network);
          const [first] = network.subnets;
          if (first) Object.assign(first, { routes: [], routeTableId: 'rtb-0lonely' });
        },
      }),
      finds: {
        'rtb-0lonely': {
          cause: /^Pods of cluster prod in some of their subnets do not reach/,
          restsOn: ['nodegroups'],
        },
      },
    },
  },
  unknowns: {
    'a transit gateway': {
      given: observeNetwork({ network: leadTo('tgw-0123456789abcdef0') }),
      why: /leads to tgw-0123456789abcdef0/,
    },
    'no way that can be seen, and yet calls arrived': {
      given: observeNetwork({ network: isolate, hasCalled: true }),
      why: /and yet calls of cluster prod reached STS/,
    },
    'a policy with a condition': {
      given: observeNetwork({
        network: withPolicy(
          policy(allowOnly('*', { Condition: { StringEquals: { 'aws:PrincipalAccount': '111122223333' } } })),
        ),
      }),
      why: /depends on the caller/,
    },
    'a policy that cannot be read': {
      given: observeNetwork({ network: withPolicy('not a policy') }),
      why: /depends on the caller/,
    },
    'a route table that could not be seen': {
      given: observeNetwork({
        network: (network) => {
          network.endpoints = [];
          for (const subnet of network.subnets) Object.assign(subnet, { routes: [], routeTableId: null });
        },
      }),
      why: /could not be seen/,
    },
    'a public subnet that gives no addresses by itself': {
      given: observeNetwork({ network: leadTo(ids.internetGateway) }),
      why: /no public addresses/,
    },
    'one of the subnets of a cluster without node groups': {
      given: observeNetwork({
        nodegroups: [],
        network: (network) => {
          leadTo(ids.nat)(network);
          const [first] = network.subnets;
          if (first) Object.assign(first, { routes: [], routeTableId: 'rtb-0lonely' });
        },
      }),
      why: /not known whether nodes are there/,
    },
  },
});

function callerAt(lastSeen: string) {
  return {
    roleArn: `arn:aws:iam::111122223333:role/app`,
    subject: 'system:serviceaccount:shop:cart',
    provider: `arn:aws:iam::111122223333:oidc-provider/${(prod.issuer ?? '').replace('https://', '')}`,
    audience: 'sts.amazonaws.com',
    events: 3,
    lastSeen,
    longestDurationSeconds: null,
  };
}
