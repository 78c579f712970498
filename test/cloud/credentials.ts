/** Credentials that the simulated cloud knows: the access key tells the account, nothing is secret. */
import { createHash } from 'node:crypto';

export interface FakeCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

const keyPrefix = 'AKIASIMU';
const expiredPrefix = 'AKIAGONE';

/** Long-lived credentials of a user of the account. */
export function credentialsOf(account: string): FakeCredentials {
  return { accessKeyId: keyPrefix + account, secretAccessKey: secret(account) };
}

/** Credentials of the account that every service answers to with "expired". */
export function expiredCredentialsOf(account: string): FakeCredentials {
  return { accessKeyId: expiredPrefix + account, secretAccessKey: secret(account), sessionToken: 'expired' };
}

/** Credentials of a role's session; `seed` tells sessions apart. */
export function sessionCredentials(account: string, seed: string): Required<FakeCredentials> {
  const digest = createHash('sha256').update(seed).digest('hex').toUpperCase();
  return {
    accessKeyId: `ASIA${digest.slice(0, 16)}`,
    secretAccessKey: secret(account + seed),
    sessionToken: `session-${digest.slice(16)}`,
  };
}

/** The account in a user's access key and whether the key has expired; null for a key that is none of ours. */
export function readAccessKey(accessKeyId: string): { account: string; expired: boolean } | null {
  const [, prefix, account] = /^(AKIA[A-Z]{4})(\d{12})$/.exec(accessKeyId) ?? [];
  if (!account || (prefix !== keyPrefix && prefix !== expiredPrefix)) return null;
  return { account, expired: prefix === expiredPrefix };
}

/** Environment of a child process whose SDK or command line shall talk to the simulated cloud. */
export function environmentOf(
  account: string,
  endpoint: string,
  region = 'eu-west-1',
): Record<string, string> {
  const { accessKeyId, secretAccessKey } = credentialsOf(account);
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

function secret(seed: string): string {
  return createHash('sha256').update(`secret of ${seed}`).digest('base64').slice(0, 40);
}
