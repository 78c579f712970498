/** `clusterwhy audit --aws-organization`: every account of the organization, through the role that each holds ready. */
import { usualMemberRole } from '../../shared/organization-settings.ts';
import type { Report } from '../../shared/report.ts';
import { auditOrganization, type OrganizationRequest } from '../audit-organization.ts';
import { checkOption, externalIds, roleName } from './check-option.ts';
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
    throw new UserError({
      en: `Cannot use --${ofGoogle} with --aws-organization: the accounts of AWS are read by themselves; run it once more for Google Cloud`,
      ja: `--${ofGoogle} は --aws-organization と同時に使用できません: AWS のアカウントだけを読み取るため、Google Cloud については別に実行してください`,
    });
  const stray =
    memberRole !== undefined ? '--member-role' : externalId !== undefined ? '--external-id' : null;
  if (stray && !awsOrganization)
    throw new UserError({
      en: `Cannot use ${stray} without --aws-organization: drop it, or add that`,
      ja: `${stray} は --aws-organization なしでは使用できません: 外すか、--aws-organization を追加してください`,
    });
  checkOption('--member-role', memberRole, roleName);
  checkOption('--external-id', externalId, externalIds);
}

export async function auditAwsOrganization(
  session: Session,
  { memberRole = usualMemberRole, externalId }: AwsOrganizationOptions,
  asked: Asked,
): Promise<Report> {
  const nobody = { accounts: [], units: [], tags: [] };
  const settings = {
    roleName: memberRole,
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
