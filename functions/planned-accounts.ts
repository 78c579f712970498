/** The accounts of an organization's run, as `plan` leaves them in the bucket for the map and the digest. */
import * as z from 'zod/mini';
import type { Bucket } from '../shared/deliver/bucket.ts';
import type { AccountOwner } from '../shared/fold-reports.ts';

const schema = z.array(
  z.object({ account: z.string(), name: z.string(), unit: z.string(), owner: z.string() }),
);

/** @throws {Error} where there is no such list, or one of another version. */
export async function plannedAccounts(bucket: Bucket, key: string): Promise<AccountOwner[]> {
  const stored = await bucket.read(key);
  try {
    return schema.parse(JSON.parse(stored?.text ?? ''));
  } catch (error) {
    throw new Error(
      `Cannot read the accounts of the run in s3://${bucket.name}/${key}: ${stored ? 'they are not what this version writes' : 'there is no such object'}; start the run again`,
      { cause: error },
    );
  }
}
