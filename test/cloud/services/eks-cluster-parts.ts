/** What EKS tells of a cluster besides the cluster itself: add-ons, node groups, insights. */
import type { Addon, Insight, Nodegroup, PodIdentityAssociation } from '../../../shared/domain/kubernetes.ts';
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import type { EksParts } from '../eks-parts.ts';
import { pageOf, type Page } from '../pages.ts';
import type { RestInput, RestOperation } from '../protocols/rest-json.ts';
import { launchTemplateId } from './ec2.ts';

export const clusterPartOperations: RestOperation[] = [
  {
    http: 'GET /clusters/{name}/addons',
    action: 'eks:ListAddons',
    resource: clusterResource,
    run: (input, call) => {
      const { items, next } = page(input, call, ({ addons }) => addons);
      return { addons: items.map(({ name }) => name), nextToken: next };
    },
  },
  {
    http: 'GET /clusters/{name}/addons/{addon}',
    action: 'eks:DescribeAddon',
    resource: ({ labels }, call) => partResource(call, 'addon', labels),
    run: ({ labels }, call) => ({
      addon: describeAddon(find(partsOf(labels, call).addons, labels['addon'], 'addon')),
    }),
  },
  {
    http: 'GET /clusters/{name}/node-groups',
    action: 'eks:ListNodegroups',
    resource: clusterResource,
    run: (input, call) => {
      const { items, next } = page(input, call, ({ nodegroups }) => nodegroups);
      return { nodegroups: items.map(({ name }) => name), nextToken: next };
    },
  },
  {
    http: 'GET /clusters/{name}/node-groups/{nodegroup}',
    action: 'eks:DescribeNodegroup',
    resource: ({ labels }, call) => partResource(call, 'nodegroup', labels),
    run: ({ labels }, call) => {
      const group = find(partsOf(labels, call).nodegroups, labels['nodegroup'], 'nodegroup');
      return { nodegroup: describeNodegroup(group, labels['name'] ?? '') };
    },
  },
  {
    http: 'POST /clusters/{name}/insights',
    action: 'eks:ListInsights',
    resource: clusterResource,
    run: listInsights,
  },
  {
    http: 'GET /clusters/{name}/pod-identity-associations',
    action: 'eks:ListPodIdentityAssociations',
    resource: clusterResource,
    run: (input, call) => {
      const { items, next } = page(input, call, ({ associations }) => associations);
      return { associations: items.map(summarize), nextToken: next };
    },
  },
  {
    http: 'GET /clusters/{name}/pod-identity-associations/{association}',
    action: 'eks:DescribePodIdentityAssociation',
    resource: ({ labels }, call) => partResource(call, 'podidentityassociation', labels),
    run: ({ labels }, call) => {
      const found = partsOf(labels, call).associations.find(({ id }) => id === labels['association']);
      if (!found) throw new AwsError('ResourceNotFoundException', 'No association found.', 404);
      const { roleArn, targetRoleArn, disableSessionTags, createdAt, modifiedAt } = found;
      const association = {
        ...summarize(found),
        roleArn,
        ...(targetRoleArn !== null && { targetRoleArn }),
        disableSessionTags,
        createdAt: secondsOf(createdAt),
        modifiedAt: secondsOf(modifiedAt),
      };
      return { association };
    },
  },
];

/** The list tells no role. */
function summarize({ id, arn, namespace, serviceAccount }: PodIdentityAssociation): object {
  return { associationId: id, associationArn: arn, namespace, serviceAccount };
}

function secondsOf(time: string | null): number | undefined {
  return time === null ? undefined : Date.parse(time) / 1000;
}

function clusterResource({ labels }: RestInput, { account, region }: Call): string {
  return `arn:${account.partition}:eks:${region}:${account.id}:cluster/${labels['name'] ?? ''}`;
}

function partResource({ account, region }: Call, kind: string, labels: Record<string, string>): string {
  return `arn:${account.partition}:eks:${region}:${account.id}:${kind}/${Object.values(labels).join('/')}/id`;
}

function partsOf(labels: Record<string, string>, { account, region }: Call): EksParts {
  const cluster = account.clusters.find((one) => one.region === region && one.name === labels['name']);
  const parts = cluster && account.eksParts.get(cluster.arn);
  if (parts) return parts;
  throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${labels['name'] ?? ''}.`, 404);
}

function find<Part extends { name: string }>(parts: Part[], name: string | undefined, kind: string): Part {
  const part = parts.find((candidate) => candidate.name === name);
  if (part) return part;
  throw new AwsError('ResourceNotFoundException', `No ${kind} found for name: ${name ?? ''}.`, 404);
}

function page<Part>(
  { labels, query }: RestInput,
  call: Call,
  listOf: (parts: EksParts) => Part[],
): Page<Part> {
  const limit = Math.min(Number(query.get('maxResults') ?? 100), call.cloud.behaviour.pageSize);
  const found = pageOf(listOf(partsOf(labels, call)), limit, query.get('nextToken'));
  if (!found) throw new AwsError('InvalidParameterException', 'Invalid next token');
  return found;
}

function describeAddon({ name, version, status, issues }: Addon): object {
  return { addonName: name, addonVersion: version, status, health: { issues } };
}

function describeNodegroup(group: Nodegroup, cluster: string): object {
  return {
    clusterName: cluster,
    nodegroupName: group.name,
    status: group.status,
    nodeRole: group.nodeRole,
    subnets: group.subnetIds,
    scalingConfig: { minSize: 0, maxSize: 10, desiredSize: group.desiredSize },
    health: { issues: group.issues },
    launchTemplate: { id: launchTemplateId(cluster, group.name), version: '1' },
  };
}

function listInsights({ labels, body }: RestInput, call: Call): object {
  const { statuses } = (body['filter'] ?? {}) as { statuses?: string[] };
  const wanted = partsOf(labels, call).insights.filter(({ status }) => statuses?.includes(status) ?? true);
  const limit = Math.min(Number(body['maxResults'] ?? 100), call.cloud.behaviour.pageSize);
  const found = pageOf(wanted, limit, body['nextToken'] as string | undefined);
  if (!found) throw new AwsError('InvalidParameterException', 'Invalid next token');
  return { insights: found.items.map(describeInsight), nextToken: found.next };
}

function describeInsight({ id, name, category, status, reason }: Insight): object {
  return { id, name, category, insightStatus: { status, reason } };
}
