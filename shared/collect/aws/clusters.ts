import {
  DescribeClusterCommand,
  paginateListClusters,
  type Cluster as EksCluster,
} from '@aws-sdk/client-eks';
import { isoSeconds } from '../../domain/cloudtrail-record.ts';
import type { Cluster } from '../../domain/web-identity.ts';
import type { AwsFacts, Gap } from '../../observation.ts';
import { en, ja, type Localized } from '../../words.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { gapOf, gapsOf } from './refusal.ts';
import type { AwsSource } from './source.ts';

/** DescribeCluster calls side by side in one region. */
const describedAtATime = 4;

/** EKS clusters of every region, each region by itself. */
export const clustersReader: Reader<AwsSource, AwsFacts['clusters']> = {
  permissions: ['eks:ListClusters', 'eks:DescribeCluster'],
  async read(source) {
    const regions = await Promise.all(source.regions.map((region) => readRegion(source, region)));
    const gaps = [...source.regionGaps, ...regions.flatMap((region) => region.gaps)];
    const listed = regions.filter((region) => region.names !== null);
    if (listed.length === 0 && gaps.length > 0) return { state: 'unread', gaps };
    return readingOf(
      {
        clusters: listed.flatMap((region) => region.clusters),
        regionsRead: listed.filter((region) => region.complete).map(({ region }) => region),
        otherAccountsIssuers: [...(source.otherAccounts?.issuers ?? [])],
        allAccountsRead: source.otherAccounts?.allRead ?? false,
      },
      [...gaps, ...notFound(source, listed)],
    );
  },
};

interface RegionClusters {
  region: string;
  /** All names in the region; null where they could not be listed to the end. */
  names: string[] | null;
  clusters: Cluster[];
  /** Whether every cluster of the region is in `clusters`. */
  complete: boolean;
  gaps: Gap[];
}

async function readRegion(source: AwsSource, region: string): Promise<RegionClusters> {
  const list = await listNames(source, region);
  const described = await describeAll(source, region, list.names ?? []);
  source.report({ kind: 'clusters', region, clusters: described.clusters.length });
  const gaps = [...list.gaps, ...described.gaps];
  const complete = gaps.length === 0;
  return { region, names: list.names, clusters: described.clusters, complete, gaps };
}

async function listNames(
  source: AwsSource,
  region: string,
): Promise<{ names: string[] | null; gaps: Gap[] }> {
  const names: string[] = [];
  try {
    const client = source.clients.eks(region);
    for await (const page of paginateListClusters(
      { client, pageSize: 100 },
      {},
      { abortSignal: source.signal },
    )) {
      names.push(...(page.clusters ?? []));
    }
    return { names, gaps: [] };
  } catch (error) {
    const attempt = { action: listing, permission: 'eks:ListClusters', location: region };
    return { names: names.length > 0 ? names : null, gaps: [gapOf(error, attempt)] };
  }
}

const listing = { en: 'list the EKS clusters', ja: 'EKS クラスターの一覧を取得' };
const describing = (which: Localized) => ({
  en: en`describe the EKS cluster ${which}`,
  ja: ja`EKS クラスター ${which} の詳細を取得`,
});

async function describeAll(
  source: AwsSource,
  region: string,
  names: string[],
): Promise<{ clusters: Cluster[]; gaps: Gap[] }> {
  const client = source.clients.eks(region);
  const failures: { item: string; error: unknown }[] = [];
  const described = await readEach(names, describedAtATime, async (name) => {
    try {
      const { cluster } = await client.send(new DescribeClusterCommand({ name }), {
        abortSignal: source.signal,
      });
      return cluster ? [clusterOf(cluster, name, region, source.account)] : [];
    } catch (error) {
      // A cluster that was deleted since it was listed is not missing from the reading.
      if (!isGone(error)) failures.push({ item: name, error });
      return [];
    }
  });
  const attempt = { action: describing, permission: 'eks:DescribeCluster', location: region };
  return { clusters: described.flat(), gaps: gapsOf(failures, attempt) };
}

function isGone(error: unknown): boolean {
  return (error as { name?: string }).name === 'ResourceNotFoundException';
}

/** A cluster may be asked for by its name or its ARN. */
function matches(wanted: string, region: string, name: string): boolean {
  return wanted === name || (wanted.includes(`:${region}:`) && wanted.endsWith(`:cluster/${name}`));
}

/** Clusters that were asked for and that no region has. */
function notFound({ onlyClusters = [] }: AwsSource, listed: RegionClusters[]): Gap[] {
  const missing = onlyClusters.filter(
    (wanted) => !listed.some(({ region, names }) => names?.some((name) => matches(wanted, region, name))),
  );
  const where = listed.map(({ region }) => region).join(', ');
  return missing.map((wanted) => ({
    location: null,
    why: {
      en: `Cannot find cluster "${wanted}" in ${where}; correct its name, or name its region with --region`,
      ja: `クラスター "${wanted}" は ${where} に見つかりません。名前を訂正するか、--region でリージョンを指定してください`,
    },
  }));
}

function clusterOf(cluster: EksCluster, name: string, region: string, account: string): Cluster {
  return {
    name: cluster.name ?? name,
    arn: cluster.arn ?? '',
    account: /^arn:[^:]*:eks:[^:]*:(\d{12}):/.exec(cluster.arn ?? '')?.[1] ?? account,
    region,
    status: cluster.status ?? 'UNKNOWN',
    version: cluster.version ?? null,
    issuer: cluster.identity?.oidc?.issuer ?? null,
    endpoint: cluster.endpoint ?? null,
    createdAt: isoSeconds(cluster.createdAt),
    tags: cluster.tags ?? {},
    healthIssues: (cluster.health?.issues ?? []).map(({ code, message, resourceIds }) => ({
      code: code ?? 'Other',
      message: message ?? '',
      resourceIds: resourceIds ?? [],
    })),
    ...accessOf(cluster),
    ...networkOf(cluster),
    autoMode: cluster.computeConfig?.enabled ?? false,
  };
}

function accessOf({
  certificateAuthority,
  resourcesVpcConfig,
  accessConfig,
}: EksCluster): Pick<Cluster, 'access'> {
  if (!certificateAuthority?.data) return {};
  return {
    access: {
      certificateAuthority: Buffer.from(certificateAuthority.data, 'base64').toString(),
      publicEndpoint: resourcesVpcConfig?.endpointPublicAccess ?? true,
      privateEndpoint: resourcesVpcConfig?.endpointPrivateAccess ?? false,
      // Clusters made before access entries existed have none.
      authenticationMode: accessConfig?.authenticationMode ?? 'CONFIG_MAP',
    },
  };
}

function networkOf({ resourcesVpcConfig }: EksCluster): Pick<Cluster, 'network'> {
  if (!resourcesVpcConfig?.vpcId) return {};
  return {
    network: {
      vpcId: resourcesVpcConfig.vpcId,
      subnetIds: resourcesVpcConfig.subnetIds ?? [],
      securityGroupIds: resourcesVpcConfig.securityGroupIds ?? [],
      clusterSecurityGroupId: resourcesVpcConfig.clusterSecurityGroupId ?? null,
    },
  };
}
