/** Whether a principal holds a role or permissions, in three values: allowed, denied, unknown. */
import { en, ja, quoted, type Words } from '../words.ts';
import { evaluateCondition, type ConditionState } from './google-condition.ts';
import { ownEntry } from './own-entry.ts';
import type { Binding, IamPolicy, Lookup, PolicyLevel, RoleDefinition } from './google-policy.ts';

/** What access is decided from. */
export interface Access {
  /** Policies of the resource and its ancestors, nearest first; levels that could not be read say so. */
  policies: readonly PolicyLevel[];
  /** By role name; undefined where none were read. */
  roles: Readonly<Record<string, Lookup<RoleDefinition>>> | undefined;
  /** ISO 8601 UTC: when conditions are evaluated. */
  time: string;
}

/** One binding that names a principal, or may. */
export interface Grant {
  /** The resource whose policy it stands in. */
  resource: string;
  role: string;
  /** The member as the policy names it. */
  member: string;
  /** `maybe`: through a group or a set whose members are not known; `deleted`: of an account that was deleted. */
  match: 'yes' | 'maybe' | 'deleted';
  /** Null where the binding always holds. */
  condition: ConditionState | null;
  /** What the role grants; null where that is not known. */
  permissions: readonly string[] | null;
}

/** Later than every date. */
const forever = Number.MAX_VALUE;

export type Verdict =
  /** `until` is when the last binding that it rests on expires; null where none does. */
  | { state: 'allowed'; until: string | null; by: Grant[] }
  /**
   * `near` holds bindings that do not grant: expired, deleted, not yet in force; `missing` what no binding grants, which
   * is a part where other bindings grant the rest.
   */
  | { state: 'denied'; near: Grant[]; missing: string[]; isPart: boolean }
  | { state: 'unknown'; why: Words[]; near: Grant[]; missing: string[]; isPart: boolean };

/**
 * The six permissions of `roles/container.defaultNodeServiceAccount`, as recorded; every other role's are read.
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/service-accounts
 */
export const defaultNodePermissions = [
  'autoscaling.sites.writeMetrics',
  'logging.logEntries.create',
  'monitoring.metricDescriptors.create',
  'monitoring.metricDescriptors.list',
  'monitoring.timeSeries.create',
  'monitoring.timeSeries.list',
] as const;
export const defaultNodeRole = 'roles/container.defaultNodeServiceAccount';

/** What is asked for: one of some roles by its name, or permissions, whichever roles they come from. */
interface Requirement {
  roles: readonly string[];
  /** Null where it is not known what the first role grants. */
  permissions: readonly string[] | null;
}

/**
 * Whether the principal (`serviceAccount:…`, `user:…`) has the role, or others that together grant as much, or one of
 * the alternatives by its name.
 */
export function holdsRole(
  access: Access,
  principal: string,
  role: string,
  alternatives: readonly string[] = [],
): Verdict {
  const permissions = permissionsOf(access, role);
  const known = permissions?.length ? permissions : null;
  return decide(access, principal, { roles: [role, ...alternatives], permissions: known });
}

/** Whether the principal has every one of the permissions, or one of the roles, which are known to hold them all. */
export function holdsPermissions(
  access: Access,
  principal: string,
  permissions: readonly string[],
  roles: readonly string[] = [],
): Verdict {
  return decide(access, principal, { roles, permissions });
}

/**
 * The same policies with one more member, without a condition, on one resource: what `add-iam-policy-binding` would
 * make of them.
 */
export function withBinding(
  policies: readonly PolicyLevel[],
  resource: string,
  role: string,
  member: string,
): PolicyLevel[] {
  return policies.map((level) =>
    level.resource === resource && level.state === 'read'
      ? { ...level, policy: { ...level.policy, bindings: addMember(level.policy.bindings, role, member) } }
      : level,
  );
}

function addMember(bindings: readonly Binding[], role: string, member: string): Binding[] {
  const index = bindings.findIndex((binding) => binding.role === role && binding.condition === null);
  if (index < 0) return [...bindings, { role, members: [member], condition: null }];
  return bindings.map((binding, at) =>
    at === index ? { ...binding, members: [...new Set([...binding.members, member])] } : binding,
  );
}

/**
 * What a role grants: nothing where it is deleted or disabled, or a custom role that is missing; null where that is not
 * known. (Some of Google's own roles for agents are bound, yet roles.get answers 404 for them.)
 */
export function permissionsOf({ roles }: Access, role: string): readonly string[] | null {
  const found = ownEntry(roles, role);
  if (found?.state === 'missing' && !role.startsWith('roles/')) return [];
  if (found?.state === 'exists') {
    const { deleted, stage, permissions } = found.value;
    return deleted || stage === 'DISABLED' ? [] : permissions;
  }
  return role === defaultNodeRole ? defaultNodePermissions : null;
}

/** Every binding that names the principal or may, in the order of the levels. */
export function grantsOf(access: Access, principal: string): Grant[] {
  return access.policies.flatMap((level) =>
    level.state === 'read' ? grantsIn(access, level.resource, level.policy, principal) : [],
  );
}

function grantsIn(access: Access, resource: string, policy: IamPolicy, principal: string): Grant[] {
  return policy.bindings.flatMap(({ role, members, condition }) =>
    members.flatMap((member): Grant[] => {
      const match = matchMember(member, principal);
      if (match === 'no') return [];
      const state = condition && evaluateCondition(condition.expression, access.time);
      return [{ resource, role, member, match, condition: state, permissions: permissionsOf(access, role) }];
    }),
  );
}

