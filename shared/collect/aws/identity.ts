import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { LocalizedError } from '../../localized-error.ts';
import type { Localized } from '../../words.ts';
import { cannot } from '../cannot.ts';
import { messageOf, refusalKind, type RefusalKind } from './refusal.ts';
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
export class CredentialsError extends LocalizedError {
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
    throw new LocalizedError(noAccount);
  }
  return { account, partition, arn: arn ?? '' };
}

const noAccount = {
  en: 'Cannot tell the AWS account: STS answered without account or ARN; check the endpoint',
  ja: 'AWS アカウントを確認できません: STS の応答にアカウントまたは ARN がありません。エンドポイントを確認してください',
};

const reading = { en: 'read the AWS account', ja: 'AWS アカウントを確認' };

function explained(cause: unknown): Error {
  const said = messageOf(cause);
  const kind = refusalKind(cause);
  const refusal = refusals[kind]?.(said);
  if (refusal) return new CredentialsError(cannot(reading, refusal), { cause });
  return new LocalizedError(cannot(reading, noAnswer(said)), { cause });
}

const notAccepted = (said: string) => ({
  en: `STS does not accept the credentials (${said}); check that the region in use is one that the account has enabled, or sign in again, or choose others with --profile`,
  ja: `STS が認証情報を受け付けません (${said})。使用するリージョンがアカウントで有効かどうかを確認するか、もう一度サインインするか、--profile で別の認証情報を指定してください`,
});

const refusals: Partial<Record<RefusalKind, (said: string) => Localized>> = {
  'no credentials': (said) => ({
    en: `no credentials were found (${said}); sign in with \`aws login\` or \`aws sso login\`, set AWS_PROFILE, or pass --profile`,
    ja: `認証情報が見つかりません (${said})。\`aws login\` または \`aws sso login\` でサインインするか、AWS_PROFILE を設定するか、--profile を指定してください`,
  }),
  expired: (said) => ({
    en: `the credentials have expired (${said}); sign in again`,
    ja: `認証情報の有効期限が切れています (${said})。もう一度サインインしてください`,
  }),
  'not enabled': notAccepted,
  denied: notAccepted,
};

function noAnswer(said: string): Localized {
  return {
    en: `STS did not answer (${said}); check the network, the region and AWS_ENDPOINT_URL`,
    ja: `STS から応答がありません (${said})。ネットワーク、リージョン、AWS_ENDPOINT_URL を確認してください`,
  };
}
