/** The clients for another account of the organization, through the role that it holds ready for the auditor. */
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { AwsClients } from '../shared/collect/aws/account.ts';
import { LocalizedError } from '../shared/localized-error.ts';
import type { MemberRole } from '../shared/organization-settings.ts';
import type { Localized } from '../shared/words.ts';
import { makeAwsClients, type AwsClientSettings } from './aws-clients.ts';
import { sessionCredentials, type CredentialsProvider } from './session-credentials.ts';

export interface MemberAccess extends MemberRole {
  /** `aws`, `aws-cn`, `aws-us-gov` … */
  partition: string;
  /** The account that the auditor itself runs in: it is read with the auditor's own credentials. */
  ownAccount: string;
  /** Of the auditor itself. */
  sts: STSClient;
  /** How clients are made, but for their credentials. */
  settings: AwsClientSettings;
}

/** The account lets nobody in; the message says what to do. */
export class MemberRoleError extends LocalizedError {
  override name = 'MemberRoleError';
}

/** Clients whose first request takes on the member's role; it throws a `MemberRoleError` where that is refused. */
export function memberClients(account: string, access: MemberAccess): AwsClients {
  const { settings, ownAccount } = access;
  if (account === ownAccount) return makeAwsClients(settings);
  return makeAwsClients({ ...settings, credentials: memberCredentials(account, access) });
}

/** Takes on the role now, so that a refusal is told as such and not as trouble of a reader. */
export async function checkMember(clients: AwsClients): Promise<void> {
  await clients.sts.config.credentials();
}

/** An hour at most: so long may a session last that another session opened. */
const sessionSeconds = 3600;

function memberCredentials(
  account: string,
  { partition, roleName, externalId, sts }: MemberAccess,
): CredentialsProvider {
  const roleArn = `arn:${partition}:iam::${account}:role/${roleName}`;
  return async () => {
    const command = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: 'clusterwhy',
      DurationSeconds: sessionSeconds,
      ...(externalId !== null && { ExternalId: externalId }),
    });
    try {
      return sessionCredentials((await sts.send(command)).Credentials);
    } catch (cause) {
      throw new MemberRoleError(refusedRole(account, roleArn, (cause as Error).message), { cause });
    }
  };
}

/** @param said by STS */
function refusedRole(account: string, roleArn: string, said: string): Localized {
  return {
    en: `Cannot audit the account ${account}: it did not let the auditor take on ${roleArn} (${said}); deploy the role there, with "clusterwhy member-role" as the template of a StackSet, or leave the account out`,
    ja: `アカウント ${account} を監査できません: 監査者が ${roleArn} を引き受けることが許可されていません (${said})。"clusterwhy member-role" を StackSet のテンプレートとしてロールをデプロイするか、このアカウントを対象から外してください`,
  };
}

const refusedRoleForm =
  /^Cannot audit the account (\d{12}): it did not let the auditor take on (\S+) \((.*)\); deploy the role there, /s;

/** The same of the message alone, which is all that is left where another process threw it; null for any other. */
export function refusedRoleIn(message: string): Localized | null {
  const [, account, roleArn, said] = refusedRoleForm.exec(message) ?? [];
  return account && roleArn && said !== undefined ? refusedRole(account, roleArn, said) : null;
}
