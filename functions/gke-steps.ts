/**
 * The steps of a run over more projects than one call could audit; Workflows calls them. Each can be called again: what
 * an attempt before it has done is found in the bucket, and is not done again.
 */
import { googleApi, type GoogleApiOptions } from '../shared/collect/gcp/google-api.ts';
import { googleFanOut } from '../shared/deployment.ts';
import { ReportFold, usualFoldLimits } from '../shared/fold-reports.ts';
import { googleEnvironment } from '../shared/google-settings.ts';
import { mergeReports, type Run } from '../shared/merge-reports.ts';
import { coverageLine, type Report } from '../shared/report.ts';
import { environment } from '../shared/settings.ts';
import type { Localized } from '../shared/words.ts';
import { seenIn, type SeenProject } from './cluster-history.ts';
import { historyOf, isWhole, remember, tellReport, understand } from './gke-audit.ts';
import type { GkeFunctionOptions } from './gke-function.ts';
import { InvalidRequestError, type GkeRequest, type GkeStep } from './gke-request.ts';
import {
  DamagedStepError,
  openRun,
  type BatchResult,
  type ProjectsPlan,
  type RunStore,
} from './google-runs.ts';
import { resultOf } from './report-result.ts';
import { findProjects, runGcpAudit } from './run-gcp-audit.ts';
import { version } from './version.ts';

/** What a step answers: small, for the variables of Workflows hold half a megabyte in all. */
export type GkeStepAnswer = PlanAnswer | AuditAnswer | DigestAnswer;

interface PlanAnswer {
  projects: number;
  batches: number;
}

interface AuditAnswer {
  batch: number;
  projects: number;
}

export interface DigestAnswer {
  projects: number;
  /** Projects whose batch has no report. */
  failed: number;
  findings: number;
  /** Ids of rules that failed by a fault of our own. */
  broken: string[];
  delivered: boolean;
}

/** @throws {InvalidRequestError} where the step cannot be done, and trying again would not help */
export async function doGkeStep(options: GkeFunctionOptions, step: GkeStep): Promise<GkeStepAnswer> {
  if (!options.runs)
    throw new InvalidRequestError(
      `Cannot do a step of a run: there is no bucket for what it leaves; set ${environment.bucket} or ${googleEnvironment.bucket}`,
    );
  const store = openRun(options.runs, step.run);
  if (step.step === 'plan') return plan(options, store, step);
  const planned = await store.readPlan();
  if (!planned)
    throw new InvalidRequestError(
      `Cannot go on with the run ${step.run}: it has no plan in the bucket ${options.runs.name}; begin with the step "plan"`,
    );
  if (step.step === 'audit') return auditBatch(options, store, planned, step);
  return digest(options, store, planned, step.run);
}

async function plan(
  options: GkeFunctionOptions,
  store: RunStore,
  { run, request }: Extract<GkeStep, { step: 'plan' }>,
): Promise<PlanAnswer> {
  const { batches } = (await store.readPlan()) ?? (await store.keepPlan(await makePlan(options, request)));
  const projects = batches.flat().length;
  options.log('INFO', `Planned ${projects} projects in ${batches.length} batches, run ${run}`);
  return { projects, batches: batches.length };
}

async function makePlan(options: GkeFunctionOptions, body: unknown): Promise<ProjectsPlan> {
  const request = understand(options, body);
  const api = googleApi(await options.clients(), options.reading?.pace);
  const { projects, gaps } = await findProjects(api, request);
  return {
    startedAt: new Date().toISOString(),
    request: body ?? {},
    scope: request.scope ?? 'all projects',
    batches: inBatches(projects),
    gaps: gaps.map((gap) => coverageLine(gap, options.language)),
  };
}

function inBatches(projects: readonly string[]): string[][] {
  const size = googleFanOut.projectsInBatch;
  return Array.from({ length: Math.ceil(projects.length / size) }, (_, index) =>
    projects.slice(index * size, (index + 1) * size),
  );
}

/** Google's quotas are those of the project that asks: the batches that run side by side share the pace of one. */
const pace: GoogleApiOptions = {
  requestsPerSecond: 12 / googleFanOut.batchesAtATime,
  logRequestsPerSecond: 1 / googleFanOut.batchesAtATime,
};

async function auditBatch(
  options: GkeFunctionOptions,
  store: RunStore,
  planned: ProjectsPlan,
  { run, batch }: Extract<GkeStep, { step: 'audit' }>,
): Promise<AuditAnswer> {
  const projects = planned.batches[batch - 1];
  if (!projects)
    throw new InvalidRequestError(
      `Cannot audit batch ${batch} of the run ${run}: it has ${planned.batches.length}`,
    );
  const known = await store.readBatch(batch);
  if (!known) await store.keepBatch(batch, await readBatch(options, planned, run, projects));
  const done = known ? 'was audited before' : 'is audited';
  options.log('INFO', `Batch ${batch} of ${planned.batches.length} ${done}, run ${run}`);
  return { batch, projects: projects.length };
}

