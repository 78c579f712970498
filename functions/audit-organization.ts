/** The audit of a whole organization in one process, for whoever runs it by hand. */
import { readIdentity } from '../shared/collect/aws/identity.ts';
import { readEach } from '../shared/collect/read-each.ts';
import { ReportFold, type AccountOwner } from '../shared/fold-reports.ts';
import { saidBy } from '../shared/localized-error.ts';
import { mergeReports, type Run } from '../shared/merge-reports.ts';
import type { OrganizationSettings } from '../shared/organization-settings.ts';
import type { Report } from '../shared/report.ts';
import { makeStsClient, type AwsClientSettings } from './aws-clients.ts';
import { checkMember, memberClients } from './member-clients.ts';
import { makeRunId } from './run-id.ts';
import { readOrganization, type ReadOrganization } from './read-organization.ts';
import { runAudit, type AuditRequest } from './run-audit.ts';
import { version } from './version.ts';

export interface OrganizationRequest extends Omit<AuditRequest, 'clients' | 'runId' | 'startedAt'> {
  settings: OrganizationSettings;
  aws: AwsClientSettings;
  /** Told of every account that is done. */
  onAccount?: (done: number, of: number, account: AccountOwner) => void;
  /** Mutes what is to be muted, account by account. Their changes are told by the deployed auditor alone. */
  mute: (report: Report) => Report;
  signal: AbortSignal;
}

/** Accounts that are audited side by side. */
const auditedAtATime = 8;

/** A report for people holds everything up to here. */
const limits = { changed: 5000, open: 5000, gaps: 5000 };

/**
 * Audits every account and folds their reports; an account that lets nobody in is in the coverage.
 * @throws {Error} where the credentials are none, or Organizations refuses.
 */
export async function auditOrganization(request: OrganizationRequest): Promise<Report> {
  const { settings, aws, regions, signal } = request;
  const now = new Date();
  const { language } = request;
  const run = {
    runId: makeRunId(now),
    startedAt: now.toISOString(),
    version,
    ...(language && { language }),
  };
  const identity = await readIdentity({ sts: makeStsClient(aws) }, signal);
  const organization = await readOrganization({ settings, identity, aws, regions, signal });
  const { owners } = organization;
  const fold = new ReportFold(organization.id, run, limits);
  let done = 0;
  await readEach(owners, auditedAtATime, async (owner) => {
    fold.add(request.mute(await auditMember(owner, organization, request, run)), owner);
    done += 1;
    request.onAccount?.(done, owners.length, owner);
  });
  return { ...fold.finish(), finishedAt: new Date().toISOString() };
}

async function auditMember(
  { account }: AccountOwner,
  { access, others }: ReadOrganization,
  request: OrganizationRequest,
  run: Run,
): Promise<Report> {
  const { signal } = request;
  try {
    const clients = memberClients(account, access);
    await checkMember(clients);
    return await runAudit({
      ...request,
      ...run,
      startedAt: new Date(run.startedAt),
      clients,
      otherAccounts: others,
    });
  } catch (error) {
    signal.throwIfAborted();
    return mergeReports([], [{ cloud: 'aws', account, why: saidBy(error) }], run);
  }
}
