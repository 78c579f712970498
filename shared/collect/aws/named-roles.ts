import { GetRoleCommand } from '@aws-sdk/client-iam';
import type { Denial, Role } from '../../domain/web-identity.ts';
import type { AwsFacts, Gap } from '../../observation.ts';
import { en, ja, type Localized } from '../../words.ts';
import { cannot } from '../cannot.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { isNoSuchEntity } from './oidc-providers.ts';
import { gapOf, gapsOf, type Attempt, type AttemptOnEach } from './refusal.ts';
import { roleOf } from './roles.ts';
import type { AwsSource } from './source.ts';

type NamedRoles = AwsFacts['namedRoles'];
type NamedRole = NamedRoles[string];

/** GetRole calls side by side, and how many there may be: denials name whatever a caller wrote. */
const readAtATime = 4;
const mostLookups = 500;

const permission = 'iam:GetRole';
const lookingUp = (which: Localized) => ({
  en: en`look up the IAM role ${which}`,
  ja: ja`IAM ロール ${which} を照会`,
});
const eachAttempt: AttemptOnEach = { action: lookingUp, permission, location: null };

/** The roles that denials name and the list of roles lacks. */
export const namedRolesReader: Reader<AwsSource, NamedRoles> = {
  permissions: ['iam:GetRole'],
  async read(source) {
    const [denials, roles] = await Promise.all([source.reading('denials'), source.reading('roles')]);
    if (denials.state === 'unread') return { state: 'unread', gaps: [unknownNames] };
    const known = roles.state === 'unread' ? [] : roles.value;
    return lookUpAll(source, namesToLookUp(denials.value.denials, known), known);
  },
};

const unknownNames: Gap = {
  location: null,
  why: {
    en: 'Cannot tell which roles the denials name: the denials could not be read',
    ja: '拒否がどのロールについてのものかを確認できません: 拒否を読み取れませんでした',
  },
};

interface RoleArn {
  arn: string;
  partition: string;
  account: string;
  /** The last part of the ARN; IAM's names are unique within an account whatever their path. */
  name: string;
}

/** The form of a role's ARN: docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html. */
function parseRoleArn(arn: string): RoleArn | null {
  const form = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:[!-~]*\/)?([\w+=,.@-]{1,64})$/;
  const [, partition = '', account = '', name = ''] = form.exec(arn) ?? [];
  return name ? { arn, partition, account, name } : null;
}

/** Possible ARNs that no listed role has, those with the most refused calls first. */
function namesToLookUp(denials: Denial[], known: Role[]): RoleArn[] {
  const listed = new Set(known.map(({ arn }) => arn));
  const events = new Map<string, number>();
  for (const { roleArn, events: count } of denials) {
    if (roleArn === null || listed.has(roleArn)) continue;
    events.set(roleArn, (events.get(roleArn) ?? 0) + count);
  }
  const byEvents = [...events].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  return byEvents.flatMap(([arn]) => parseRoleArn(arn) ?? []);
}

async function lookUpAll(source: AwsSource, names: RoleArn[], known: Role[]) {
  const byName = new Map(known.map((role) => [role.name, role]));
  const found: Record<string, NamedRole> = {};
  const open: RoleArn[] = [];
  for (const name of names) {
    const elsewhere = isElsewhere(source, name);
    const role = byName.get(name.name);
    if (elsewhere) found[name.arn] = { state: 'unread', why: elsewhere };
    else if (role) found[name.arn] = { state: 'exists', role };
    else open.push(name);
  }
  for (const { arn } of open.slice(mostLookups)) found[arn] = { state: 'unread', why: tooMany };
  const failures: { item: string; error: unknown }[] = [];
  await readEach(open.slice(0, mostLookups), readAtATime, async (name) => {
    found[name.arn] = await lookUp(source, name, (error) => failures.push({ item: name.arn, error }));
  });
  const gaps = gapsOf(failures, eachAttempt);
  if (open.length > mostLookups) gaps.push({ location: null, why: cannot(lookingUpAll, tooMany) });
  return readingOf(found, gaps);
}

const lookingUpAll = { en: 'look up every role', ja: 'すべてのロールを照会' };
const tooMany = {
  en: `denials name more than ${mostLookups} roles that are not listed, and only those with the most refused calls were looked up; repair these first`,
  ja: `一覧にないロールが ${mostLookups} 個を超えて拒否に現れるため、拒否された呼び出しの多いものだけを照会しました。まずこれらを修正してください`,
};

function isElsewhere({ account, partition }: AwsSource, name: RoleArn): Localized | null {
  if (name.partition !== partition)
    return {
      en: `it would be in partition ${name.partition}; these credentials are for ${partition}`,
      ja: `パーティション ${name.partition} のロールですが、この認証情報は ${partition} のものです`,
    };
  if (name.account !== account)
    return {
      en: `it would be in account ${name.account}; these credentials are for ${account}`,
      ja: `アカウント ${name.account} のロールですが、この認証情報は ${account} のものです`,
    };
  return null;
}

async function lookUp(
  { clients, signal }: AwsSource,
  { name }: RoleArn,
  fail: (error: unknown) => void,
): Promise<NamedRole> {
  try {
    const { Role: role } = await clients.iam.send(new GetRoleCommand({ RoleName: name }), {
      abortSignal: signal,
    });
    return role ? { state: 'exists', role: roleOf(role) } : { state: 'missing' };
  } catch (error) {
    if (isNoSuchEntity(error)) return { state: 'missing' };
    fail(error);
    return { state: 'unread', why: gapOf(error, attempt).why };
  }
}

const attempt: Attempt = {
  action: { en: 'look up the IAM role', ja: 'IAM ロールを照会' },
  permission,
  location: null,
};
