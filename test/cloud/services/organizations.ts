/** AWS Organizations, as a management or a delegated account sees it. */
import type {
  Account,
  DescribeOrganizationResponse,
  ListAccountsForParentResponse,
  ListOrganizationalUnitsForParentResponse,
  ListRootsResponse,
  ListTagsForResourceResponse,
} from '@aws-sdk/client-organizations';
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import { pageOf } from '../pages.ts';
import { jsonRpcService } from '../protocols/json-rpc.ts';
import type { JsonObject } from '../protocols/json-values.ts';
import type { Organization, OrganizationalUnit } from '../world.ts';

export const organizations = jsonRpcService('organizations', {
  DescribeOrganization: { action: 'organizations:DescribeOrganization', run: describe },
  ListRoots: { action: 'organizations:ListRoots', run: listRoots },
  ListOrganizationalUnitsForParent: {
    action: 'organizations:ListOrganizationalUnitsForParent',
    run: listUnits,
  },
  ListAccountsForParent: { action: 'organizations:ListAccountsForParent', run: listAccounts },
  ListTagsForResource: { action: 'organizations:ListTagsForResource', run: listTags },
});

/** Accounts of one page; Organizations gives 20 at most. */
const largestPage = 20;

function organizationOf({ cloud, account }: Call): Organization {
  const { organization } = cloud;
  if (!organization)
    throw new AwsError(
      'AWSOrganizationsNotInUseException',
      'Your account is not a member of an organization.',
    );
  if (account.id === organization.managementAccount) return organization;
  throw new AwsError('AccessDeniedException', "You don't have permissions to access this resource.");
}

function describe(_: JsonObject, call: Call): DescribeOrganizationResponse {
  const { id, managementAccount } = organizationOf(call);
  return { Organization: { Id: id, MasterAccountId: managementAccount, FeatureSet: 'ALL' } };
}

function listRoots(_: JsonObject, call: Call): ListRootsResponse {
  const { root } = organizationOf(call);
  return { Roots: [{ Id: root.id, Name: 'Root' }] };
}

function listUnits(body: JsonObject, call: Call): ListOrganizationalUnitsForParentResponse {
  const { units } = parentOf(body, call);
  const page = cut(units, body, call);
  return {
    OrganizationalUnits: page.items.map(({ id, name }) => ({ Id: id, Name: name })),
    NextToken: page.next,
  };
}

function listAccounts(body: JsonObject, call: Call): ListAccountsForParentResponse {
  const page = cut(parentOf(body, call).accounts, body, call);
  const Accounts: Account[] = page.items.map(({ id, name, status = 'ACTIVE' }) => ({
    Id: id,
    Name: name,
    Status: status as Account['Status'],
  }));
  return { Accounts, NextToken: page.next };
}

function listTags(body: JsonObject, call: Call): ListTagsForResourceResponse {
  const wanted = String(body['ResourceId']);
  const member = unitsBelow(organizationOf(call).root)
    .flatMap(({ accounts }) => accounts)
    .find(({ id }) => id === wanted);
  if (!member) throw new AwsError('TargetNotFoundException', "You specified a target that doesn't exist.");
  return { Tags: Object.entries(member.tags ?? {}).map(([Key, Value]) => ({ Key, Value })) };
}

function parentOf(body: JsonObject, call: Call): OrganizationalUnit {
  const parent = unitsBelow(organizationOf(call).root).find(({ id }) => id === body['ParentId']);
  if (parent) return parent;
  throw new AwsError(
    'ParentNotFoundException',
    "We can't find a root or OU with the ParentId that you specified.",
  );
}

function unitsBelow(unit: OrganizationalUnit): OrganizationalUnit[] {
  return [unit, ...unit.units.flatMap(unitsBelow)];
}

function cut<Item>(
  items: Item[],
  body: JsonObject,
  { cloud }: Call,
): { items: Item[]; next: string | undefined } {
  const limit = Math.min(Number(body['MaxResults'] ?? largestPage), largestPage, cloud.behaviour.pageSize);
  const page = pageOf(items, limit, body['NextToken'] as string | undefined);
  if (!page)
    throw new AwsError('InvalidInputException', 'You specified an invalid value: INVALID_NEXT_TOKEN');
  return page;
}
