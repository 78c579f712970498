/**
 * Whether traffic from a subnet reaches the endpoint of an AWS service, and what is the first thing that stops it.
 * Network ACLs, firewalls and proxies are not looked at: what is blocked here is blocked, whatever they do, unless a proxy
 * within the VPC makes the calls instead.
 * Source: Amazon VPC User Guide, "Route tables", "NAT gateways"; AWS PrivateLink Guide, "Access an AWS service".
 */
import { coversRange, overlaps } from './address-range.ts';
import type { ClusterNetwork, Route, Subnet, TrafficRule, VpcEndpoint } from './cluster-network.ts';
import { endpointPolicyAnswer } from './endpoint-policy.ts';
import type { Localized } from '../words.ts';

/** What is to be reached. */
export interface EndpointTarget {
  region: string;
  /** As in the name of its interface endpoint: `sts`, `ec2`, `ecr.api`. */
  service: string;
  /** IAM action that must pass the endpoint's policy; `<prefix>:*` for anything of the service, null where unknown. */
  action: string | null;
}

/** Where the traffic comes from. */
export interface Origin {
  subnet: Subnet;
  /** Of the nodes; null where they are not known, which counts as letting traffic out. */
  securityGroupIds: readonly string[] | null;
}

export type Blocked = {
  state: 'blocked';
  kind:
    'endpoint-security-group' | 'endpoint-policy' | 'node-security-group' | 'no-route' | 'blackhole' | 'nat';
  /** Id of what blocks: an endpoint, a security group, a route table, a NAT gateway. */
  at: string;
  /** Reads on after "because", in Japanese before "ため". */
  why: Localized;
};

export type Way = { state: 'reachable'; through: string } | Blocked | { state: 'unknown'; why: Localized };

const https = 443;

export function wayToEndpoint(network: ClusterNetwork, from: Origin, target: EndpointTarget): Way {
  const endpoint = privateEndpoint(network, target);
  if (endpoint) return wayThrough(network, from, endpoint, target);
  const gateway = gatewayEndpoint(network, from.subnet, target);
  if (gateway) return policyWay(gateway, target) ?? { state: 'reachable', through: gateway.id };
  return groupsOut(network, from) ?? wayOut(network, from.subnet);
}

/**
 * The interface endpoint to which the service's usual name resolves within the VPC: private DNS needs both DNS attributes
 * of the VPC. The names of China's services begin with `cn.`.
 */
export function privateEndpoint(
  { endpoints, dnsSupport, dnsHostnames }: ClusterNetwork,
  { region, service }: Pick<EndpointTarget, 'region' | 'service'>,
): VpcEndpoint | undefined {
  if (dnsSupport === false || dnsHostnames === false) return undefined;
  return endpoints.find(
    ({ serviceName, type, privateDns, state }) =>
      type === 'Interface' &&
      privateDns &&
      /^(available|pending)$/i.test(state) &&
      serviceName.endsWith(`com.amazonaws.${region}.${service}`),
  );
}

function gatewayEndpoint(
  { endpoints }: ClusterNetwork,
  { routes }: Subnet,
  { region, service }: EndpointTarget,
): VpcEndpoint | undefined {
  return endpoints.find(
    ({ id, type, serviceName }) =>
      type === 'Gateway' &&
      serviceName.endsWith(`.${region}.${service}`) &&
      routes.some(({ target, state }) => target === id && state === 'active'),
  );
}

function wayThrough(
  network: ClusterNetwork,
  from: Origin,
  endpoint: VpcEndpoint,
  target: EndpointTarget,
): Way {
  if (!/^available$/i.test(endpoint.state))
    return {
      state: 'unknown',
      why: {
        en: `the endpoint ${endpoint.id} is ${endpoint.state}`,
        ja: `エンドポイント ${endpoint.id} が ${endpoint.state} である`,
      },
    };
  const entry = entryOf(network, from, endpoint);
  if (entry) return entry;
  const exit = exitTo(network, from, endpoint);
  if (exit) return exit;
  return policyWay(endpoint, target) ?? { state: 'reachable', through: endpoint.id };
}

function policyWay({ id, policy }: VpcEndpoint, { action }: EndpointTarget): Way | null {
  const answer = action === null ? 'allows' : endpointPolicyAnswer(policy, action);
  if (answer === 'allows') return null;
  if (answer === 'depends')
    return {
      state: 'unknown',
      why: {
        en: `the policy of the endpoint ${id} depends on the caller or its resource`,
        ja: `エンドポイント ${id} のポリシーの判定が呼び出し元またはそのリソースに依存する`,
      },
    };
  const prefix = action?.endsWith('*') ? (action.split(':')[0] ?? '') : null;
  return {
    state: 'blocked',
    kind: 'endpoint-policy',
    at: id,
    why: {
      en: `the policy of the endpoint ${id} does not allow ${prefix === null ? (action ?? '') : `any ${prefix} action`}`,
      ja: `エンドポイント ${id} のポリシーが ${prefix === null ? `${action ?? ''} を` : `${prefix} のどのアクションも`}許可していない`,
    },
  };
}

