/** One audit of all that is asked for: collect, evaluate, report. Every way to start the program comes here. */
import type { Observation } from '../shared/observation.ts';
import {
  coverageLine,
  makeReport,
  withFindings,
  type CoverageNote,
  type Finding,
  type Report,
} from '../shared/report.ts';
import type { AnyRule } from '../shared/rule.ts';
import type { Language } from '../shared/words.ts';
import { makeRunId } from './run-id.ts';
import { version } from './version.ts';

/** When a run began, and the span of time whose events it reads: the same for all that it collects. */
export interface RunTime {
  now: Date;
  window: { from: Date; to: Date };
}

export interface Collected {
  observations: Observation[];
  /** What was not looked at and belongs to no place that was observed. */
  gaps: CoverageNote[];
}

/** Reads the places of one cloud. */
export type Collector = (time: RunTime) => Promise<Collected>;

export interface AuditReportRequest {
  /** They read side by side. */
  collectors: readonly Collector[];
  rules: readonly AnyRule[];
  /** In which the report has its texts besides English; English alone where absent. */
  language?: Language;
  /** How far back events are read, in milliseconds. */
  sinceMs: number;
  /** One is made where absent. */
  runId?: string;
  /** When the run began; now where absent. */
  startedAt?: Date;
  /** The part that was asked for; everything is judged all the same, so that a finding is the same in every part. */
  only?: AskedPart;
}

/** Clusters by name or ARN, and AWS regions; all where absent. */
export interface AskedPart {
  clusters?: readonly string[];
  regions?: readonly string[];
}

/** One report of everything that was collected; throws what a collector throws. */
export async function auditReport(request: AuditReportRequest): Promise<Report> {
  const { collectors, rules, sinceMs, startedAt: now = new Date(), runId = makeRunId(now) } = request;
  const window = { from: new Date(now.getTime() - sinceMs), to: now };
  const collected = await Promise.all(collectors.map((collect) => collect({ now, window })));
  const report = makeReport({
    observations: collected.flatMap(({ observations }) => observations),
    rules,
    runId,
    version,
    startedAt: now.toISOString(),
    finishedAt: new Date().toISOString(),
    ...(request.language && { language: request.language }),
  });
  const gaps = collected.flatMap((one) => one.gaps.map((gap) => coverageLine(gap, request.language)));
  return askedPart({ ...report, coverage: [...gaps, ...report.coverage] }, request.only);
}

/** Everything was judged; findings and clusters that were not asked for are left out. */
function askedPart(report: Report, only: AskedPart = {}): Report {
  const findings = report.findings.filter((finding) => isAsked(finding, only));
  const clusters = (report.clusters ?? []).filter((cluster) => isAskedCluster(cluster, only));
  const summary = { ...report.summary, clusters: clusters.length };
  return withFindings({ ...report, clusters, summary }, findings);
}

/**
 * A call that was refused is shown wherever it was recorded: the global endpoint's are all in us-east-1. A Google Cloud
 * finding without a cluster is of the project, on which every cluster rests.
 */
function isAsked(finding: Finding, { clusters, regions }: AskedPart): boolean {
  const { cloud, location, cluster, account, denial } = finding;
  const isElsewhere = cloud === 'aws' && regions && location !== null && !regions.includes(location);
  if (isElsewhere && denial === null) return false;
  if (!clusters) return true;
  if (cluster === null) return cloud === 'gcp';
  return isNamed({ name: cluster, region: location ?? '', account }, clusters);
}

/** A cluster may be asked for by its name or its ARN. */
function isNamed(
  { name, region, account }: { name: string; region: string; account: string },
  asked: readonly string[],
): boolean {
  return asked.some((one) => one === name || one.endsWith(`:${region}:${account}:cluster/${name}`));
}

/** Clusters of GKE that were not asked for are not read. */
function isAskedCluster(
  { cloud, name, location: region, account }: NonNullable<Report['clusters']>[number],
  { clusters }: AskedPart,
): boolean {
  return !clusters || cloud === 'gcp' || isNamed({ name, region, account }, clusters);
}
