/** Who changed what, from Admin Activity logs. */
import { en, ja, type Words } from '../words.ts';
import type { AdminActivity } from './google-audit.ts';

/** The newest entry that took a role from a member, unless it was given back later; null where the log shows none. */
export function removalOf(
  adminActivity: readonly AdminActivity[],
  role: string,
  member: string,
): AdminActivity | null {
  const newest = newestFirst(adminActivity).find(
    ({ error, bindingDeltas }) =>
      error === null && bindingDeltas.some((delta) => delta.role === role && isMember(delta.member, member)),
  );
  const isRemoval = newest?.bindingDeltas.some(
    (delta) => delta.action === 'REMOVE' && delta.role === role && isMember(delta.member, member),
  );
  return newest && isRemoval ? newest : null;
}

function isMember(text: string, member: string): boolean {
  const plain = text.replace(/^deleted:/, '').split('?')[0] ?? '';
  return plain.toLowerCase() === member.toLowerCase();
}

/** The newest entry that disabled or deleted a service account, named by email or unique id; null where there is none. */
export function accountChange(
  adminActivity: readonly AdminActivity[],
  kind: 'Disable' | 'Delete',
  account: { email: string; uniqueId: string | null },
): AdminActivity | null {
  const found = newestFirst(adminActivity).find(
    ({ error, method, resource, labels }) =>
      error === null &&
      method.endsWith(`${kind}ServiceAccount`) &&
      [labels.email_id, labels.unique_id, resource.split('/').at(-1)].some(
        (name) => name !== undefined && [account.email, account.uniqueId].includes(name.toLowerCase()),
      ),
  );
  return found ?? null;
}

/** The newest entry that turned an API off; null where there is none. */
export function apiTurnedOff(adminActivity: readonly AdminActivity[], api: string): AdminActivity | null {
  const found = newestFirst(adminActivity).find(
    ({ error, method, resource, labels }) =>
      error === null &&
      /(^|\.)(DisableServices?|DeactivateServices?)$/i.test(method) &&
      `${resource} ${Object.values(labels).join(' ')}`.includes(api),
  );
  return found ?? null;
}

/** The newest entry that deleted a cluster of that name and location; null where there is none. */
export function clusterDeletion(
  adminActivity: readonly AdminActivity[],
  cluster: { name: string; location: string },
): AdminActivity | null {
  const found = newestFirst(adminActivity).find(
    ({ error, method, resource, labels }) =>
      error === null &&
      /\.DeleteCluster$/.test(method) &&
      (labels.cluster_name ?? resource.split('/').at(-1)) === cluster.name &&
      (labels.location ?? resource.split('/').at(-3)) === cluster.location,
  );
  return found ?? null;
}

/** `alice@example.com on 2026-01-01T06:00:00Z (SetIamPolicy)`. */
export function describeChange({ principal, time, method }: AdminActivity): Words {
  const who = principal ?? nameless;
  const name = method.split('.').at(-1) ?? method;
  return { en: en`${who} on ${time} (${name})`, ja: ja`${who}、${time} (${name})` };
}

const nameless = { en: 'someone the log does not name', ja: 'ログに名前のない実行者' };

function newestFirst(adminActivity: readonly AdminActivity[]): AdminActivity[] {
  return [...adminActivity].sort((a, b) => (a.time < b.time ? 1 : -1));
}
