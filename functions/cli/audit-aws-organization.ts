/** `clusterwhy audit --aws-organization`: every account of the organization, through the role that each holds ready. */
import { externalIdPattern, roleNamePattern, usualMemberRole } from '../../shared/organization-settings.ts';
import type { Report } from '../../shared/report.ts';
import { auditOrganization, type OrganizationRequest } from '../audit-organization.ts';
import type { CloudOptions } from './choose-clouds.ts';
import { startProgress } from './progress.ts';
import type { Session } from './session.ts';
import { UserError } from './user-error.ts';

export interface AwsOrganizationOptions {
  awsOrganization?: boolean;
  memberRole?: string;
  externalId?: string;
}

/** What is asked of every account. */
type Asked = Omit<OrganizationRequest, 'settings' | 'onAccount' | 'signal'>;

/** Throws a `UserError` for options that do not go together. */
export function checkAwsOrganization(options: AwsOrganizationOptions & CloudOptions): void {
  const { awsOrganization, memberRole, externalId } = options;
  const ofGoogle = (['gcp', 'project', 'organization', 'canary', 'connect'] as const).find(
    (one) => options[one],
  );
  if (awsOrganization && ofGoogle)
    throw new UserError(
      `Cannot use --${ofGoogle} with --aws-organization: the accounts of AWS are read by themselves; run it once more for Google Cloud`,
    );
  const stray =
    memberRole !== undefined ? '--member-role' : externalId !== undefined ? '--external-id' : null;
  if (stray && !awsOrganization)
    throw new UserError(`Cannot use ${stray} without --aws-organization: drop it, or add that`);
  refuse('--member-role', memberRole, roleNamePattern, 'the name of an IAM role, without its path');
  refuse('--external-id', externalId, externalIdPattern, 'letters, digits and +=,.@:/-, at least two');
}

function refuse(option: string, value: string | undefined, pattern: RegExp, allowed: string): void {
  if (value !== undefined && !pattern.test(value))
    throw new UserError(`Cannot use ${option} ${value}: it must be ${allowed}`);
}

export async function auditAwsOrganization(
  session: Session,
  { memberRole: roleName = usualMemberRole, externalId }: AwsOrganizationOptions,
  asked: Asked,
): Promise<Report> {
  const nobody = { accounts: [], units: [], tags: [] };
  const settings = {
    roleName,
    externalId: externalId ?? null,
    include: nobody,
    exclude: nobody,
    ownerTag: null,
  };
  const progress = await startProgress(session, session.says.reading.organization);
  try {
    return await auditOrganization({
      ...asked,
      settings,
      onAccount: (done, of, { account }) => progress.show({ kind: 'account', account, done, of }),
      signal: new AbortController().signal,
    });
  } finally {
    progress.stop();
  }
}
