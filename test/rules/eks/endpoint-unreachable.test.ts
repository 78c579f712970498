import rule from '../../../shared/rules/eks/endpoint-unreachable.ts';
import type { ClusterNetwork } from '../../../shared/domain/cluster-network.ts';
import { idsOf, interfaceEndpoint } from '../../cloud/eks-parts.ts';
import { ids, isolate, leadTo, node, observeNetwork } from './network-world.ts';
import { findingsOf, testEksRule } from './test-eks-rule.ts';
import { prod, region, role, trustsService } from './world.ts';

/** Endpoints beside those that there are, all of them closed or open. */
function offer(services: string[], { isOpen = true } = {}): (network: ClusterNetwork) => void {
  return (network) => {
    network.endpoints.push(
      ...services.map((service) => {
        const endpoint = interfaceEndpoint(idsOf('prod', region), region, service);
        return isOpen ? endpoint : { ...endpoint, securityGroupIds: ['sg-0closed'] };
      }),
    );
    network.securityGroups['sg-0closed'] = { name: 'closed', ingress: [], egress: [] };
  };
}

const both =
  (...changes: ((network: ClusterNetwork) => void)[]) =>
  (network: ClusterNetwork) =>
    changes.forEach((change) => change(network));

const isolatedWithSts = both(isolate, offer(['sts']));
const unused = { roles: [role('node', trustsService('ec2.amazonaws.com'))], serviceAccounts: {} };
const brokenNat = both(leadTo(ids.nat), ({ natGateways: [nat] }) => {
  if (nat) nat.state = 'failed';
});
const association = {
  id: 'a-1',
  arn: 'arn:aws:eks:eu-west-1:111122223333:podidentityassociation/prod/a-1',
  namespace: 'shop',
  serviceAccount: 'cart',
  roleArn: 'arn:aws:iam::111122223333:role/app',
  targetRoleArn: null,
  disableSessionTags: false,
  createdAt: null,
  modifiedAt: null,
};

testEksRule(rule, {
  healthy: () => observeNetwork(),
  passes: {
    'an isolated cluster with an endpoint for all that it calls': observeNetwork({
      nodes: [],
      network: both(isolate, offer(['sts', 'ec2', 'ecr.api', 'ecr.dkr', 's3'])),
    }),
    'endpoints that let the nodes in, for whatever service': observeNetwork({
      network: offer(['ec2', 'kms', 'servicecatalog-appregistry']),
    }),
    'a broken NAT gateway, which is told as the reason why STS is not reached': observeNetwork({
      nodes: [],
      network: brokenNat,
    }),
    'an isolated cluster of EKS Auto Mode': observeNetwork({
      nodes: [],
      network: isolatedWithSts,
      cluster: { autoMode: true },
    }),
    'an isolated cluster without nodes of its own': observeNetwork({
      nodes: [],
      network: isolatedWithSts,
      nodegroups: [],
    }),
  },
  fails: {
    'an endpoint for EC2 that lets nobody in': {
      given: observeNetwork({ network: offer(['ec2'], { isOpen: false }) }),
      finds: {
        [ids.endpoint('ec2')]:
          /^Pods of cluster prod do not reach ec2 in eu-west-1, because the security group sg-0closed of the endpoint vpce-\w+ does not let the nodes in/,
      },
    },
    'a policy that allows nothing of the service': {
      given: observeNetwork({
        network: both(offer(['secretsmanager']), ({ endpoints }) => {
          const endpoint = endpoints.find(({ serviceName }) => serviceName.endsWith('secretsmanager'));
          if (endpoint) endpoint.policy = { Statement: [] };
        }),
      }),
      finds: {
        [ids.endpoint('secretsmanager')]:
          /the policy of the endpoint vpce-\w+ does not allow any secretsmanager action/,
      },
    },
    'an isolated cluster without endpoints for what nodes call': {
      given: observeNetwork({ nodes: [], network: isolatedWithSts }),
      finds: {
        [prod.arn]: {
          cause:
            /^Nodes of cluster prod do not reach ec2, ecr\.api, ecr\.dkr and 1 more, because .* no endpoint for them\.$/,
          restsOn: ['nodegroups'],
        },
      },
    },
    'an isolated cluster with Pod Identity and no endpoint for EKS Auth': {
      given: observeNetwork({
        nodes: [],
        roles: [role('app', trustsService('pods.eks.amazonaws.com'))],
        serviceAccounts: {},
        network: both(isolate, offer(['sts', 'ec2', 'ecr.api', 'ecr.dkr', 's3'])),
        facts: { podIdentityAssociations: { [prod.arn]: [association] } },
      }),
      finds: {
        [prod.arn]: {
          cause: /^Nodes of cluster prod do not reach eks-auth, because/,
          restsOn: ['nodegroups', 'podIdentityAssociations'],
        },
      },
    },
    'a broken NAT gateway of a cluster that does not use STS': {
      given: observeNetwork({ ...unused, nodes: [], network: brokenNat }),
      finds: {
        [ids.nat]: {
          cause:
            /^Pods of cluster prod do not reach ec2, ecr\.api, ecr\.dkr in eu-west-1, because the NAT gateway/,
          restsOn: ['nodegroups'],
        },
      },
    },
  },
  unknowns: {
    'nodes that are ready although nothing leads out': {
      given: observeNetwork({ nodes: [node], network: isolatedWithSts }),
      why: /have no way out, and yet they are ready/,
    },
  },
});

it('makes endpoints that the nodes would reach, and a gateway for S3', () => {
  const [found] = findingsOf(observeNetwork({ nodes: [], network: isolatedWithSts })).filter(
    (one) => one.rule === rule.id,
  );
  const { commands = [] } = found?.problem.fix ?? {};
  expect(commands).toHaveLength(4);
  expect(commands[0]).toBe(
    `aws ec2 create-vpc-endpoint --vpc-id ${ids.vpc} --vpc-endpoint-type Interface --service-name com.amazonaws.eu-west-1.ec2 --subnet-ids ${ids.subnet('a')} ${ids.subnet('b')} --security-group-ids ${ids.clusterGroup} --private-dns-enabled --region eu-west-1`,
  );
  expect(commands[3]).toMatch(
    /--vpc-endpoint-type Gateway --service-name com\.amazonaws\.eu-west-1\.s3 --route-table-ids rtb-\w+/,
  );
});
