import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { messageOf, refusalKind } from './refusal.ts';
import type { AwsClients } from './source.ts';

/** Whose credentials are at hand. */
export interface Identity {
  /** Account id, 12 digits. */
  account: string;
  /** `aws`, `aws-cn`, `aws-us-gov` … */
  partition: string;
  /** ARN of the user, or of the role's session. */
  arn: string;
}

export const identityPermissions = ['sts:GetCallerIdentity'] as const;

/** There are no usable AWS credentials; the message says what to do. */
export class CredentialsError extends Error {
  override name = 'CredentialsError';
}

/** Asks STS who we are. Throws a `CredentialsError` where that needs other credentials, else an `Error`. */
export async function readIdentity(clients: Pick<AwsClients, 'sts'>, signal: AbortSignal): Promise<Identity> {
  let arn: string | undefined;
  let account: string | undefined;
  try {
    const answer = await clients.sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
    [arn, account] = [answer.Arn, answer.Account];
  } catch (error) {
    signal.throwIfAborted();
    throw explained(error);
  }
  const partition = /^arn:([a-z-]+):/.exec(arn ?? '')?.[1];
  if (!account || !partition) {
    throw new Error(`Cannot tell the AWS account: STS answered without account or ARN; check the endpoint`);
  }
  return { account, partition, arn: arn ?? '' };
}

function explained(cause: unknown): Error {
  const said = messageOf(cause);
  switch (refusalKind(cause)) {
    case 'no credentials':
      return new CredentialsError(
        `Cannot read the AWS account: no credentials were found (${said}); sign in with \`aws login\` or \`aws sso login\`, set AWS_PROFILE, or pass --profile`,
        { cause },
      );
    case 'expired':
      return new CredentialsError(
        `Cannot read the AWS account: the credentials have expired (${said}); sign in again`,
        { cause },
      );
    case 'not enabled':
    case 'denied':
      return new CredentialsError(
        `Cannot read the AWS account: STS does not accept the credentials (${said}); check that the region in use is one that the account has enabled, or sign in again, or choose others with --profile`,
        { cause },
      );
    default:
      return new Error(
        `Cannot read the AWS account: STS did not answer (${said}); check the network, the region and AWS_ENDPOINT_URL`,
        { cause },
      );
  }
}
