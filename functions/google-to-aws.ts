/** AWS credentials for a program that runs in Google Cloud, without keys. */
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { LocalizedError } from '../shared/localized-error.ts';
import type { FederationSettings } from '../shared/settings.ts';
import type { Localized } from '../shared/words.ts';
import type { AwsClientSettings } from './aws-clients.ts';
import { sessionCredentials, type CredentialsProvider } from './session-credentials.ts';

/**
 * Shows an identity token of Google to STS, which gives an hour of the role. The SDK asks again when that ends.
 * @param identityToken makes a token for an audience
 */
export function awsCredentialsFromGoogle(
  { roleArn, audience }: FederationSettings,
  identityToken: (audience: string) => Promise<string>,
  { region, endpoint }: Pick<AwsClientSettings, 'region' | 'endpoint'>,
): CredentialsProvider {
  const sts = new STSClient({ ...(region && { region }), ...(endpoint && { endpoint }) });
  return async () => {
    const WebIdentityToken = await identityToken(audience);
    const RoleSessionName = 'clusterwhy-gke';
    const command = new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn,
      RoleSessionName,
      WebIdentityToken,
    });
    try {
      return sessionCredentials((await sts.send(command)).Credentials);
    } catch (cause) {
      throw new LocalizedError(tokenRefused({ roleArn, audience }, (cause as Error).message), { cause });
    }
  };
}

/** @param said by STS */
function tokenRefused(
  { roleArn, audience }: Pick<FederationSettings, 'roleArn' | 'audience'>,
  said: string,
): Localized {
  return {
    en: `Cannot take on ${roleArn}: STS refused the identity token of Google (${said}); its trust policy must name the unique id of this service account as accounts.google.com:sub and "${audience}" as accounts.google.com:oaud`,
    ja: `${roleArn} を引き受けられません: STS が Google の ID トークンを拒否しました (${said})。信頼ポリシーで、このサービスアカウントの一意の ID を accounts.google.com:sub に、"${audience}" を accounts.google.com:oaud に指定してください`,
  };
}
