import type { Credentials } from '@aws-sdk/client-sts';
import type { AwsClientSettings } from './aws-clients.ts';

/** Gives credentials whenever a client needs fresh ones. */
export type CredentialsProvider = Extract<
  NonNullable<AwsClientSettings['credentials']>,
  (...given: never[]) => unknown
>;

/** The session that STS gave, as clients take it. */
export function sessionCredentials(given: Credentials | undefined): Awaited<ReturnType<CredentialsProvider>> {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken)
    throw new Error('the answer of STS holds no credentials');
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    ...(Expiration && { expiration: Expiration }),
  };
}
