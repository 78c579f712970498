/** The audit of one AWS account. */
import {
  collectAws,
  type AwsClients,
  type CollectAwsOptions,
  type KnownReadings,
} from '../shared/collect/aws/account.ts';
import type { AwsFactName } from '../shared/collect/aws/source.ts';
import type { Report } from '../shared/report.ts';
import { capturedFacts, type CaptureSource } from './captured-facts.ts';
import { neededFacts } from './needed-facts.ts';
import { auditReport, type AuditReportRequest, type Collector, type RunTime } from './audit-report.ts';

export interface AccountRequest extends Pick<
  CollectAwsOptions,
  | 'deadline'
  | 'lookupRate'
  | 'discoveryBaseUrl'
  | 'otherAccounts'
  | 'known'
  | 'kubernetes'
  | 'kubernetesLimits'
  | 'facts'
  | 'onProgress'
  | 'signal'
  | 'supplement'
> {
  clients: AwsClients;
  /** All that are enabled where absent. */
  regions?: string[];
  /** All where absent. */
  clusters?: string[];
  /** Where denials are captured as they happen; absent where they are not. */
  capture?: CaptureSource;
  /** Where facts are read that the account would tell as well; absent where all are read in the account. */
  elsewhere?: Elsewhere;
}

/** Facts that are read elsewhere than in the account, as in the log files of a trail. */
export interface Elsewhere {
  facts: readonly AwsFactName[];
  read(window: RunTime['window']): Promise<KnownReadings>;
}

export interface AuditRequest extends AccountRequest, Omit<AuditReportRequest, 'collectors'> {}

export async function runAudit(request: AuditRequest): Promise<Report> {
  const { clusters, regions, facts = neededFacts(request.rules) } = request;
  const only = { ...(clusters && { clusters }), ...(regions && { regions }) };
  return auditReport({ ...request, collectors: [accountCollector({ ...request, facts })], only });
}

export function accountCollector(request: AccountRequest): Collector {
  return async (time) => {
    const { capture, clients } = request;
    const known = { ...(await readElsewhere(request, time)), ...request.known };
    const captured = capture && capturedFacts(capture, { clients, ...time });
    const supplement = captured && { supplement: captured.supplement };
    const observation = await collectAws({ ...request, ...time, ...supplement, known });
    const gaps = captured ? await captured.coverage(observation.place.account) : [];
    return { observations: [observation], gaps };
  };
}

/** Only where one of its facts is wanted: a trail may hold millions of calls. */
async function readElsewhere(
  { elsewhere, facts }: AccountRequest,
  { window }: RunTime,
): Promise<KnownReadings> {
  const isWanted = elsewhere?.facts.some((name) => !facts || facts.includes(name));
  return elsewhere && isWanted ? elsewhere.read(window) : {};
}
