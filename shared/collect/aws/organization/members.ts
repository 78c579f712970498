/** The accounts of an organization: who they are, where they hang, and which of them are asked for. */
import {
  DescribeOrganizationCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListRootsCommand,
  ListTagsForResourceCommand,
  type OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { LocalizedError } from '../../../localized-error.ts';
import { remedied } from '../../cannot.ts';
import { readEach } from '../../read-each.ts';
import { gapOf } from '../refusal.ts';

/** One account of the organization. */
export interface Member {
  /** 12 digits. */
  account: string;
  name: string;
  /** Names of the organizational units from the root down, `/Production/Shop`; `/` directly below the root. */
  unit: string;
  /** Ids of the root and of those units. */
  unitIds: string[];
  /** Empty where tags were not asked for. */
  tags: Record<string, string>;
}

/** Which accounts are audited: those that `include` names (all where it names none) but for those that `exclude` names. */
export interface MemberChoice {
  include: MemberSelection;
  exclude: MemberSelection;
  /** Whether tags are read where no selection needs them: they tell who owns an account. */
  readTags: boolean;
}

/** An account is selected by its id, by a unit above it, or by a tag. */
export interface MemberSelection {
  accounts: readonly string[];
  /** Ids (`ou-…`, `r-…`) or paths (`/Production`). */
  units: readonly string[];
  /** `key=value`, or `key` for whatever value. */
  tags: readonly string[];
}

export const organizationPermissions = [
  'organizations:DescribeOrganization',
  'organizations:ListRoots',
  'organizations:ListOrganizationalUnitsForParent',
  'organizations:ListAccountsForParent',
  'organizations:ListTagsForResource',
] as const;

/** The organization's id, `o-…`. */
export async function describeOrganization(
  client: OrganizationsClient,
  signal: AbortSignal,
): Promise<string> {
  try {
    const { Organization } = await client.send(new DescribeOrganizationCommand({}), { abortSignal: signal });
    return Organization?.Id ?? '';
  } catch (error) {
    throw explained(error, 'organizations:DescribeOrganization', signal);
  }
}

/** Organizations allows few requests a second for all callers together. */
const askedAtATime = 4;

/**
 * The active accounts that are asked for, by their ids. They are found from the root down.
 * @throws {Error} where Organizations refuses: a part of the accounts would pass for all of them.
 */
export async function listMembers(
  client: OrganizationsClient,
  choice: MemberChoice,
  signal: AbortSignal,
): Promise<Member[]> {
  const members: Member[] = [];
  const roots = await pagesOf('organizations:ListRoots', signal, async (NextToken) => {
    const { Roots = [], NextToken: next } = await client.send(new ListRootsCommand({ NextToken }), {
      abortSignal: signal,
    });
    return { items: Roots, next };
  });
  let level = roots.map(({ Id = '' }) => ({ id: Id, unit: '/', unitIds: [Id] }));
  while (level.length > 0) {
    const below = await readEach(level, askedAtATime, (parent) => readParent(client, parent, signal));
    members.push(...below.flatMap((one) => one.members));
    level = below.flatMap((one) => one.units);
  }
  const possible = members.filter((member) => mayBeChosen(member, choice));
  const known = needsTags(choice) ? await withTags(client, possible, signal) : possible;
  const chosen = known.filter((member) => isChosen(member, choice));
  return chosen.sort((one, other) => (one.account < other.account ? -1 : 1));
}

interface Parent {
  id: string;
  unit: string;
  unitIds: string[];
}

async function readParent(
  client: OrganizationsClient,
  { id, unit, unitIds }: Parent,
  signal: AbortSignal,
): Promise<{ members: Member[]; units: Parent[] }> {
  const options = { abortSignal: signal };
  const accounts = await pagesOf('organizations:ListAccountsForParent', signal, async (NextToken) => {
    const command = new ListAccountsForParentCommand({ ParentId: id, NextToken });
    const { Accounts = [], NextToken: next } = await client.send(command, options);
    return { items: Accounts, next };
  });
  const units = await pagesOf('organizations:ListOrganizationalUnitsForParent', signal, async (NextToken) => {
    const command = new ListOrganizationalUnitsForParentCommand({ ParentId: id, NextToken });
    const { OrganizationalUnits = [], NextToken: next } = await client.send(command, options);
    return { items: OrganizationalUnits, next };
  });
  return {
    // A suspended account runs nothing, and lets nobody in.
    members: accounts
      .filter(({ Status }) => Status === 'ACTIVE')
      .map(({ Id = '', Name = '' }) => ({ account: Id, name: Name, unit, unitIds, tags: {} })),
    units: units.map(({ Id = '', Name = '' }) => ({
      id: Id,
      unit: `${unit === '/' ? '' : unit}/${Name}`,
      unitIds: [...unitIds, Id],
    })),
  };
}

async function withTags(
  client: OrganizationsClient,
  members: readonly Member[],
  signal: AbortSignal,
): Promise<Member[]> {
  return readEach(members, askedAtATime, async (member) => {
    const tags = await pagesOf('organizations:ListTagsForResource', signal, async (NextToken) => {
      const command = new ListTagsForResourceCommand({ ResourceId: member.account, NextToken });
      const { Tags = [], NextToken: next } = await client.send(command, { abortSignal: signal });
      return { items: Tags, next };
    });
    return { ...member, tags: Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value])) };
  });
}