async function readBatch(
  options: GkeFunctionOptions,
  planned: ProjectsPlan,
  runId: string,
  projects: string[],
): Promise<BatchResult> {
  const { canaries, sinceMs, clusters, kubernetes, connect } = understand(options, planned.request);
  let seen: SeenProject[] = [];
  const report = await runGcpAudit({
    projects,
    // Those of projects that no batch has are told by the plan.
    canaries: canaries.filter(({ project }) => projects.includes(project)),
    sinceMs,
    ...(clusters && { clusters }),
    kubernetes,
    connect,
    pace,
    ...options.reading,
    runId,
    startedAt: new Date(planned.startedAt),
    rules: options.rules,
    ...languageOf(options),
    clients: await options.clients(),
    history: await historyOf(options),
    onObserved: (observations) => (seen = seenIn(observations)),
  });
  return { report, seen };
}

async function digest(
  options: GkeFunctionOptions,
  store: RunStore,
  planned: ProjectsPlan,
  runId: string,
): Promise<DigestAnswer> {
  const request = understand(options, planned.request);
  const run = { runId, startedAt: planned.startedAt, version, ...languageOf(options) };
  const isOfWhole = isWhole(options, request);
  const found = await gather(store, planned, run, isOfWhole || comparesReports(options, request));
  const report = await tellGathered(options, store, request, {
    ...found,
    kept: isOfWhole ? found.whole : null,
  });
  if (request.deliver) await remember(options, (history) => history.addSeen(found.seen));
  const { organization } = report;
  const { findings, broken } = resultOf(report);
  const { accounts: projects = 0, failed = 0 } = organization ?? {};
  options.log(
    'INFO',
    `Audited ${projects - failed} of ${projects} projects, run ${runId}: ${findings} findings`,
  );
  return { projects, failed, findings, broken, delivered: request.deliver !== false };
}

/** Whether what is told is compared with the run before, for which every finding is needed. */
function comparesReports({ state }: GkeFunctionOptions, { deliver }: GkeRequest): boolean {
  return Boolean(state) && deliver !== false;
}

/** What is told is recorded first: another attempt at the digest says the same. */
async function tellGathered(
  options: GkeFunctionOptions,
  store: RunStore,
  request: GkeRequest,
  { told, whole, kept, fold }: Gathered & { kept: Report | null },
): Promise<Report> {
  if (whole && comparesReports(options, request))
    return tellReport(options, request, { found: whole, kept, shorten: fold });
  const report = await store.keepReport(told);
  if (request.deliver) await options.deliver?.(report, kept);
  return report;
}

function languageOf({ language }: GkeFunctionOptions): Pick<Run, 'language'> {
  return language ? { language } : {};
}

interface Gathered {
  /** What people are told: everything counted, the worst held. */
  told: Report;
  /** Every finding and outcome, to be compared, here or by the digest on AWS; null where it is not wanted. */
  whole: Report | null;
  /** Makes of the whole what people are told. */
  fold: (whole: Report) => Report;
  seen: SeenProject[];
}

async function gather(
  store: RunStore,
  { scope, batches, gaps }: ProjectsPlan,
  run: Run,
  wantsWhole: boolean,
): Promise<Gathered> {
  const newFold = () => new ReportFold(scope, run, usualFoldLimits, 'gcp');
  const fold = newFold();
  const parts: Report[] = [{ ...mergeReports([], [], run), coverage: gaps }];
  const seen: SeenProject[] = [];
  for (const [index, projects] of batches.entries()) {
    const { part, seen: seenHere } = await partOf(
      store,
      { projects, batch: index + 1, of: batches.length },
      run,
    );
    fold.add(part, null);
    seen.push(...seenHere);
    if (wantsWhole) parts.push(part);
  }
  fold.add({ ...mergeReports([], [], run), coverage: gaps }, null);
  return {
    told: fold.finish(),
    whole: wantsWhole ? mergeReports(parts, [], run) : null,
    fold(whole) {
      const anew = newFold();
      anew.add(whole, null);
      return anew.finish();
    },
    seen,
  };
}

interface AskedBatch {
  projects: readonly string[];
  batch: number;
  /** How many batches the run has. */
  of: number;
}

/** The report of a batch; where there is none, or it is damaged, its projects are something that was not looked at. */
async function partOf(store: RunStore, asked: AskedBatch, run: Run): Promise<BatchResultPart> {
  const failed = (why: Localized): BatchResultPart => ({
    part: mergeReports(
      [],
      asked.projects.map((account) => ({ cloud: 'gcp', account, why })),
      run,
    ),
    seen: [],
  });
  try {
    const result = await store.readBatch(asked.batch);
    if (!result) return failed(unanswered(asked));
    return { part: mergeReports([result.report], [], run), seen: result.seen };
  } catch (error) {
    if (error instanceof DamagedStepError) return failed(error.says);
    throw error;
  }
}

interface BatchResultPart {
  part: Report;
  seen: SeenProject[];
}

function unanswered({ batch, of: batches }: AskedBatch): Localized {
  return {
    en: `Batch ${batch} of ${batches}, which it is in, had no answer; the log of the Cloud Function and the execution of the workflow say more`,
    ja: `このプロジェクトを含むバッチ ${batch}/${batches} から応答がありませんでした。詳細は Cloud Functions のログとワークフローの実行にあります`,
  };
}
