/** Which accounts of the organization a run audits, and the issuers of all their clusters: both go into the bucket. */
import type { Identity } from '../shared/collect/aws/identity.ts';
import type { Bucket } from '../shared/deliver/bucket.ts';
import { planKey } from '../shared/deliver/report-key.ts';
import type { OrganizationSettings } from '../shared/organization-settings.ts';
import type { RunRequest } from './event.ts';
import { readOrganization } from './read-organization.ts';

export interface OrganizationPlan {
  /** `o-…`. */
  organization: string;
  /** How many accounts are audited. */
  accountCount: number;
  /** Keys in the bucket. */
  accountsKey: string;
  issuersKey: string;
}

interface PlanOptions {
  settings: OrganizationSettings;
  identity: Identity;
  bucket: Bucket;
  /** Milliseconds that reading the issuers may take. */
  deadlineMs: number;
}

/** @throws {Error} where Organizations refuses, or no account is left. */
export async function planOrganization(
  { runId, request }: { runId: string; request: RunRequest },
  { settings, identity, bucket, deadlineMs }: PlanOptions,
): Promise<OrganizationPlan> {
  const signal = AbortSignal.timeout(Math.max(1, deadlineMs));
  const { regions } = request;
  const { id, owners, others } = await readOrganization({ settings, identity, aws: {}, regions, signal });
  const run = { runId, startedAt: request.startedAt };
  const accountsKey = planKey(run, 'accounts.json');
  const issuersKey = planKey(run, 'issuers.json');
  await bucket.write(issuersKey, JSON.stringify(others));
  await bucket.write(accountsKey, JSON.stringify(owners));
  return { organization: id, accountCount: owners.length, accountsKey, issuersKey };
}
