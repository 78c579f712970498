/** What the functions may do where a whole organization is audited. */
import { Stack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { clustersReader } from '../../shared/collect/aws/clusters.ts';
import { organizationPermissions } from '../../shared/collect/aws/organization/members.ts';
import { awsReadPolicy } from '../../shared/collect/aws/read-policy.ts';
import { regionsPermissions } from '../../shared/collect/aws/regions.ts';
import { prefixes } from '../../shared/deployment.ts';
import type { OrganizationSettings } from '../../shared/organization-settings.ts';
import { allow } from './allow.ts';
import type { ReportsBucket } from './reports-bucket.ts';

interface Grant {
  organization: OrganizationSettings;
  reports: ReportsBucket;
}

/** Lists the accounts, reads the clusters of all of them, and stores both. */
export function grantPlanOfOrganization(role: Role, { organization, reports }: Grant): void {
  allow(role, {
    sid: 'ListAccounts',
    actions: [...organizationPermissions],
    resources: ['*'],
    widerBecause: 'Units and accounts come and go; these actions only list them.',
  });
  const needed = new Set<string>([...clustersReader.permissions, ...regionsPermissions]);
  const { partition, account } = Stack.of(role);
  for (const { Sid, Action, Resource } of awsReadPolicy({ partition, account }).Statement) {
    const actions = Action.filter((action) => needed.has(action));
    if (actions.length === 0) continue;
    const widerBecause = 'It reads which clusters its own account has; these actions only read.';
    allow(role, { sid: `Own${Sid}`, actions, resources: [Resource], widerBecause });
  }
  takeOn(role, organization);
  allow(role, {
    sid: 'StorePlan',
    actions: ['s3:PutObject'],
    resources: [reports.bucket.arnForObjects(`${prefixes.reports}*/plan/*`)],
    widerBecause: 'The names hold the day and the run, which are not known before it runs.',
  });
}

/** Audits every account through its role, with the issuers of all of them. */
export function grantMembers(role: Role, { organization, reports }: Grant): void {
  takeOn(role, organization);
  allow(role, {
    sid: 'ReadIssuersOfAllAccounts',
    actions: ['s3:GetObject'],
    resources: [reports.bucket.arnForObjects(`${prefixes.reports}*/plan/issuers.json`)],
    widerBecause: 'The names hold the day and the run, which are not known before it runs.',
  });
}

function takeOn(role: Role, { roleName }: OrganizationSettings): void {
  const { partition } = Stack.of(role);
  allow(role, {
    sid: 'TakeOnRolesOfMembers',
    actions: ['sts:AssumeRole'],
    resources: [`arn:${partition}:iam::*:role/${roleName}`],
    widerBecause:
      'Accounts join the organization; only a role of this name that trusts the auditor lets it in.',
  });
}
