/** AWS credentials for a program that runs in Google Cloud, without keys. */
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { FederationSettings } from '../shared/settings.ts';
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
      throw new Error(
        `Cannot take on ${roleArn}: STS refused the identity token of Google (${(cause as Error).message}); its trust policy must name the unique id of this service account as accounts.google.com:sub and "${audience}" as accounts.google.com:oaud`,
        { cause },
      );
    }
  };
}
