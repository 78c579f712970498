import rule from '../../../shared/rules/eks/vpc-dns-disabled.ts';
import { ids, locatedCluster, observeNetwork } from './network-world.ts';
import { findingsOf, testEksRule } from './test-eks-rule.ts';
import { prod, region } from './world.ts';
import { clusterNetwork, soundParts } from '../../cloud/eks-parts.ts';
import { account } from './world.ts';

const off = (changes: object) =>
  observeNetwork({ network: (network) => void Object.assign(network, changes) });

/** Two clusters in one VPC. */
function shared() {
  const other = locatedCluster('blue', { network: clusterNetwork('prod', region) });
  const { network } = soundParts('prod', region, account);
  const silent = { ...network, dnsSupport: false };
  return observeNetwork({
    clusters: [locatedCluster('prod'), other],
    facts: { networks: { [prod.arn]: silent, [other.arn]: silent } },
  });
}

testEksRule(rule, {
  healthy: () => observeNetwork(),
  passes: {
    'a cluster that is being made': observeNetwork({
      network: (network) => void (network.dnsSupport = false),
      cluster: { status: 'CREATING' },
    }),
    'a cluster whose network EKS does not tell': observeNetwork({ facts: { networks: {} } }),
  },
  fails: {
    'no DNS resolution': {
      given: off({ dnsSupport: false }),
      finds: { [ids.vpc]: /^The VPC vpc-\w+ of cluster prod has enableDnsSupport switched off\.$/ },
    },
    'no DNS hostnames': {
      given: off({ dnsHostnames: false }),
      finds: { [ids.vpc]: /enableDnsHostnames switched off/ },
    },
    'neither of them': {
      given: off({ dnsSupport: false, dnsHostnames: false }),
      finds: { [ids.vpc]: /enableDnsSupport and enableDnsHostnames switched off/ },
    },
    'one VPC of two clusters, once': {
      given: shared(),
      finds: { [ids.vpc]: /^The VPC vpc-\w+ of cluster prod, blue has/ },
    },
  },
  unknowns: { 'attributes that EC2 did not tell': { given: off({ dnsSupport: null }), why: /did not tell/ } },
});

it('switches DNS resolution on before the hostnames that need it, one by one', () => {
  const [found] = findingsOf(off({ dnsSupport: false, dnsHostnames: false })).filter(
    (one) => one.rule === rule.id,
  );
  expect(found?.problem.fix.commands).toEqual([
    `aws ec2 modify-vpc-attribute --vpc-id ${ids.vpc} --enable-dns-support '{"Value":true}' --region eu-west-1`,
    `aws ec2 modify-vpc-attribute --vpc-id ${ids.vpc} --enable-dns-hostnames '{"Value":true}' --region eu-west-1`,
  ]);
});
