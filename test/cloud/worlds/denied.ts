/** A world without a fault, whose auditor lacks permissions. */
import { world } from '../world-builder.ts';
import type { World } from '../world.ts';
import { addHealthyAccounts, shop } from './healthy.ts';

/** Everything that an audit of an AWS account calls, but for GetCallerIdentity, which nobody is refused. */
export const auditActions = [
  'account:ListRegions',
  'eks:ListClusters',
  'eks:DescribeCluster',
  'eks:ListPodIdentityAssociations',
  'eks:DescribePodIdentityAssociation',
  'eks:ListAddons',
  'eks:DescribeAddon',
  'eks:ListNodegroups',
  'eks:DescribeNodegroup',
  'eks:ListInsights',
  'ec2:*',
  'iam:SimulatePrincipalPolicy',
  'access-analyzer:ValidatePolicy',
  'sts:DecodeAuthorizationMessage',
  'iam:ListOpenIDConnectProviders',
  'iam:GetOpenIDConnectProvider',
  'iam:ListRoles',
  'iam:GetRole',
  'cloudtrail:LookupEvents',
];

/** The healthy world, in whose first account these actions are refused. */
export function deniedWorld(options: { now?: Date; refused?: string[] } = {}): World {
  const denied = world(options);
  addHealthyAccounts(denied);
  denied.account(shop);
  for (const action of options.refused ?? auditActions) denied.refuse(action);
  return denied.build();
}
