import type { Evidence, Problem } from '../../rule.ts';
import { rule } from '../../rule.ts';
import { en, ja, type Localized, type Words } from '../../words.ts';
import { blockSubject, subnetEvidence } from './network/block-telling.ts';
import { wayFix } from './network/endpoint-fix.ts';
import { stsNeeds, stsOf, stsWays, type StsWay } from './network/sts-way.ts';
import { enumerated } from './pod-credentials/telling.ts';
import { groupBy } from './web-identity/look-up-by.ts';

export default rule({
  id: 'eks/sts-unreachable',
  title: {
    en: 'Pods have no way to the STS endpoint of their region',
    ja: 'Pod からリージョンの STS エンドポイントへの経路がありません',
  },
  severity: 'high',
  why: {
    en: 'Service accounts with a role get their credentials from STS: without a way to it, every call of their pods fails with a timeout, and CloudTrail shows nothing. Network ACLs, firewalls and proxies are not looked at.',
    ja: 'ロールを持つサービスアカウントは STS から認証情報を取得します。経路がなければ Pod の呼び出しはすべてタイムアウトし、CloudTrail には何も残りません。ネットワーク ACL、ファイアウォール、プロキシは調べていません。',
  },
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
        way.state === 'unknown' ? [{ unknown: untold(cluster.name, way.why) }] : [],
      ),
    ];
  },
});

function untold(cluster: string, why: Words): Localized {
  return {
    en: en`whether the pods of cluster ${cluster} reach STS could not be told: ${why}`,
    ja: ja`クラスター ${cluster} の Pod が STS に到達できるかを判断できませんでした: ${why}`,
  };
}

/** Clusters that one and the same thing keeps from STS. */
function problem(ways: StsWay[]): Problem {
  const [first] = ways;
  if (!first || first.way.state !== 'blocked') throw new RangeError('Cannot tell of no blocked way');
  const { cluster, network, way } = first;
  const names = ways.map((one) => one.cluster.name);
  const origins = ways.flatMap((one) => (one.way.state === 'blocked' ? one.way.origins : []));
  const host = `sts.${cluster.region}.amazonaws.com${cluster.region.startsWith('cn-') ? '.cn' : ''}`;
  const some = way.isTotal ? null : { en: ' in some of their subnets', ja: 'の一部のサブネット' };
  return {
    location: cluster.region,
    cluster: names.length === 1 ? cluster.name : null,
    subject: blockSubject(way.block),
    cause: {
      en: en`Pods of cluster ${enumerated(names)}${some ?? ''} do not reach ${host}, because ${way.block.why}.`,
      ja: ja`${way.block.why}ため、クラスター ${enumerated(names)} ${some ?? ''}の Pod は ${host} に到達できません。`,
    },
    evidence: [...clusterEvidence(names), ...subnetEvidence(network, origins)],
    fix: wayFix({ cluster, network, block: way.block, origins }, stsOf(cluster)),
  };
}

function clusterEvidence(names: string[]): Evidence[] {
  return names.length > 1 ? [{ label: 'Clusters', value: names.join(', ') }] : [];
}
