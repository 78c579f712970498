import type { Blocked, EndpointTarget, Origin } from '../../domain/way-to-endpoint.ts';
import { rule, type Problem } from '../../rule.ts';
import { en, ja, type Localized } from '../../words.ts';
import { blockSubject, subnetEvidence } from './network/block-telling.ts';
import { clusterWay, locatedClusters, type Located } from './network/cluster-way.ts';
import { endpointsFix, wayFix, type BlockedWay } from './network/endpoint-fix.ts';
import { neededServices, offeredServices, readyNodesIn } from './network/called-services.ts';
import { stsNeeds, stsWays } from './network/sts-way.ts';
import { aboutCluster, enumerated } from './pod-credentials/telling.ts';
import { ofCluster } from './pod-credentials/workloads.ts';
import { groupBy } from './web-identity/look-up-by.ts';

export default rule({
  id: 'eks/endpoint-unreachable',
  title: {
    en: 'Nodes or pods have no way to an AWS endpoint that they call',
    ja: 'ノードまたは Pod から、呼び出す AWS エンドポイントへの経路がありません',
  },
  severity: 'high',
  why: {
    en: 'Calls to the endpoint end in a timeout: without EC2 the VPC CNI gives pods no addresses, without ECR images are not pulled, without EKS Auth Pod Identity gives no credentials.',
    ja: 'エンドポイントの呼び出しはタイムアウトします。EC2 に届かなければ VPC CNI は Pod にアドレスを割り当てられず、ECR に届かなければイメージをプルできず、EKS Auth に届かなければ Pod Identity は認証情報を渡せません。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html',
    'https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html',
  ],
  needs: { ...stsNeeds, podIdentityAssociations: 'supporting', kubernetesNodes: 'supporting' },
  check: (given) => {
    const { facts } = given;
    const toldBySts = new Set(
      stsWays(given).flatMap(({ cluster, way }) =>
        way.state === 'blocked' ? [keyOf(cluster.region, way.block)] : [],
      ),
    );
    const blocked = locatedClusters(facts).flatMap((located) => {
      const associations = ofCluster(facts.podIdentityAssociations, located.cluster) ?? [];
      const targets = [...offeredServices(located), ...neededServices(located, associations.length > 0)];
      return targets.flatMap((target) => blockedWay(located, target));
    });
    const fresh = blocked.filter(
      ({ located, block }) =>
        block.kind === 'no-route' || !toldBySts.has(keyOf(located.cluster.region, block)),
    );
    const [missing, others] = [fresh.filter(isMissing), fresh.filter((one) => !isMissing(one))];
    const proven = missing.filter(({ located, origins }) => !readyNodesIn(facts, located, origins));
    return [
      ...[...groupBy(proven, ({ located }) => located.cluster.arn).values()].flatMap(missingEndpoints),
      ...[...groupBy(others, ({ located, block }) => keyOf(located.cluster.region, block)).values()].flatMap(
        closedWay,
      ),
      ...doubts(missing.filter((one) => !proven.includes(one))),
    ];
  },
});

interface BlockedTarget {
  located: Located;
  target: EndpointTarget;
  block: Blocked;
  origins: Origin[];
}

function keyOf(region: string, { kind, at }: Blocked): string {
  return JSON.stringify([region, kind, at]);
}

function blockedWay(located: Located, target: EndpointTarget): BlockedTarget[] {
  const way = clusterWay(located, target);
  return way.state === 'blocked' ? [{ located, target, block: way.block, origins: way.origins }] : [];
}

function isMissing({ block }: BlockedTarget): boolean {
  return block.kind === 'no-route';
}

/** Nodes that are ready pulled their images and got addresses somehow: through a proxy, or before the way was closed. */
function doubts(missing: BlockedTarget[]): { unknown: Localized }[] {
  const names = [...new Set(missing.map(({ located }) => located.cluster.name))];
  return names.map((name) => ({
    unknown: {
      en: `whether the nodes of cluster ${name} reach AWS could not be told: their subnets have no way out, and yet they are ready`,
      ja: `クラスター ${name} のノードが AWS に到達できるかを判断できませんでした: サブネットに外への経路がないのに、ノードは準備完了です`,
    },
  }));
}

function wayOf({ located, block, origins }: BlockedTarget): BlockedWay {
  return { cluster: located.cluster, network: located.network, block, origins };
}

/** Services of which an isolated cluster has no endpoint: one finding for all of them. */
function missingEndpoints(blocked: BlockedTarget[]): Problem[] {
  const [first] = blocked;
  if (!first) return [];
  const { located, origins, block } = first;
  const targets = blocked.map(({ target }) => target);
  const services = targets.map(({ service }) => service);
  return [
    {
      ...aboutCluster(located.cluster),
      cause: {
        en: en`Nodes of cluster ${located.cluster.name} do not reach ${enumerated(services)}, because ${block.why}, and the VPC has no endpoint for them.`,
        ja: ja`${block.why}うえ、VPC にエンドポイントもないため、クラスター ${located.cluster.name} のノードは ${enumerated(services)} に到達できません。`,
      },
      evidence: [
        { label: 'Services without a way', value: services.join(', ') },
        ...subnetEvidence(located.network, origins),
      ],
      fix: endpointsFix(wayOf(first), targets),
    },
  ];
}

/** One thing that keeps nodes from one service or several. */
function closedWay(blocked: BlockedTarget[]): Problem[] {
  const [first] = blocked;
  if (!first) return [];
  const { located, block, target } = first;
  const clusters = [...new Set(blocked.map((one) => one.located.cluster.name))];
  const services = [...new Set(blocked.map((one) => one.target.service))];
  const origins = blocked.flatMap((one) => one.origins);
  return [
    {
      location: located.cluster.region,
      cluster: clusters.length === 1 ? located.cluster.name : null,
      subject: blockSubject(block),
      cause: {
        en: en`Pods of cluster ${enumerated(clusters)} do not reach ${enumerated(services)} in ${located.cluster.region}, because ${block.why}.`,
        ja: ja`${block.why}ため、クラスター ${enumerated(clusters)} の Pod は ${located.cluster.region} の ${enumerated(services)} に到達できません。`,
      },
      evidence: [
        { label: 'Services', value: services.join(', ') },
        { label: 'Clusters', value: clusters.join(', ') },
        ...subnetEvidence(located.network, origins),
      ],
      fix: wayFix({ ...wayOf(first), origins }, target),
    },
  ];
}