type Page<Item> = { items: Item[]; next: string | undefined };

async function pagesOf<Item>(
  permission: string,
  signal: AbortSignal,
  read: (token: string | undefined) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  try {
    for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
      const page: Page<Item> = await read(token);
      items.push(...page.items);
      token = page.next;
    }
    return items;
  } catch (error) {
    throw explained(error, permission, signal);
  }
}

function explained(error: unknown, permission: string, signal: AbortSignal): Error {
  signal.throwIfAborted();
  const attempt = { action: listing, permission, location: null };
  return new LocalizedError(remedied(gapOf(error, attempt).why, whomItAnswers), { cause: error });
}

const listing = { en: 'list the accounts of the organization', ja: '組織のアカウントの一覧を取得' };
const whomItAnswers = {
  en: 'Organizations answers its management account and accounts that it delegates this to',
  ja: 'Organizations が応答するのは、管理アカウントと、委任されたアカウントだけです',
};

function needsTags({ include, exclude, readTags }: MemberChoice): boolean {
  return readTags || include.tags.length > 0 || exclude.tags.length > 0;
}

/** Whether an account may be chosen as far as that can be told without its tags, which take a request for each. */
function mayBeChosen(member: Member, { include, exclude }: MemberChoice): boolean {
  if (isSelected(member, { ...exclude, tags: [] })) return false;
  return isEmpty(include) || include.tags.length > 0 || isSelected(member, include);
}

function isChosen(member: Member, { include, exclude }: MemberChoice): boolean {
  return !isSelected(member, exclude) && (isEmpty(include) || isSelected(member, include));
}

function isEmpty({ accounts, units, tags }: MemberSelection): boolean {
  return accounts.length + units.length + tags.length === 0;
}

function isSelected({ account, unit, unitIds, tags }: Member, selection: MemberSelection): boolean {
  return (
    selection.accounts.includes(account) ||
    selection.units.some((one) => unitIds.includes(one) || isBelow(unit, one)) ||
    selection.tags.some((one) => hasTag(tags, one))
  );
}

function isBelow(unit: string, path: string): boolean {
  const wanted = path.replace(/\/+$/, '');
  return path.startsWith('/') && (unit === wanted || unit.startsWith(`${wanted}/`));
}

function hasTag(tags: Readonly<Record<string, string>>, wanted: string): boolean {
  const split = wanted.indexOf('=');
  if (split < 0) return Object.hasOwn(tags, wanted);
  const key = wanted.slice(0, split);
  return Object.hasOwn(tags, key) && tags[key] === wanted.slice(split + 1);
}
