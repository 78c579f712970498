/** What opens a way that is blocked: a command where the changed network was walked again, advice elsewhere. */
import type { ClusterNetwork, VpcEndpoint } from '../../../domain/cluster-network.ts';
import {
  wayToEndpoint,
  type Blocked,
  type EndpointTarget,
  type Origin,
} from '../../../domain/way-to-endpoint.ts';
import type { Cluster } from '../../../domain/web-identity.ts';
import type { Fix } from '../../../rule.ts';
import { sh } from '../../../shell.ts';
import { en, ja, type Localized } from '../../../words.ts';
import { advice } from '../web-identity/fix.ts';

/** A way that is blocked, and where. */
export interface BlockedWay {
  cluster: Cluster;
  network: ClusterNetwork;
  block: Blocked;
  origins: readonly Origin[];
}

/** What opens the way to one service. */
export function wayFix(way: BlockedWay, target: EndpointTarget): Fix {
  switch (way.block.kind) {
    case 'endpoint-security-group':
      return admitFix(way, target);
    case 'nat':
    case 'blackhole':
      return routeFix(way);
    case 'no-route':
      return endpointsFix(way, [target]);
    case 'endpoint-policy':
      return advice(policyAdvice(way.block, target));
    case 'node-security-group':
      return advice({
        en: `Let the security group ${way.block.at} send HTTPS (TCP port 443) to the addresses that its nodes need; whoever closed it must say which.`,
        ja: `ノードに必要なアドレスへの HTTPS (TCP ポート 443) の送信をセキュリティグループ ${way.block.at} に許可してください。必要なアドレスは、閉じた担当者に確認してください。`,
      });
  }
}

function policyAdvice({ at }: Blocked, { action, service }: EndpointTarget): Localized {
  const forWhom =
    service === 'sts'
      ? {
          en: ' Callers of it have no identity yet: its Principal must be "*".',
          ja: '呼び出し元はまだ ID を持たないため、Principal は "*" である必要があります。',
        }
      : '';
  const what = action ?? service;
  return {
    en: en`Let the policy of the endpoint ${at} allow ${what}, or set it back to the default, which leaves it to the callers' own policies.${forWhom}`,
    ja: ja`エンドポイント ${at} のポリシーで ${what} を許可するか、判断を呼び出し元のポリシーに委ねるデフォルトに戻してください。${forWhom}`,
  };
}

function opens(
  { network, origins }: BlockedWay,
  changed: Partial<ClusterNetwork>,
  target: EndpointTarget,
): boolean {
  const after = { ...network, ...changed };
  return origins.every((origin) => wayToEndpoint(after, origin, target).state === 'reachable');
}

/** Lets the nodes' own security group in, or the subnets' addresses where it is not known. */
function admitFix(way: BlockedWay, target: EndpointTarget): Fix {
  const { network, block, origins, cluster } = way;
  const endpoint = network.endpoints.find(({ id }) => id === block.at);
  const [group] = endpoint?.securityGroupIds ?? [];
  const known = group === undefined ? undefined : network.securityGroups[group];
  const sources = [...new Set(origins.flatMap(({ securityGroupIds }) => securityGroupIds?.[0] ?? []))];
  const cidrs = origins.flatMap(({ subnet }) => subnet.cidr ?? []);
  const groupIds = origins.every(({ securityGroupIds }) => securityGroupIds?.length) ? sources : [];
  if (group === undefined || !known) return advice(letIn(null, block));
  const added = { protocol: 'tcp', fromPort: 443, toPort: 443, prefixLists: [] };
  const rule = { ...added, groupIds, cidrs: groupIds.length > 0 ? [] : cidrs };
  const securityGroups = {
    ...network.securityGroups,
    [group]: { ...known, ingress: [...known.ingress, rule] },
  };
  const command = sh`aws ec2 authorize-security-group-ingress --group-id ${group} --protocol tcp --port 443`;
  const commands = [
    ...rule.groupIds.map((id) => `${command} ${sh`--source-group ${id} --region ${cluster.region}`}`),
    ...[...new Set(rule.cidrs)].map((cidr) => `${command} ${sh`--cidr ${cidr} --region ${cluster.region}`}`),
  ];
  const summary = letIn(cluster, block);
  return opens(way, { securityGroups }, target) && commands.length > 0
    ? { summary, commands, verified: false }
    : advice(summary);
}

function letIn(cluster: Cluster | null, { at }: Blocked): Localized {
  return cluster
    ? {
        en: `Let the nodes of cluster ${cluster.name} in to the endpoint ${at} on TCP port 443.`,
        ja: `クラスター ${cluster.name} のノードからエンドポイント ${at} の TCP ポート 443 への接続を許可してください。`,
      }
    : {
        en: `Let the nodes in to ${at} on TCP port 443.`,
        ja: `ノードから ${at} の TCP ポート 443 への接続を許可してください。`,
      };
}

