import type { EC2Client, SecurityGroup, VpcAttributeName } from '@aws-sdk/client-ec2';
import type { ClusterNetwork } from '../../domain/cluster-network.ts';
import type { Cluster } from '../../domain/web-identity.ts';
import type { AwsFacts, Gap } from '../../observation.ts';
import { en, ja, type Localized } from '../../words.ts';
import { cannot, clustersUnread } from '../cannot.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { networkOf, type VpcParts } from './parse-network.ts';
import type * as Requests from './ec2-requests.ts';
import { gapOf } from './refusal.ts';
import type { AwsSource } from './source.ts';

/** VPCs that are read side by side; EC2's requests share one quota in a region. */
const readAtATime = 2;

/** The most values of one filter: docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Filter.html. */
const mostFilterValues = 200;

/** The network of each cluster's VPC; clusters in one VPC share what is read of it. */
export const networksReader: Reader<AwsSource, AwsFacts['networks']> = {
  permissions: [
    'ec2:DescribeNatGateways',
    'ec2:DescribeRouteTables',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcAttribute',
    'ec2:DescribeVpcEndpoints',
  ],
  async read(source) {
    const [clusters, nodegroups] = await Promise.all([
      source.reading('clusters'),
      source.reading('nodegroups'),
    ]);
    if (clusters.state === 'unread') return { state: 'unread', gaps: [unknownClusters] };
    const groups = nodegroups.state === 'unread' ? {} : nodegroups.value;
    const located = clusters.value.clusters.flatMap((cluster) => locate(cluster, groups[cluster.arn] ?? []));
    const reads = await readEach(vpcsOf(located), readAtATime, (vpc) => readVpc(source, vpc));
    const value = Object.fromEntries(reads.flatMap(({ networks }) => networks));
    const gaps = distinct(reads.flatMap((read) => read.gaps));
    return gaps.length > 0 && Object.keys(value).length === 0
      ? { state: 'unread', gaps }
      : readingOf(value, gaps);
  },
};

const unknownClusters: Gap = {
  location: null,
  why: cannot(
    { en: 'tell which networks the clusters are in', ja: 'クラスターがどのネットワークにあるかを確認' },
    clustersUnread,
  ),
};

/** A cluster, and the subnets and security groups that are its own and its node groups'. */
interface Located {
  cluster: Cluster;
  vpcId: string;
  subnetIds: string[];
  securityGroupIds: string[];
}

function locate(cluster: Cluster, groups: AwsFacts['nodegroups'][string]): Located[] {
  const { network } = cluster;
  if (!network) return [];
  const { vpcId, clusterSecurityGroupId } = network;
  const subnetIds = [...network.subnetIds, ...groups.flatMap((group) => group.subnetIds)];
  const securityGroupIds = [
    ...network.securityGroupIds,
    ...(clusterSecurityGroupId ? [clusterSecurityGroupId] : []),
    ...groups.flatMap((group) => group.securityGroupIds ?? []),
  ];
  return [
    { cluster, vpcId, subnetIds: [...new Set(subnetIds)], securityGroupIds: [...new Set(securityGroupIds)] },
  ];
}

interface Vpc {
  region: string;
  vpcId: string;
  clusters: Located[];
}

function vpcsOf(located: Located[]): Vpc[] {
  const vpcs = new Map<string, Vpc>();
  for (const one of located) {
    const { region } = one.cluster;
    const key = `${region} ${one.vpcId}`;
    const vpc = vpcs.get(key) ?? { region, vpcId: one.vpcId, clusters: [] };
    vpcs.set(key, vpc);
    vpc.clusters.push(one);
  }
  return [...vpcs.values()];
}

interface VpcRead {
  networks: [arn: string, network: ClusterNetwork][];
  gaps: Gap[];
}

/** A VPC of which any part was refused is left out: half a network says nothing of what reaches what. */
async function readVpc(source: AwsSource, { region, vpcId, clusters }: Vpc): Promise<VpcRead> {
  const asked = await askEc2(source, region);
  const { attributes, subnets, routeTables, endpoints, natGateways } = partsOf(asked, vpcId);
  const parts = await Promise.all([attributes, subnets, routeTables, endpoints, natGateways]);
  const [dns, ofSubnets, ofTables, ofEndpoints, ofGateways] = parts;
  const groupIds = [
    ...clusters.flatMap(({ securityGroupIds }) => securityGroupIds),
    ...(ofEndpoints ?? []).flatMap(({ Groups }) => (Groups ?? []).map(({ GroupId }) => GroupId ?? '')),
  ];
  const ofGroups = await securityGroups(asked, [...new Set(groupIds)]);
  if (!dns || !ofSubnets || !ofTables || !ofEndpoints || !ofGateways || !ofGroups)
    return { networks: [], gaps: asked.gaps };
  const vpc: VpcParts = {
    ...dns,
    vpcId,
    subnets: ofSubnets,
    routeTables: ofTables,
    endpoints: ofEndpoints,
    natGateways: ofGateways,
    securityGroups: ofGroups,
  };
  return {
    networks: clusters.map(({ cluster, subnetIds, securityGroupIds }) => [
      cluster.arn,
      networkOf(vpc, subnetIds, securityGroupIds),
    ]),
    gaps: [],
  };
}

