/** Google Cloud IAM policies as the auditor holds them: the bindings of one resource, and those it inherits. */
import type { Localized } from '../words.ts';

/** One binding of a policy read with `requestedPolicyVersion: 3`. */
export interface Binding {
  /** `roles/x`, `projects/P/roles/x` or `organizations/O/roles/x`. */
  role: string;
  /** `user:…`, `serviceAccount:…`, `group:…`, `principalSet://…`, `deleted:serviceAccount:…?uid=…`, `allUsers` … */
  members: string[];
  /** Null where the binding always holds. */
  condition: { title: string | null; expression: string } | null;
}

/** `Policy` of Resource Manager, IAM (service accounts), Compute (subnetworks) and KMS. */
export interface IamPolicy {
  bindings: Binding[];
  /** `auditConfigs[]`: which Data Access logs are written; `allServices` stands for every service. */
  auditConfigs: { service: string; logTypes: string[]; exemptedMembers: string[] }[];
}

/** The policy of one resource on the way from a resource up to its organization. */
export type PolicyLevel =
  | { resource: string; state: 'read'; policy: IamPolicy }
  | {
      resource: string;
      state: 'unread';
      why: Localized;
      /** What people are told of a resource whose name is not known: `the parent of folders/1`. */
      named?: Localized;
    };

/** `Role` of iam v1 roles.get; a deleted or disabled role grants nothing. */
export interface RoleDefinition {
  permissions: string[];
  /** `ALPHA`, `BETA`, `GA`, `DEPRECATED`, `DISABLED`, `EAP`; null where the API gives none. */
  stage: string | null;
  deleted: boolean;
}

/** What became of looking for one named thing. */
export type Lookup<T> =
  { state: 'exists'; value: T } | { state: 'missing' } | { state: 'unread'; why: Localized };

/** Why there is no answer, where that is not the cloud's doing. */
export const unreadBecause = {
  notAskedFor: { en: 'it was not asked for', ja: '読み取りの対象ではありませんでした' },
  notRead: { en: 'it was not read', ja: '読み取られていません' },
  notFound: { en: 'it was not found', ja: '見つかりませんでした' },
  ofAnotherProject: { en: 'it belongs to another project', ja: '別のプロジェクトのものです' },
} as const satisfies Record<string, Localized>;
