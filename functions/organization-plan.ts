/** Which accounts of the organization a run audits, and the issuers of all their clusters: both go into the bucket. */
import {
  describeOrganization,
  listMembers,
  type Member,
  type MemberChoice,
} from '../shared/collect/aws/organization/members.ts';
import { readIssuers } from '../shared/collect/aws/organization/issuers.ts';
import type { OtherAccounts } from '../shared/collect/aws/account.ts';
import type { Identity } from '../shared/collect/aws/identity.ts';
import type { Bucket } from '../shared/deliver/bucket.ts';
import { planKey } from '../shared/deliver/report-key.ts';
import type { AccountOwner } from '../shared/fold-reports.ts';
import type { OrganizationSettings } from '../shared/organization-settings.ts';
import { makeOrganizationsClient, makeStsClient } from './aws-clients.ts';
import type { RunRequest } from './event.ts';
import { memberClients } from './member-clients.ts';

export interface OrganizationPlan {
  /** `o-…`. */
  organization: string;
  /** How many accounts are audited. */
  accountCount: number;
  /** Keys in the bucket. */
  accountsKey: string;
  issuersKey: string;
}

interface PlanOptions {
  settings: OrganizationSettings;
  identity: Identity;
  bucket: Bucket;
  /** Milliseconds that reading the issuers may take. */
  deadlineMs: number;
}

/** Accounts whose clusters are read side by side; each takes one request for each of its regions. */
const readAtATime = 50;

/** @throws {Error} where Organizations refuses, or no account is left. */
export async function planOrganization(
  { runId, request }: { runId: string; request: RunRequest },
  { settings, identity, bucket, deadlineMs }: PlanOptions,
): Promise<OrganizationPlan> {
  const signal = AbortSignal.timeout(Math.max(1, deadlineMs));
  const client = makeOrganizationsClient();
  const organization = await describeOrganization(client, signal);
  const members = await listMembers(client, choiceOf(settings), signal);
  if (members.length === 0)
    throw new Error(
      `Cannot plan the run: no active account of ${organization} is left; correct what is included and excluded`,
    );
  const run = { runId, startedAt: request.startedAt };
  const accountsKey = planKey(run, 'accounts.json');
  const issuersKey = planKey(run, 'issuers.json');
  const others = await otherAccounts(members, { settings, identity, request, signal });
  await bucket.write(issuersKey, JSON.stringify(others));
  await bucket.write(accountsKey, JSON.stringify(members.map((member) => ownerOf(member, settings))));
  return { organization, accountCount: members.length, accountsKey, issuersKey };
}

export function choiceOf({ include, exclude, ownerTag }: OrganizationSettings): MemberChoice {
  return { include, exclude, readTags: ownerTag !== null };
}

export function ownerOf(
  { account, name, unit, tags }: Member,
  { ownerTag }: OrganizationSettings,
): AccountOwner {
  const tagged = ownerTag === null ? undefined : tags[ownerTag];
  return { account, name, unit, owner: tagged ?? (unit === '/' ? name : unit) };
}

/** A part of the accounts or of the regions is never all there is: an issuer may be of a cluster that was left out. */
async function otherAccounts(
  members: readonly Member[],
  {
    settings,
    identity,
    request: { regions },
    signal,
  }: Pick<PlanOptions, 'settings' | 'identity'> & { request: RunRequest; signal: AbortSignal },
): Promise<OtherAccounts> {
  const access = {
    ...settings,
    partition: identity.partition,
    ownAccount: identity.account,
    sts: makeStsClient(),
    settings: {},
  };
  const { issuers, unread } = await readIssuers({
    accounts: members.map(({ account }) => account),
    clientsFor: (account) => memberClients(account, access),
    ...(regions && { regions }),
    now: new Date(),
    atATime: readAtATime,
    signal,
  });
  const { include, exclude } = settings;
  const isAll = [include, exclude].every(
    ({ accounts, units, tags }) => !accounts.length && !units.length && !tags.length,
  );
  return { issuers, allRead: isAll && !regions && unread.length === 0 };
}