/** Another NAT gateway of the VPC that works takes the route over. */
function routeFix({ network, block, origins, cluster }: BlockedWay): Fix {
  const works = network.natGateways.find(
    ({ id, state, connectivity, routes }) =>
      id !== block.at &&
      state === 'available' &&
      connectivity === 'public' &&
      routes?.some(({ destination, target }) => destination === '0.0.0.0/0' && target.startsWith('igw-')),
  );
  const tables = [...new Set(origins.flatMap(({ subnet }) => subnet.routeTableId ?? []))];
  const names = tables.join(', ');
  if (!works || tables.length === 0) return advice(newGateway(block, names));
  return {
    summary: {
      en: `Lead the default route of ${names} to ${works.id}, a NAT gateway of the VPC that works; traffic between availability zones costs more.`,
      ja: `${names} のデフォルトルートを、VPC の正常な NAT ゲートウェイ ${works.id} に向けてください。アベイラビリティーゾーン間のトラフィックには追加料金がかかります。`,
    },
    commands: tables.map(
      (table) =>
        sh`aws ec2 replace-route --route-table-id ${table} --destination-cidr-block 0.0.0.0/0 --nat-gateway-id ${works.id} --region ${cluster.region}`,
    ),
    verified: false,
  };
}

function newGateway({ why }: Blocked, tables: string): Localized {
  const broken = why.en.charAt(0).toUpperCase() + why.en.slice(1);
  return {
    en: `${broken}: make a NAT gateway in a subnet with a route to an internet gateway, and lead the default route of ${tables || 'the subnets'} to it; or make endpoints for the services that the pods call.`,
    ja: `${why.ja}ため、インターネットゲートウェイへのルートを持つサブネットに NAT ゲートウェイを作成し、${tables ? `${tables} ` : 'サブネット'}のデフォルトルートをそこに向けるか、Pod が呼び出すサービスのエンドポイントを作成してください。`,
  };
}

/** Endpoints in the VPC for services that have none, or none under their usual name. */
export function endpointsFix(way: BlockedWay, targets: readonly EndpointTarget[]): Fix {
  const { network, cluster } = way;
  if (network.dnsSupport === false || network.dnsHostnames === false)
    return advice({
      en: `Switch on the DNS attributes of ${network.vpcId} first: without them no endpoint has the usual name.`,
      ja: `まず ${network.vpcId} の DNS 属性を有効にしてください。無効のままでは、エンドポイントを通常の名前で使えません。`,
    });
  const made = targets.map((target) => madeEndpoint(way, target));
  const names = targets.map(({ service }) => service).join(', ');
  if (made.some((one) => one === null))
    return advice({
      en: `Make interface endpoints with private DNS for ${names} in ${network.vpcId}, or give its subnets a way out through a NAT gateway; which security groups the nodes of cluster ${cluster.name} have could not be told.`,
      ja: `${network.vpcId} に、プライベート DNS を有効にした ${names} のインターフェイスエンドポイントを作成するか、サブネットに NAT ゲートウェイ経由の経路を用意してください。クラスター ${cluster.name} のノードのセキュリティグループは判断できませんでした。`,
    });
  return {
    summary: {
      en: `Give ${network.vpcId} ${targets.length === 1 ? 'an endpoint' : 'endpoints'} for ${names} (interface endpoints are charged by the hour); a NAT gateway would do as well.`,
      ja: `${network.vpcId} に ${names} のエンドポイントを作成してください (インターフェイスエンドポイントは時間単位で課金されます)。NAT ゲートウェイでも代用できます。`,
    },
    commands: made.flatMap((command) => command ?? []),
    verified: false,
  };
}

/** The command that makes an endpoint which the nodes would reach; null where that cannot be told. */
function madeEndpoint(way: BlockedWay, target: EndpointTarget): string | null {
  const { network, cluster, origins } = way;
  const { region } = cluster;
  const named = network.endpoints.find(
    ({ type, serviceName, state }) =>
      type === 'Interface' &&
      state === 'available' &&
      serviceName.endsWith(`com.amazonaws.${region}.${target.service}`),
  );
  const serviceName = `${region.startsWith('cn-') ? 'cn.' : ''}com.amazonaws.${region}.${target.service}`;
  if (target.service === 's3') return gatewayCommand(way, serviceName);
  const group = cluster.network?.clusterSecurityGroupId;
  const subnets = onePerZone(origins);
  const fresh: VpcEndpoint = {
    id: 'new',
    serviceName,
    type: 'Interface',
    state: 'available',
    privateDns: true,
    subnetIds: subnets,
    securityGroupIds: group ? [group] : [],
    policy: null,
  };
  const endpoint = named ? { ...named, privateDns: true } : fresh;
  if (!opens(way, { endpoints: [...network.endpoints.filter((one) => one !== named), endpoint] }, target))
    return null;
  return named
    ? sh`aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${named.id} --private-dns-enabled --region ${region}`
    : sh`aws ec2 create-vpc-endpoint --vpc-id ${network.vpcId} --vpc-endpoint-type Interface --service-name ${serviceName} --subnet-ids ${subnets} --security-group-ids ${fresh.securityGroupIds} --private-dns-enabled --region ${region}`;
}

function gatewayCommand({ network, cluster, origins }: BlockedWay, serviceName: string): string | null {
  const tables = [...new Set(origins.flatMap(({ subnet }) => subnet.routeTableId ?? []))];
  return tables.length === 0
    ? null
    : sh`aws ec2 create-vpc-endpoint --vpc-id ${network.vpcId} --vpc-endpoint-type Gateway --service-name ${serviceName} --route-table-ids ${tables} --region ${cluster.region}`;
}

/** An endpoint takes one subnet of each availability zone. */
function onePerZone(origins: readonly Origin[]): string[] {
  return [...new Map(origins.map(({ subnet }) => [subnet.availabilityZone, subnet.id])).values()];
}