/** Whether the endpoint's security groups let the origin in; null where they do. */
function entryOf({ securityGroups }: ClusterNetwork, from: Origin, endpoint: VpcEndpoint): Way | null {
  const groups = endpoint.securityGroupIds.map((id) => securityGroups[id]);
  const rules = groups.flatMap((group) => group?.ingress ?? []).filter(isForHttps);
  const admits = rules.map((rule) => admitsOrigin(rule, from));
  if (admits.includes('yes')) return null;
  const name = endpoint.securityGroupIds.join(', ');
  if (admits.includes('maybe') || groups.length === 0 || groups.includes(undefined))
    return {
      state: 'unknown',
      why: {
        en: `it could not be told whom the security groups of ${endpoint.id} (${name}) let in`,
        ja: `${endpoint.id} のセキュリティグループ (${name}) が何からの接続を許可しているか判断できない`,
      },
    };
  return {
    state: 'blocked',
    kind: 'endpoint-security-group',
    at: endpoint.id,
    why: {
      en: `the security group ${name} of the endpoint ${endpoint.id} does not let the nodes in on port ${https}`,
      ja: `エンドポイント ${endpoint.id} のセキュリティグループ ${name} がノードからポート ${https} への接続を許可していない`,
    },
  };
}

type Answer = 'yes' | 'no' | 'maybe';

function admitsOrigin(rule: TrafficRule, { subnet, securityGroupIds }: Origin): Answer {
  if (
    rule.cidrs.some(
      (cidr) => cidr === '0.0.0.0/0' || (subnet.cidr !== null && coversRange(cidr, subnet.cidr)),
    )
  )
    return 'yes';
  if (securityGroupIds?.some((id) => rule.groupIds.includes(id))) return 'yes';
  const mayBeMeant =
    rule.prefixLists.length > 0 ||
    (securityGroupIds === null && rule.groupIds.length > 0) ||
    rule.cidrs.some((cidr) => subnet.cidr === null || overlaps(cidr, subnet.cidr));
  return mayBeMeant ? 'maybe' : 'no';
}

function isForHttps({ protocol, fromPort, toPort }: TrafficRule): boolean {
  if (protocol === '-1') return true;
  return /^(tcp|6)$/.test(protocol) && (fromPort ?? 0) <= https && https <= (toPort ?? 65_535);
}

/** Whether the nodes' security groups let traffic out to an endpoint; null where they do, or are not known. */
function exitTo(network: ClusterNetwork, from: Origin, { securityGroupIds }: VpcEndpoint): Way | null {
  const out = groupsOut(network, from);
  if (!out) return null;
  const rules = egressOf(network, from);
  if (rules?.some(({ groupIds }) => groupIds.some((id) => securityGroupIds.includes(id)))) return null;
  return rules?.length ? { state: 'unknown', why: onlyPart } : out;
}

const onlyPart = {
  en: 'the security groups of the nodes let out only part of the traffic',
  ja: 'ノードのセキュリティグループがアウトバウンドトラフィックの一部しか許可していない',
};

function egressOf({ securityGroups }: ClusterNetwork, { securityGroupIds }: Origin): TrafficRule[] | null {
  const groups = (securityGroupIds ?? []).map((id) => securityGroups[id]);
  if (groups.length === 0 || groups.includes(undefined)) return null;
  return groups.flatMap((group) => group?.egress ?? []).filter(isForHttps);
}

/** Whether the nodes' security groups let HTTPS out to anywhere; null where they do, or are not known. */
function groupsOut(network: ClusterNetwork, from: Origin): Way | null {
  const rules = egressOf(network, from);
  if (rules === null || rules.some(({ cidrs }) => cidrs.includes('0.0.0.0/0'))) return null;
  if (rules.length > 0) return { state: 'unknown', why: onlyPart };
  const names = from.securityGroupIds?.join(', ') ?? '';
  return {
    state: 'blocked',
    kind: 'node-security-group',
    at: from.securityGroupIds?.[0] ?? names,
    why: {
      en: `the security group ${names} of the nodes lets nothing out on port ${https}`,
      ja: `ノードのセキュリティグループ ${names} がポート ${https} へのアウトバウンドトラフィックを許可していない`,
    },
  };
}