interface Ec2Questions {
  ec2: typeof Requests;
  client: EC2Client;
  options: { abortSignal: AbortSignal };
  gaps: Gap[];
  /** The answer; null where it was refused, which becomes a gap. */
  ask: <T>(what: Localized, permission: string, question: () => Promise<T>) => Promise<T | null>;
}

async function askEc2({ clients, signal }: AwsSource, region: string): Promise<Ec2Questions> {
  const [ec2, client] = await Promise.all([import('./ec2-requests.ts'), clients.ec2(region)]);
  const gaps: Gap[] = [];
  return {
    ec2,
    client,
    options: { abortSignal: signal },
    gaps,
    async ask(what, permission, question) {
      try {
        return await question();
      } catch (error) {
        gaps.push(gapOf(error, { action: readingOfVpcs(what), permission, location: region }));
        return null;
      }
    },
  };
}

function readingOfVpcs(what: Localized): Localized {
  return {
    en: en`read the ${what} of the clusters’ VPCs`,
    ja: ja`クラスターの VPC の${what} を取得`,
  };
}

const parts = {
  attributes: { en: 'DNS attributes', ja: 'DNS 属性' },
  subnets: { en: 'subnets', ja: 'サブネット' },
  routeTables: { en: 'route tables', ja: 'ルートテーブル' },
  endpoints: { en: 'endpoints', ja: 'エンドポイント' },
  natGateways: { en: 'NAT gateways', ja: 'NAT ゲートウェイ' },
  securityGroups: { en: 'security groups', ja: 'セキュリティグループ' },
};

function partsOf(asked: Ec2Questions, vpcId: string) {
  const { ec2, client, options, ask } = asked;
  const config = { client, pageSize: 100 };
  const inVpc = { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] };
  return {
    attributes: ask(parts.attributes, 'ec2:DescribeVpcAttribute', () => dnsAttributes(asked, vpcId)),
    subnets: ask(parts.subnets, 'ec2:DescribeSubnets', () =>
      all(ec2.paginateDescribeSubnets(config, inVpc, options), ({ Subnets }) => Subnets),
    ),
    routeTables: ask(parts.routeTables, 'ec2:DescribeRouteTables', () =>
      all(ec2.paginateDescribeRouteTables(config, inVpc, options), ({ RouteTables }) => RouteTables),
    ),
    endpoints: ask(parts.endpoints, 'ec2:DescribeVpcEndpoints', () =>
      all(ec2.paginateDescribeVpcEndpoints(config, inVpc, options), ({ VpcEndpoints }) => VpcEndpoints),
    ),
    natGateways: ask(parts.natGateways, 'ec2:DescribeNatGateways', () =>
      all(
        ec2.paginateDescribeNatGateways(config, { Filter: inVpc.Filters }, options),
        ({ NatGateways }) => NatGateways,
      ),
    ),
  };
}

async function dnsAttributes(
  { ec2, client, options }: Ec2Questions,
  VpcId: string,
): Promise<{ dnsSupport: boolean | null; dnsHostnames: boolean | null }> {
  const get = (Attribute: VpcAttributeName) =>
    client.send(new ec2.DescribeVpcAttributeCommand({ VpcId, Attribute }), options);
  const [support, hostnames] = await Promise.all([get('enableDnsSupport'), get('enableDnsHostnames')]);
  return {
    dnsSupport: support.EnableDnsSupport?.Value ?? null,
    dnsHostnames: hostnames.EnableDnsHostnames?.Value ?? null,
  };
}

function securityGroups(asked: Ec2Questions, ids: string[]): Promise<SecurityGroup[] | null> {
  const { ec2, client, options, ask } = asked;
  return ask(parts.securityGroups, 'ec2:DescribeSecurityGroups', async () => {
    const found: SecurityGroup[] = [];
    for (let start = 0; start < ids.length; start += mostFilterValues) {
      const Filters = [{ Name: 'group-id', Values: ids.slice(start, start + mostFilterValues) }];
      const pages = ec2.paginateDescribeSecurityGroups({ client, pageSize: 100 }, { Filters }, options);
      found.push(...(await all(pages, ({ SecurityGroups }) => SecurityGroups)));
    }
    return found;
  });
}

/** The items of all pages. */
async function all<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => Item[] | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...(itemsOf(page) ?? []));
  return items;
}

/** The same permission is missing for every VPC of a region. */
function distinct(gaps: Gap[]): Gap[] {
  return [...new Map(gaps.map((gap) => [JSON.stringify(gap), gap])).values()];
}
