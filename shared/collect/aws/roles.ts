import { paginateListRoles, type Role as IamRole } from '@aws-sdk/client-iam';
import { isoSeconds } from '../../domain/cloudtrail-record.ts';
import type { Role } from '../../domain/web-identity.ts';
import type { Reader } from '../reader.ts';
import { gapOf } from './refusal.ts';
import type { AwsSource } from './source.ts';

const listing = { en: 'list the IAM roles', ja: 'IAM ロールの一覧を取得' };

/** All IAM roles with their trust policies, by one paged list. */
export const rolesReader: Reader<AwsSource, Role[]> = {
  permissions: ['iam:ListRoles'],
  async read({ clients, signal }) {
    const roles: Role[] = [];
    try {
      const pages = paginateListRoles({ client: clients.iam, pageSize: 1000 }, {}, { abortSignal: signal });
      for await (const page of pages) roles.push(...(page.Roles ?? []).map(roleOf));
      return { state: 'whole', value: roles };
    } catch (error) {
      const attempt = { action: listing, permission: 'iam:ListRoles', location: null };
      const gaps = [gapOf(error, attempt)];
      return roles.length > 0 ? { state: 'partial', value: roles, gaps } : { state: 'unread', gaps };
    }
  },
};

/** A role as IAM lists it. */
export function roleOf(role: IamRole): Role {
  return {
    arn: role.Arn ?? '',
    name: role.RoleName ?? '',
    path: role.Path ?? '/',
    trustPolicy: policyOf(role.AssumeRolePolicyDocument ?? ''),
    maxSessionDuration: role.MaxSessionDuration ?? 3600,
    createdAt: isoSeconds(role.CreateDate),
  };
}

/** IAM gives policy documents URL-encoded (RFC 3986); a text that is no JSON is kept as text. */
export function policyOf(document: string): unknown {
  let text = document;
  try {
    text = decodeURIComponent(document);
    return JSON.parse(text);
  } catch {
    // Neither fault is ours to hide: the text itself is what IAM holds, and the evaluator says that it is no policy.
    return text;
  }
}
