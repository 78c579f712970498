import { LocalizedError } from '../shared/localized-error.ts';
import type { Settings } from '../shared/settings.ts';
import type { AwsClientSettings } from './aws-clients.ts';

/**
 * The password of the mail server, where the settings name a secret in AWS Secrets Manager that holds it (as its whole
 * text); undefined where they name none. Needs secretsmanager:GetSecretValue.
 */
export async function readSmtpPassword(
  { mail }: Settings,
  { profile, region, credentials, endpoint }: AwsClientSettings,
): Promise<string | undefined> {
  const secret = mail?.transport.kind === 'smtp' ? mail.transport.passwordSecret : null;
  if (secret === null) return undefined;
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({
    ...(profile !== undefined && { profile }),
    ...(region !== undefined && { region }),
    ...(credentials !== undefined && { credentials }),
    ...(endpoint !== undefined && { endpoint }),
  });
  try {
    const { SecretString: password } = await client.send(new GetSecretValueCommand({ SecretId: secret }));
    if (password) return password;
  } catch (error) {
    const why = (error as Error).message;
    throw new LocalizedError(
      {
        en: `Cannot read the mail server's password from the secret ${secret}: ${why}; grant secretsmanager:GetSecretValue on it`,
        ja: `メールサーバーのパスワードをシークレット ${secret} から取得できません: ${why}。これに対する secretsmanager:GetSecretValue を許可してください`,
      },
      { cause: error },
    );
  }
  throw new LocalizedError({
    en: `Cannot use the secret ${secret}: it holds no text; store the password as its text`,
    ja: `シークレット ${secret} を使用できません: テキストがありません。パスワードをテキストとして保存してください`,
  });
}
