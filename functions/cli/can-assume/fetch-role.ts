import { GetRoleCommand } from '@aws-sdk/client-iam';
import { parseRoleArn, roleArnFault } from '../../../shared/domain/arn.ts';
import { gapOf } from '../../../shared/collect/aws/refusal.ts';
import { makeAwsClients } from '../../aws-clients.ts';
import type { Localized } from '../../../shared/words.ts';
import { UserError } from '../user-error.ts';
import { unwrap, type TrustPolicySource } from './read-trust-policy.ts';

/** Reads a role's trust policy from AWS; throws a UserError where that is not possible. */
export async function fetchRole(arn: string, profile: string | undefined): Promise<TrustPolicySource> {
  const name = parseRoleArn(arn)?.name;
  if (name === undefined)
    throw new UserError({
      en: `"${arn}" is no ARN of a role: it ${roleArnFault(arn)?.en ?? 'cannot be read'}`,
      ja: `"${arn}" はロールの ARN ではありません: ${roleArnFault(arn)?.ja ?? '読み取れません'}`,
    });
  const { iam } = makeAwsClients(profile === undefined ? {} : { profile });
  try {
    const { Role: role } = await iam.send(new GetRoleCommand({ RoleName: name }));
    if (role?.Arn !== arn) throw new UserError(notTheRole(arn, role?.Arn));
    return { policy: unwrap(role.AssumeRolePolicyDocument), roleArn: arn };
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(arn, error);
  }
}

/** Another path or account than was named. */
function notTheRole(arn: string, found: string | undefined): Localized {
  return {
    en: `The account of these credentials has no ${arn}, but ${found ?? 'nothing'} of the same name; use credentials of the role's account, or name the role with its path`,
    ja: `この認証情報のアカウントに ${arn} はなく、同じ名前のものは ${found ?? '見つかりません'}: ロールのアカウントの認証情報を使用するか、パスを含めてロールを指定してください`,
  };
}

function unreadable(arn: string, error: unknown): Error {
  if ((error as Error).name === 'NoSuchEntityException')
    return new UserError(
      {
        en: `The role ${arn} does not exist in the account of these credentials: check its name, or use --profile`,
        ja: `ロール ${arn} は、この認証情報のアカウントに存在しません: 名前を確認するか、--profile を指定してください`,
      },
      { cause: error },
    );
  const action = { en: `read the role ${arn}`, ja: `ロール ${arn} を取得` };
  const gap = gapOf(error, { action, permission: 'iam:GetRole', location: null });
  return new UserError(gap.why, { cause: error });
}
