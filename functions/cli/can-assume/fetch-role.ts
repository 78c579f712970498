import { GetRoleCommand } from '@aws-sdk/client-iam';
import { parseRoleArn, roleArnFault } from '../../../shared/domain/arn.ts';
import { gapOf } from '../../../shared/collect/aws/refusal.ts';
import { makeAwsClients } from '../../aws-clients.ts';
import { UserError } from '../user-error.ts';
import { unwrap, type TrustPolicySource } from './read-trust-policy.ts';

/** Reads a role's trust policy from AWS; throws a UserError where that is not possible. */
export async function fetchRole(arn: string, profile: string | undefined): Promise<TrustPolicySource> {
  const name = parseRoleArn(arn)?.name;
  if (name === undefined)
    throw new UserError(`"${arn}" is no ARN of a role: it ${roleArnFault(arn)?.en ?? 'cannot be read'}`);
  const { iam } = makeAwsClients(profile === undefined ? {} : { profile });
  try {
    const { Role: role } = await iam.send(new GetRoleCommand({ RoleName: name }));
    if (role?.Arn !== arn)
      throw new UserError(
        `The account of these credentials has no ${arn}, but ${role?.Arn ?? 'nothing'} of the same name; use credentials of the role's account, or name the role with its path`,
      );
    return { policy: unwrap(role.AssumeRolePolicyDocument), roleArn: arn };
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(arn, error);
  }
}

function unreadable(arn: string, error: unknown): Error {
  if ((error as Error).name === 'NoSuchEntityException')
    return new UserError(
      `The role ${arn} does not exist in the account of these credentials: check its name, or use --profile`,
      { cause: error },
    );
  const gap = gapOf(error, { action: `read the role ${arn}`, permission: 'iam:GetRole', location: null });
  return new UserError(gap.why, { cause: error });
}
