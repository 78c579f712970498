/** Members of IAM policies that stand for Kubernetes service accounts (Workload Identity Federation for GKE). */

import type { Words } from '../words.ts';

/** A Kubernetes service account as a policy names it. */
export type WorkloadMember =
  /** `form` is `account` for `serviceAccount:POOL[NS/KSA]`, `principal` for `principal://…/subject/ns/NS/sa/KSA`. */
  | { state: 'valid'; form: 'account' | 'principal'; pool: string; namespace: string; name: string }
  /** Meant as one, and can match none. */
  | { state: 'malformed'; /** Why, as a clause. */ why: Words }
  /** A user, a group, a whole namespace or cluster: something else. */
  | { state: 'other' };

/** The annotation that pairs a Kubernetes service account with a Google one. */
export const accountAnnotation = 'iam.gke.io/gcp-service-account';
export const workloadUserRole = 'roles/iam.workloadIdentityUser';

const poolSuffix = '.svc.id.goog';
const label = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/**
 * Reads one member.
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity
 */
export function parseWorkloadMember(member: string): WorkloadMember {
  if (member.startsWith('serviceAccount:') && member.includes(poolSuffix)) return parseAccountForm(member);
  if (/^principal:\/\/iam\.googleapis\.com\//.test(member) && member.includes(poolSuffix))
    return parsePrincipalForm(member);
  return { state: 'other' };
}

function parseAccountForm(member: string): WorkloadMember {
  const [, pool = '', rest = ''] = /^serviceAccount:([^[\]]*)(.*)$/s.exec(member) ?? [];
  if (pool === poolSuffix)
    return malformed(`it names no project before ${poolSuffix}`, `${poolSuffix} の前にプロジェクトがない`);
  if (!pool.endsWith(poolSuffix)) return { state: 'other' };
  const subject = /^\[([^/[\]]*)\/([^/[\]]*)\]$/.exec(rest);
  if (!subject) return malformed('it does not end in [NAMESPACE/NAME]', '[NAMESPACE/NAME] で終わっていない');
  return named('account', pool, subject[1] ?? '', subject[2] ?? '');
}

function parsePrincipalForm(member: string): WorkloadMember {
  const match =
    /^principal:\/\/iam\.googleapis\.com\/projects\/([^/]*)\/locations\/([^/]*)\/workloadIdentityPools\/([^/]*)\/(.*)$/s.exec(
      member,
    );
  if (!match)
    return malformed(
      'its path is not projects/NUMBER/locations/global/workloadIdentityPools/…',
      'パスが projects/NUMBER/locations/global/workloadIdentityPools/… ではない',
    );
  const [, number = '', location, pool = '', rest = ''] = match;
  const project = pool.slice(0, -poolSuffix.length);
  if (!/^\d+$/.test(number)) return withoutNumber(number, /^\d+$/.test(project));
  if (/^\d*$/.test(project))
    return malformed(
      `the pool "${pool}" must begin with the project's id`,
      `プール "${pool}" がプロジェクト ID で始まっていない`,
    );
  if (location !== 'global')
    return malformed(
      `its location is "${location ?? ''}" instead of global`,
      `ロケーションが global ではなく "${location ?? ''}" である`,
    );
  const subject = /^subject\/ns\/([^/]*)\/sa\/([^/]*)$/.exec(rest);
  if (!subject)
    return malformed(
      'it does not end in subject/ns/NAMESPACE/sa/NAME',
      'subject/ns/NAMESPACE/sa/NAME で終わっていない',
    );
  return named('principal', pool, subject[1] ?? '', subject[2] ?? '');
}

function named(form: 'account' | 'principal', pool: string, namespace: string, name: string): WorkloadMember {
  if (!label.test(namespace))
    return malformed(`"${namespace}" is no namespace`, `"${namespace}" が名前空間の名前ではない`);
  if (!label.test(name))
    return malformed(
      `"${name}" is no name of a service account`,
      `"${name}" がサービスアカウントの名前ではない`,
    );
  return { state: 'valid', form, pool, namespace, name };
}

function withoutNumber(project: string, isSwapped: boolean): WorkloadMember {
  return malformed(
    `projects/${project} must be the project's number${isSwapped ? '; id and number are swapped' : ''}`,
    `projects/${project} がプロジェクト番号ではない${isSwapped ? ' (ID と番号が入れ替わっている)' : ''}`,
  );
}

function malformed(en: string, ja: string): WorkloadMember {
  return { state: 'malformed', why: { en, ja } };
}

/** The member for a Kubernetes service account of a pool, as the annotation asks for it. */
export function workloadMember(pool: string, namespace: string, name: string): string {
  return `serviceAccount:${pool}[${namespace}/${name}]`;
}

/** Whether two different names are one slip apart: up to two letters changed, added, dropped or swapped. */
export function isNearMiss(a: string, b: string): boolean {
  if (a === b || a.length > 253 || Math.abs(a.length - b.length) > 2 || Math.min(a.length, b.length) < 4)
    return false;
  return editDistance(a, b) <= 2;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