/** Whether a member of a binding stands for the principal. Emails are compared without case, as IAM does. */
export function matchMember(member: string, principal: string): Grant['match'] | 'no' {
  const [text, wanted] = [member.toLowerCase(), principal.toLowerCase()];
  if (text === wanted || text === 'allusers' || text === 'allauthenticatedusers') return 'yes';
  if (text.startsWith('deleted:')) return text.slice(8).split('?')[0] === wanted ? 'deleted' : 'no';
  if (/^(group|domain|projectowner|projecteditor|projectviewer):/.test(text)) return 'maybe';
  if (!text.startsWith('principalset:')) return 'no';
  // A pool's identities are federated ones, never service accounts or users of Google.
  const isFederated = text.includes('/workloadidentitypools/') || text.includes('/workforcepools/');
  return isFederated && !wanted.startsWith('principal') ? 'no' : 'maybe';
}

/** Decides with the bindings that certainly hold; then asks whether those that may hold would change the answer. */
function decide(access: Access, principal: string, requirement: Requirement): Verdict {
  const grants = grantsOf(access, principal);
  const certain = grants.filter(isCertain);
  const missing = missingFrom(requirement, certain);
  if (missing.length === 0) return allowed(requirement, certain);
  const near = grants.filter((grant) => !isPossible(grant));
  const why = reasonsToDoubt(access, requirement, grants.filter(isPossible), missing);
  const isPart = missing.length < missingFrom(requirement, []).length;
  return why.length > 0
    ? { state: 'unknown', why, near, missing, isPart }
    : { state: 'denied', near, missing, isPart };
}

/** Rests the verdict on the bindings that last longest, and on one alone where one is enough. */
function allowed(requirement: Requirement, certain: Grant[]): Verdict {
  const isEnough = (grants: Grant[]) => missingFrom(requirement, grants).length === 0;
  const used = certain.filter((grant) => endOf(grant) === forever);
  const temporary = certain.filter((grant) => endOf(grant) !== forever).sort((a, b) => endOf(b) - endOf(a));
  while (!isEnough(used) && temporary.length > 0) used.push(...temporary.splice(0, 1));
  const until = untilOf(used.at(-1));
  const alone = used.find((grant) => untilOf(grant) === until && isEnough([grant]));
  return { state: 'allowed', until, by: alone ? [alone] : used };
}

/** When a binding stops granting, as a number to compare; `forever` where it does not. */
function endOf(grant: Grant): number {
  const until = untilOf(grant);
  return until === null ? forever : Date.parse(until);
}

function untilOf(grant: Grant | undefined): string | null {
  return grant?.condition?.state === 'holds' ? grant.condition.until : null;
}

function isCertain({ match, condition }: Grant): boolean {
  return match === 'yes' && (condition === null || condition.state === 'holds');
}

function isPossible({ match, condition }: Grant): boolean {
  return (
    match !== 'deleted' &&
    (condition === null || condition.state === 'holds' || condition.state === 'unknown')
  );
}

/** Empty where nothing that is not known could grant what is missing. */
function reasonsToDoubt(
  access: Access,
  requirement: Requirement,
  possible: Grant[],
  missing: string[],
): Words[] {
  const unread = access.policies.flatMap((level) =>
    level.state === 'unread' ? [describeUnread(level)] : [],
  );
  const wanted = new Set(missing);
  const mayHelp = possible.filter(
    ({ role, permissions }) =>
      requirement.roles.includes(role) ||
      permissions === null ||
      (requirement.permissions === null
        ? permissions.length > 0
        : permissions.some((name) => wanted.has(name))),
  );
  const isUnclear =
    requirement.permissions === null || mayHelp.some(({ permissions }) => permissions === null);
  const isEnough = isUnclear || missingFrom({ ...requirement, permissions: missing }, mayHelp).length === 0;
  return [...unread, ...(isEnough ? mayHelp.map((grant) => describeDoubt(grant, requirement)) : [])];
}

type UnreadLevel = Extract<PolicyLevel, { state: 'unread' }>;

function describeUnread({ resource, named = quoted(resource), why }: UnreadLevel): Words {
  return {
    en: en`the policy of ${named} could not be read: ${why}`,
    ja: ja`${named} のポリシーを読み取れませんでした: ${why}`,
  };
}

function describeDoubt({ match, member, role, resource, condition }: Grant, wanted: Requirement): Words {
  if (match === 'maybe')
    return {
      en: `${member} has ${role} on ${resource}, and its members are not known`,
      ja: `${member} には ${resource} の ${role} がありますが、そのメンバーが不明です`,
    };
  if (condition?.state === 'unknown')
    return {
      en: en`${role} on ${resource} is conditional, and ${condition.why}`,
      ja: ja`${resource} の ${role} は条件付きで、${condition.why}`,
    };
  const unread = (wanted.permissions === null && wanted.roles[0]) || role;
  return {
    en: `what ${unread} grants could not be read, and ${member} has ${role} on ${resource}`,
    ja: `${unread} が付与する権限を読み取れませんでした (${member} には ${resource} の ${role} があります)`,
  };
}

/** What no binding of these grants; roles whose permissions are not known are granted by their names alone. */
function missingFrom({ roles, permissions }: Requirement, grants: Grant[]): string[] {
  if (grants.some(({ role }) => roles.includes(role))) return [];
  if (permissions === null) return roles.slice(0, 1);
  const held = new Set(grants.flatMap((grant) => grant.permissions ?? []));
  return permissions.filter((permission) => !held.has(permission));
}
