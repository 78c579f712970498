/** The IAM policy that lets the auditor read an account, and nothing else; derived from what the readers declare. */
import { awsPermissions } from './account.ts';

export interface ReadPolicyPlace {
  /** `aws`, `aws-cn`, `aws-us-gov` … */
  partition: string;
  /** Account id; `*` for a policy that serves in every account. */
  account: string;
}

export interface ReadStatement {
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: string;
}

export interface ReadPolicy {
  Version: '2012-10-17';
  Statement: ReadStatement[];
}

/**
 * The narrowest resource of the permissions that take one. IAM grants all others on everything or not at all
 * (docs.aws.amazon.com/service-authorization/latest/reference).
 */
const resources: Readonly<Record<string, (place: ReadPolicyPlace) => string>> = {
  'account:ListRegions': ({ partition, account }) => `arn:${partition}:account::${account}:account`,
  'eks:DescribeAddon': ({ partition, account }) => `arn:${partition}:eks:*:${account}:addon/*`,
  'eks:DescribeCluster': clusters,
  'eks:DescribeNodegroup': ({ partition, account }) => `arn:${partition}:eks:*:${account}:nodegroup/*`,
  'eks:DescribePodIdentityAssociation': ({ partition, account }) =>
    `arn:${partition}:eks:*:${account}:podidentityassociation/*`,
  'eks:ListAddons': clusters,
  'eks:ListInsights': clusters,
  'eks:ListNodegroups': clusters,
  'eks:ListPodIdentityAssociations': clusters,
  'iam:GetOpenIDConnectProvider': ({ partition, account }) =>
    `arn:${partition}:iam::${account}:oidc-provider/*`,
  'iam:GetRole': roles,
  'iam:SimulatePrincipalPolicy': roles,
};

function clusters({ partition, account }: ReadPolicyPlace): string {
  return `arn:${partition}:eks:*:${account}:cluster/*`;
}

function roles({ partition, account }: ReadPolicyPlace): string {
  return `arn:${partition}:iam::${account}:role/*`;
}

/** One statement for each resource; for every account of the partition `aws` unless a place is given. */
export function awsReadPolicy(place: ReadPolicyPlace = { partition: 'aws', account: '*' }): ReadPolicy {
  const byResource = new Map<string, string[]>();
  for (const action of awsPermissions()) {
    const resource = resources[action]?.(place) ?? '*';
    byResource.set(resource, [...(byResource.get(resource) ?? []), action]);
  }
  return { Version: '2012-10-17', Statement: [...byResource].map(statement) };
}

function statement([Resource, Action]: [string, string[]]): ReadStatement {
  const name = Resource === '*' ? '' : (Action[0] ?? '').replace(/^\w+:(Get|Describe|List)/, '');
  return { Sid: `ClusterwhyReads${name}`, Effect: 'Allow', Action, Resource };
}
