/** The audit of one AWS account. */
import { collectAws, type AwsClients, type CollectAwsOptions } from '../shared/collect/aws/account.ts';
import type { Report } from '../shared/report.ts';
import { neededFacts } from './needed-facts.ts';
import { auditReport, type AuditReportRequest, type Collector } from './audit-report.ts';

export interface AccountRequest extends Pick<
  CollectAwsOptions,
  | 'deadline'
  | 'lookupRate'
  | 'discoveryBaseUrl'
  | 'otherAccounts'
  | 'known'
  | 'kubernetes'
  | 'facts'
  | 'onProgress'
  | 'signal'
> {
  clients: AwsClients;
  /** All that are enabled where absent. */
  regions?: string[];
  /** All where absent. */
  clusters?: string[];
}

export interface AuditRequest extends AccountRequest, Omit<AuditReportRequest, 'collectors'> {}

export async function runAudit(request: AuditRequest): Promise<Report> {
  const { clusters, regions, facts = neededFacts(request.rules) } = request;
  const only = { ...(clusters && { clusters }), ...(regions && { regions }) };
  return auditReport({ ...request, collectors: [accountCollector({ ...request, facts })], only });
}

export function accountCollector(request: AccountRequest): Collector {
  return async (time) => ({ observations: [await collectAws({ ...request, ...time })], gaps: [] });
}
