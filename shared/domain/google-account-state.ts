/** Whether a service account is there, and what its own past left in policies. */
import type { Localized } from '../words.ts';
import type { AdminActivity } from './google-audit.ts';
import { accountChange } from './google-change.ts';
import { ownEntry } from './own-entry.ts';
import { unreadBecause, type Lookup, type PolicyLevel } from './google-policy.ts';

export type AccountLookup = Lookup<{ uniqueId: string; disabled: boolean }>;

export type AccountState =
  | { state: 'enabled'; uniqueId: string }
  /** `change` is the log entry that did it, where the log tells. */
  | { state: 'disabled'; uniqueId: string; change: AdminActivity | null }
  /** `uniqueId` is what undelete asks for: from a binding of the deleted account, or from the log. */
  | { state: 'missing'; uniqueId: string | null; change: AdminActivity | null }
  | { state: 'unread'; why: Localized };

/** A deleted account can be restored for so many days; then it is gone for good. */
export const undeleteDays = 30;

export function accountState(
  email: string,
  accounts: Readonly<Record<string, AccountLookup>> | undefined,
  policies: readonly PolicyLevel[],
  adminActivity: readonly AdminActivity[] | undefined,
): AccountState {
  const found = ownEntry(accounts, email);
  if (!found) return { state: 'unread', why: unreadBecause.notAskedFor };
  if (found.state === 'unread') return found;
  if (found.state === 'missing') {
    const uid = deletedIds(email, policies).at(-1) ?? null;
    const change = accountChange(adminActivity ?? [], 'Delete', { email, uniqueId: uid });
    return { state: 'missing', uniqueId: change?.labels.unique_id ?? uid, change };
  }
  const { uniqueId, disabled } = found.value;
  if (!disabled) return { state: 'enabled', uniqueId };
  return {
    state: 'disabled',
    uniqueId,
    change: accountChange(adminActivity ?? [], 'Disable', { email, uniqueId }),
  };
}

/** Unique ids of deleted accounts of that name, from `deleted:serviceAccount:…?uid=…`, in the order of the policies. */
export function deletedIds(email: string, policies: readonly PolicyLevel[]): string[] {
  return deletedBindings(email, policies).map(({ uid }) => uid);
}

/** The bindings that still name a deleted account: they apply again only if that very account is restored. */
export function deletedBindings(
  email: string,
  policies: readonly PolicyLevel[],
): { uid: string; role: string; resource: string }[] {
  const start = `deleted:serviceaccount:${email.toLowerCase()}?uid=`;
  return policies.flatMap((level) =>
    level.state === 'unread'
      ? []
      : level.policy.bindings.flatMap(({ role, members }) =>
          members
            .filter((member) => member.toLowerCase().startsWith(start))
            .map((member) => ({ uid: member.slice(start.length), role, resource: level.resource })),
        ),
  );
}

/** Whether the account of today is another than the one whose bindings are left: it was deleted and made again. */
export function wasRecreated(email: string, uniqueId: string, policies: readonly PolicyLevel[]): boolean {
  return deletedIds(email, policies).some((uid) => uid !== '' && uid !== uniqueId);
}
