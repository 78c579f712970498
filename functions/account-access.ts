/** How the audit comes into an account: with its own credentials, or through the role of a member of the organization. */
import * as z from 'zod/mini';
import type { AwsClients, OtherAccounts } from '../shared/collect/aws/account.ts';
import { readIdentity } from '../shared/collect/aws/identity.ts';
import type { Bucket } from '../shared/deliver/bucket.ts';
import { readOrganizationSettings } from '../shared/organization-settings.ts';
import { environment } from '../shared/settings.ts';
import { makeAwsClients, makeStsClient } from './aws-clients.ts';
import type { AuditEvent } from './event.ts';
import { checkMember, memberClients } from './member-clients.ts';

export interface AccountAccess {
  clients: AwsClients;
  otherAccounts?: OtherAccounts;
}

/** How long STS may take. */
const longestMs = 30_000;

/** @throws {MemberRoleError} where the account lets nobody in. */
export async function openAccount(
  { account, issuersKey }: Pick<AuditEvent, 'account' | 'issuersKey'>,
  bucket: Bucket,
): Promise<AccountAccess> {
  const name = environment.organization;
  const organization = readOrganizationSettings(name, process.env[name]);
  if (!organization || account === undefined) return { clients: makeAwsClients() };
  const sts = makeStsClient();
  const { account: ownAccount, partition } = await readIdentity({ sts }, AbortSignal.timeout(longestMs));
  const clients = memberClients(account, { ...organization, ownAccount, partition, sts, settings: {} });
  await checkMember(clients);
  if (issuersKey === undefined) return { clients };
  return { clients, otherAccounts: await readOtherAccounts(bucket, issuersKey) };
}

const schema = z.object({ issuers: z.array(z.string()), allRead: z.boolean() });

async function readOtherAccounts(bucket: Bucket, key: string): Promise<OtherAccounts> {
  const stored = await bucket.read(key);
  try {
    return schema.parse(JSON.parse(stored?.text ?? ''));
  } catch (error) {
    throw new Error(
      `Cannot read the issuers of all clusters in s3://${bucket.name}/${key}: ${stored ? 'they are not what this version writes' : 'there is no such object'}; start the run again`,
      { cause: error },
    );
  }
}
