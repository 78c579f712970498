/** The accounts of an organization that are audited, whose they are, and the issuers of all their clusters. */
import { setMaxListeners } from 'node:events';
import type { OtherAccounts } from '../shared/collect/aws/account.ts';
import type { Identity } from '../shared/collect/aws/identity.ts';
import { readIssuers } from '../shared/collect/aws/organization/issuers.ts';
import {
  describeOrganization,
  listMembers,
  type Member,
} from '../shared/collect/aws/organization/members.ts';
import type { AccountOwner } from '../shared/fold-reports.ts';
import { LocalizedError } from '../shared/localized-error.ts';
import type { OrganizationSettings } from '../shared/organization-settings.ts';
import { makeOrganizationsClient, makeStsClient, type AwsClientSettings } from './aws-clients.ts';
import { memberClients, type MemberAccess } from './member-clients.ts';

export interface ReadOrganization {
  /** `o-…`. */
  id: string;
  /** Sorted by account; at least one. */
  owners: AccountOwner[];
  others: OtherAccounts;
  /** How each of them is come into. */
  access: MemberAccess;
}

export interface ReadOrganizationOptions {
  settings: OrganizationSettings;
  /** Of the auditor itself. */
  identity: Identity;
  aws: AwsClientSettings;
  /** All that are enabled where absent. */
  regions?: string[] | undefined;
  signal: AbortSignal;
}

/** Accounts whose clusters are read side by side; each takes one request for each of its regions. */
const readAtATime = 50;

/** @throws {Error} where Organizations refuses, or no account is left. */
export async function readOrganization(options: ReadOrganizationOptions): Promise<ReadOrganization> {
  const { settings, identity, aws, signal } = options;
  // Hundreds of requests at a time listen to it.
  setMaxListeners(0, signal);
  const client = makeOrganizationsClient(aws);
  const id = await describeOrganization(client, signal);
  const { include, exclude, ownerTag } = settings;
  const members = await listMembers(client, { include, exclude, readTags: ownerTag !== null }, signal);
  if (members.length === 0)
    throw new LocalizedError({
      en: `Cannot audit the organization ${id}: no active account is left; correct what is included and excluded`,
      ja: `組織 ${id} を監査できません: 対象となる有効なアカウントがありません。対象と除外の設定を修正してください`,
    });
  const { partition, account: ownAccount } = identity;
  const access = { ...settings, partition, ownAccount, sts: makeStsClient(aws), settings: aws };
  const others = await otherAccounts(members, access, options);
  return { id, owners: members.map((member) => ownerOf(member, settings)), others, access };
}

function ownerOf({ account, name, unit, tags }: Member, { ownerTag }: OrganizationSettings): AccountOwner {
  const tagged = ownerTag === null ? undefined : tags[ownerTag];
  return { account, name, unit, owner: tagged ?? (unit === '/' ? name : unit) };
}

/** A part of the accounts or of the regions is never all there is: an issuer may be of a cluster that was left out. */
async function otherAccounts(
  members: readonly Member[],
  access: MemberAccess,
  { settings, regions, signal }: ReadOrganizationOptions,
): Promise<OtherAccounts> {
  const { issuers, unread } = await readIssuers({
    accounts: members.map(({ account }) => account),
    clientsFor: (account) => memberClients(account, access),
    ...(regions && { regions }),
    now: new Date(),
    atATime: readAtATime,
    signal,
  });
  const isAll = [settings.include, settings.exclude].every(
    ({ accounts, units, tags }) => accounts.length + units.length + tags.length === 0,
  );
  return { issuers, allRead: isAll && !regions && unread.length === 0 };
}
