import type { Evidence, Problem } from '../../rule.ts';
import { rule } from '../../rule.ts';
import { blockSubject, subnetEvidence } from './network/block-telling.ts';
import { wayFix } from './network/endpoint-fix.ts';
import { stsNeeds, stsOf, stsWays, type StsWay } from './network/sts-way.ts';
import { enumerated } from './pod-credentials/telling.ts';
import { groupBy } from './web-identity/look-up-by.ts';

export default rule({
  id: 'eks/sts-unreachable',
  title: 'Pods have no way to the STS endpoint of their region',
  severity: 'high',
  why: 'Service accounts with a role get their credentials from STS: without a way to it, every call of their pods fails with a timeout, and CloudTrail shows nothing. Network ACLs, firewalls and proxies are not looked at.',
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html',
    'https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html',
  ],
  needs: stsNeeds,
  check: (given) => {
    const ways = stsWays(given);
    const blocked = groupBy(ways, ({ cluster, way }) =>
      way.state === 'blocked' ? JSON.stringify([cluster.region, way.block.kind, way.block.at]) : null,
    );
    return [
      ...[...blocked.values()].map(problem),
      ...ways.flatMap(({ cluster, way }) =>
        way.state === 'unknown'
          ? [
              {
                unknown: `whether the pods of cluster ${cluster.name} reach STS could not be told: ${way.why}`,
              },
            ]
          : [],
      ),
    ];
  },
});

/** Clusters that one and the same thing keeps from STS. */
function problem(ways: StsWay[]): Problem {
  const [first] = ways;
  if (!first || first.way.state !== 'blocked') throw new RangeError('Cannot tell of no blocked way');
  const { cluster, network, way } = first;
  const names = ways.map((one) => one.cluster.name);
  const origins = ways.flatMap((one) => (one.way.state === 'blocked' ? one.way.origins : []));
  const host = `sts.${cluster.region}.amazonaws.com${cluster.region.startsWith('cn-') ? '.cn' : ''}`;
  const some = way.isTotal ? '' : ' in some of their subnets';
  return {
    location: cluster.region,
    cluster: names.length === 1 ? cluster.name : null,
    subject: blockSubject(way.block),
    cause: `Pods of cluster ${enumerated(names)}${some} do not reach ${host}, because ${way.block.why}.`,
    evidence: [...clusterEvidence(names), ...subnetEvidence(network, origins)],
    fix: wayFix({ cluster, network, block: way.block, origins }, stsOf(cluster)),
  };
}

function clusterEvidence(names: string[]): Evidence[] {
  return names.length > 1 ? [{ label: 'Clusters', value: names.join(', ') }] : [];
}