/** Whether the subnet's routes lead to the internet. */
function wayOut(network: ClusterNetwork, subnet: Subnet): Way {
  const table = subnet.routeTableId;
  if (table === null)
    return {
      state: 'unknown',
      why: {
        en: `the route table of ${subnet.id} could not be seen`,
        ja: `${subnet.id} のルートテーブルを確認できない`,
      },
    };
  const route = subnet.routes.find(({ destination }) => destination === '0.0.0.0/0');
  if (!route) return withoutDefaultRoute(network, subnet, table);
  if (route.state !== 'active') {
    const why = {
      en: `the default route of ${table} leads to ${route.target}, which is gone`,
      ja: `${table} のデフォルトルートのターゲット ${route.target} が存在しない`,
    };
    return { state: 'blocked', kind: 'blackhole', at: table, why };
  }
  if (route.target.startsWith('igw-')) return throughInternetGateway(subnet, route);
  if (route.target.startsWith('nat-')) return throughNat(network, route);
  return {
    state: 'unknown',
    why: {
      en: `the default route of ${table} leads to ${route.target}`,
      ja: `${table} のデフォルトルートのターゲットが ${route.target} である`,
    },
  };
}

function withoutDefaultRoute(network: ClusterNetwork, { routes }: Subnet, table: string): Way {
  const elsewhere = routes.find((one) => leadsElsewhere(network, one));
  if (elsewhere)
    return {
      state: 'unknown',
      why: {
        en: `${table} leads on through ${elsewhere.target}`,
        ja: `${table} の経路が ${elsewhere.target} を経由する`,
      },
    };
  const why = {
    en: `the route table ${table} has no way out of the VPC`,
    ja: `ルートテーブル ${table} に VPC の外への経路がない`,
  };
  return { state: 'blocked', kind: 'no-route', at: table, why };
}

/** Transit gateways, peerings, appliances and the like: an endpoint or a proxy may lie behind them. */
function leadsElsewhere({ endpoints }: ClusterNetwork, { target, destination, state }: Route): boolean {
  if (state !== 'active' || target === 'local') return false;
  const isGateway = endpoints.some(({ id, type }) => id === target && type === 'Gateway');
  return !isGateway && destination !== '0.0.0.0/0';
}

function throughInternetGateway({ id, mapPublicIp }: Subnet, { target }: Route): Way {
  return mapPublicIp
    ? { state: 'reachable', through: target }
    : {
        state: 'unknown',
        why: {
          en: `${id} gives its instances no public addresses by itself, and leads to ${target}`,
          ja: `${id} がインスタンスにパブリックアドレスを自動で割り当てず、経路が ${target} に向かう`,
        },
      };
}

function throughNat({ natGateways }: ClusterNetwork, { target }: Route): Way {
  const nat = natGateways.find(({ id }) => id === target);
  if (!nat)
    return {
      state: 'unknown',
      why: {
        en: `the NAT gateway ${target} is not in this VPC`,
        ja: `NAT ゲートウェイ ${target} がこの VPC にない`,
      },
    };
  const block = (why: Localized): Way => ({ state: 'blocked', kind: 'nat', at: nat.id, why });
  if (/^(failed|deleting|deleted)$/i.test(nat.state))
    return block({
      en: `the NAT gateway ${nat.id} is ${nat.state}`,
      ja: `NAT ゲートウェイ ${nat.id} が ${nat.state} である`,
    });
  if (nat.connectivity === 'private' || nat.routes === null)
    return {
      state: 'unknown',
      why: {
        en: `the NAT gateway ${nat.id} is private, or the routes of its subnet were not read`,
        ja: `NAT ゲートウェイ ${nat.id} がプライベートであるか、そのサブネットのルートを読み取っていない`,
      },
    };
  const next = nat.routes.find(({ destination }) => destination === '0.0.0.0/0');
  if (next?.target.startsWith('igw-') && next.state === 'active')
    return { state: 'reachable', through: nat.id };
  if (next && next.state === 'active')
    return {
      state: 'unknown',
      why: {
        en: `the subnet of the NAT gateway ${nat.id} leads to ${next.target}`,
        ja: `NAT ゲートウェイ ${nat.id} のサブネットの経路が ${next.target} に向かう`,
      },
    };
  return block({
    en: `the subnet ${nat.subnetId} of the NAT gateway ${nat.id} has no route to an internet gateway`,
    ja: `NAT ゲートウェイ ${nat.id} のサブネット ${nat.subnetId} にインターネットゲートウェイへのルートがない`,
  });
}
