import type { ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';
import {
  DescribeNodegroupCommand,
  paginateListNodegroups,
  type LaunchTemplateSpecification,
  type Nodegroup as EksNodegroup,
} from '@aws-sdk/client-eks';
import type { Nodegroup } from '../../domain/kubernetes.ts';
import type { AwsFacts, Gap } from '../../observation.ts';
import { en, ja, type Localized } from '../../words.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readClusters } from './read-clusters.ts';
import { gapOf } from './refusal.ts';
import type { AwsSource } from './source.ts';

/** DescribeNodegroup calls side by side for one cluster. */
const describedAtATime = 4;

/** The managed node groups of every cluster, with the hop limit and security groups of their launch templates. */
const action = (clusters: Localized) => ({
  en: en`read the node groups of the ${clusters}`,
  ja: ja`${clusters} のノードグループを取得`,
});

export const nodegroupsReader: Reader<AwsSource, AwsFacts['nodegroups']> = {
  permissions: ['eks:ListNodegroups', 'eks:DescribeNodegroup', 'ec2:DescribeLaunchTemplateVersions'],
  async read(source) {
    const attempt = { action, permission: 'eks:ListNodegroups' };
    const templates = launchTemplates(source);
    const reading = await readClusters(source, attempt, ({ name, region }) =>
      readNodegroups(source, name, region, templates.read),
    );
    const gaps = templates.gaps();
    if (gaps.length === 0 || reading.state === 'unread') return reading;
    return {
      state: 'partial',
      value: reading.value,
      gaps: [...('gaps' in reading ? reading.gaps : []), ...gaps],
    };
  },
};

async function readNodegroups(
  { clients, signal }: AwsSource,
  clusterName: string,
  region: string,
  readTemplate: LaunchTemplates['read'],
): Promise<Nodegroup[]> {
  const client = clients.eks(region);
  const options = { abortSignal: signal };
  const names: string[] = [];
  for await (const page of paginateListNodegroups({ client, pageSize: 100 }, { clusterName }, options))
    names.push(...(page.nodegroups ?? []));
  const described = await readEach(names, describedAtATime, async (nodegroupName) => {
    const command = new DescribeNodegroupCommand({ clusterName, nodegroupName });
    const { nodegroup } = await client.send(command, options);
    if (!nodegroup) return [];
    const template = nodegroup.launchTemplate && (await readTemplate(region, nodegroup.launchTemplate));
    return [nodegroupOf(nodegroup, nodegroupName, template)];
  });
  return described.flat();
}

/** `template` is undefined where the node group names none, null where it could not be read. */
function nodegroupOf(
  nodegroup: EksNodegroup,
  name: string,
  template: ResponseLaunchTemplateData | null | undefined,
): Nodegroup {
  return {
    name: nodegroup.nodegroupName ?? name,
    status: nodegroup.status ?? 'UNKNOWN',
    nodeRole: nodegroup.nodeRole ?? null,
    desiredSize: nodegroup.scalingConfig?.desiredSize ?? null,
    subnetIds: nodegroup.subnets ?? [],
    issues: (nodegroup.health?.issues ?? []).map(({ code, message, resourceIds }) => ({
      code: code ?? 'Other',
      message: message ?? '',
      resourceIds: resourceIds ?? [],
    })),
    hopLimit: template?.MetadataOptions?.HttpPutResponseHopLimit ?? null,
    securityGroupIds: template === null ? null : template ? securityGroupsOf(template) : [],
  };
}

/** A template may name them for the instance or for its network interfaces. */
function securityGroupsOf({ SecurityGroupIds, NetworkInterfaces }: ResponseLaunchTemplateData): string[] {
  const ofInterfaces = (NetworkInterfaces ?? []).flatMap(({ Groups }) => Groups ?? []);
  return [...new Set([...(SecurityGroupIds ?? []), ...ofInterfaces])];
}

interface LaunchTemplates {
  /** Null where it could not be read. */
  read: (region: string, template: LaunchTemplateSpecification) => Promise<ResponseLaunchTemplateData | null>;
  /** One for each region whose templates were refused. */
  gaps(): Gap[];
}

/** The client for EC2 is loaded with the first template. */
function launchTemplates({ clients, signal }: AwsSource): LaunchTemplates {
  const gaps = new Map<string, Gap>();
  return {
    async read(region, { id, name, version }) {
      try {
        const { DescribeLaunchTemplateVersionsCommand } = await import('./ec2-requests.ts');
        const client = await clients.ec2(region);
        const which = id ? { LaunchTemplateId: id } : { LaunchTemplateName: name };
        const command = new DescribeLaunchTemplateVersionsCommand({
          ...which,
          Versions: [version ?? '$Default'],
        });
        const { LaunchTemplateVersions } = await client.send(command, { abortSignal: signal });
        return LaunchTemplateVersions?.[0]?.LaunchTemplateData ?? null;
      } catch (error) {
        gaps.set(region, gapOf(error, { ...attempt, location: region }));
        return null;
      }
    },
    gaps: () => [...gaps.values()],
  };
}

const attempt = {
  action: {
    en: 'read the launch templates of the node groups',
    ja: 'ノードグループの起動テンプレートを取得',
  },
  permission: 'ec2:DescribeLaunchTemplateVersions',
};
