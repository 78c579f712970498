/** The report: the outcome of every rule on every place, with what was not looked at. Its schema is public. */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { googlePrefix } from './deployment.ts';
import { applyRule, type Outcome } from './evaluate.ts';
import type { Cloud, Gap, Observation, Reading } from './observation.ts';
import { evidenceLabels } from './evidence-labels.ts';
import { severities, type AnyRule, type Evidence, type Problem } from './rule.ts';
import { inLanguage, joinWords, languages, type Language, type Words } from './words.ts';

const time = z.string();
const text = z.string();
const count = z.int().check(z.minimum(0));
const place = { cloud: z.enum(['aws', 'gcp']), account: text };

const evidenceSchema = z.array(z.object({ label: text, value: text }));

const findingSchema = z.object({
  /** Stable over runs: a hash of rule, cloud, account, location, cluster, subject id and workload. */
  id: text,
  rule: text,
  severity: z.enum(severities),
  change: z.enum(['new', 'open', 'changed', 'resolved', 'muted']),
  ...place,
  location: z.nullable(text),
  cluster: z.nullable(text),
  subject: z.object({ kind: text, name: text, id: text }),
  workload: z.nullable(z.object({ namespace: text, serviceAccount: text })),
  title: text,
  cause: text,
  alsoWrong: z.array(text),
  evidence: evidenceSchema,
  denial: z.nullable(
    z.object({
      errorCode: text,
      events: count,
      firstSeen: time,
      lastSeen: time,
      sampleEventIds: z.array(text),
    }),
  ),
  fix: z.object({
    summary: text,
    commands: z.array(text),
    policy: z.optional(z.unknown()),
    currentPolicy: z.optional(z.unknown()),
    verified: z.boolean(),
  }),
  references: z.array(text),
  /** When the run began that reported it first, ISO 8601; absent where it was not compared with earlier reports. */
  openSince: z.optional(time),
  /** The mute that keeps it silent, or did until it expired. */
  mute: z.optional(z.object({ reason: text, expires: time, state: z.enum(['active', 'expired']) })),
  /** Its texts in another language than English, where a report was asked for in one. */
  translated: z.optional(
    z.object({
      language: z.enum(languages),
      title: text,
      cause: text,
      summary: text,
      evidence: evidenceSchema,
    }),
  ),
  /** Tags of the cluster (labels on Google Cloud), by key; absent where it has none. */
  tags: z.optional(z.record(text, text)),
});

/** One entry of a file of mutes, and what it came to in this run. */
const muteSchema = z.object({
  /** What it is for, as it is written: `rule eks/irsa-trust-too-broad, cluster staging`. */
  of: text,
  reason: text,
  /** ISO 8601: from then on it mutes nothing. */
  expires: time,
  state: z.enum(['active', 'expired']),
  /** Findings that it mutes, or would if it had not expired. */
  findings: count,
});

/** What was broken in an organization, and whose it is. */
const groupSchema = z.object({
  rule: text,
  title: text,
  translated: z.optional(z.object({ language: z.enum(languages), title: text })),
  severity: z.enum(severities),
  /** Those that stand, in all accounts. */
  findings: count,
  new: count,
  /** By the owners of the accounts. */
  owners: z.array(z.object({ name: text, findings: count, accounts: z.array(text) })),
});

const organizationSchema = z.object({
  /** `o-…`; of Google Cloud `organizations/…`, `folders/…`, or words. */
  id: text,
  /** Whose organization it is; AWS where absent. */
  cloud: z.optional(z.enum(['aws', 'gcp'])),
  /** Accounts or projects of the run, and how many of them were not audited. */
  accounts: count,
  failed: count,
  /** Findings that are only in the accounts' own reports: `findings` holds the worst. */
  leftOut: count,
  /** Worst first. */
  groups: z.array(groupSchema),
  /** Of the accounts that `findings` name, by account id. */
  owners: z.record(text, z.object({ name: text, unit: text, owner: text })),
});

export const reportSchema = z.object({
  schemaVersion: z.literal(1),
  tool: z.object({ name: z.literal('clusterwhy'), version: text }),
  runId: text,
  startedAt: time,
  finishedAt: time,
  window: z.object({ from: time, to: time }),
  scope: z.array(z.object({ ...place, regions: z.optional(z.array(text)) })),
  summary: z.object({
    bySeverity: z.object({ critical: count, high: count, medium: count, low: count, info: count }),
    clusters: count,
    /** Events that were read, refused calls or not. */
    eventsRead: z.optional(count),
    denialEvents: count,
    denials: count,
    /** Findings that are muted; they count nowhere else. */
    muted: z.optional(count),
    /** All findings by what changed, where `findings` does not hold them all. */
    changes: z.optional(z.object({ new: count, changed: count, resolved: count, open: count })),
  }),
  findings: z.array(findingSchema),
  outcomes: z.array(
    z.object({
      rule: text,
      ...place,
      status: z.enum(['pass', 'fail', 'unknown', 'broken']),
      why: z.nullable(text),
      translated: z.optional(z.object({ language: z.enum(languages), why: text })),
    }),
  ),
  coverage: z.array(
    z.object({
      ...place,
      location: z.nullable(text),
      fact: text,
      complete: z.boolean(),
      from: z.optional(time),
      to: z.optional(time),
      why: z.nullable(text),
      missingPermission: z.optional(text),
      translated: z.optional(z.object({ language: z.enum(languages), why: text })),
    }),
  ),
  /** The clusters that were read. */
  clusters: z.optional(z.array(z.object({ ...place, location: text, name: text }))),
  /** The mutes that were in force or have expired; absent where there was no file of them. */
  mutes: z.optional(z.array(muteSchema)),
  /** Where the report is of a whole organization. */
  organization: z.optional(organizationSchema),
});

export type { SubjectKind } from './rule.ts';

export type Finding = z.infer<typeof findingSchema>;
export type Report = z.infer<typeof reportSchema>;
export type CoverageLine = Report['coverage'][number];

/** A line of the coverage before it is put into the report's language. */
export interface CoverageNote extends Gap {
  cloud: Cloud;
  account: string;
  fact: string;
  complete: boolean;
}

export interface ReportOptions {
  observations: Observation[];
  rules: readonly AnyRule[];
  runId: string;
  version: string;
  startedAt: string;
  finishedAt: string;
  /** Besides English; English alone where absent. */
  language?: Language;
}

/** Judges the observations and writes the report. Findings are sorted worst first; every one is `new` until compared. */
export function makeReport(options: ReportOptions): Report {
  const { observations, rules } = options;
  const judged = observations.map((observation) => ({
    observation,
    outcomes: rules
      .filter((rule) => belongsTo(rule, observation))
      .map((rule) => ({ rule, outcome: applyRule(rule, observation) })),
  }));
  const findings = sortFindings(
    judged.flatMap(({ observation, outcomes }) => {
      const problems = outcomes.flatMap(({ outcome }) => outcome.problems);
      const contested = contestedTargets(problems);
      return outcomes.flatMap(({ rule, outcome }) =>
        outcome.problems.map((problem) =>
          finding(rule, observation, withWarning(problem, contested), options.language),
        ),
      );
    }),
  );
  const windows = observations.map((observation) => observation.window);
  return {
    schemaVersion: 1,
    tool: { name: 'clusterwhy', version: options.version },
    runId: options.runId,
    startedAt: options.startedAt,
    finishedAt: options.finishedAt,
    window: {
      from: windows.map((w) => w.from).sort()[0] ?? options.startedAt,
      to:
        windows
          .map((w) => w.to)
          .sort()
          .at(-1) ?? options.startedAt,
    },
    scope: observations.map(({ place, regions }) => ({
      cloud: place.cloud,
      account: place.account,
      ...(place.cloud === 'aws' ? { regions } : {}),
    })),
    summary: summarise(findings, observations),
    findings,
    outcomes: judged.flatMap(({ observation, outcomes }) =>
      outcomes.map(({ rule, outcome }) => outcomeLine(rule, observation, outcome, options.language)),
    ),
    coverage: observations.flatMap((observation) => coverage(observation, options.language)),
    clusters: observations.flatMap(({ place: { cloud, account }, readings }) =>
      clustersOf(readings).map(({ location, name }) => ({ cloud, account, location, name })),
    ),
  };
}

/** EKS rules judge AWS accounts, GKE rules Google Cloud projects. */
function belongsTo(rule: AnyRule, { place }: Observation): boolean {
  return rule.id.startsWith(place.cloud === 'aws' ? 'eks/' : 'gke/');
}

/** What a command writes to: all of it before a here-document. */
function targetOf(command: string): string {
  return command.split('\n', 1)[0] ?? command;
}

/** What several fixes of one place write, each something else: the last would undo the others. */
function contestedTargets(problems: readonly Problem[]): ReadonlySet<string> {
  const written = new Map<string, Set<string>>();
  for (const command of problems.flatMap(({ fix }) => fix.commands)) {
    const target = targetOf(command);
    written.set(target, (written.get(target) ?? new Set()).add(command));
  }
  return new Set([...written].filter(([, commands]) => commands.size > 1).map(([target]) => target));
}

function withWarning(problem: Problem, contested: ReadonlySet<string>): Problem {
  const { fix } = problem;
  if (!fix.commands.some((command) => contested.has(targetOf(command)))) return problem;
  return { ...problem, fix: { ...fix, summary: joinWords([fix.summary, oneAtATime], ' ') } };
}

const oneAtATime = {
  en: 'Another finding replaces the same document: carry out one of the two, and audit again before the other.',
  ja: '別の検出結果も同じドキュメントを置き換えます。一方だけを実行し、もう一方の前にもう一度監査してください。',
};

function finding(
  rule: AnyRule,
  observation: Observation,
  problem: Problem,
  language: Language = 'en',
): Finding {
  const { place } = observation;
  const { summary, ...fix } = problem.fix;
  const identity = [
    rule.id,
    place.cloud,
    place.account,
    problem.location,
    problem.cluster,
    problem.subject.id,
    problem.workload ? `${problem.workload.namespace}/${problem.workload.serviceAccount}` : null,
  ];
  return {
    id: createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16),
    rule: rule.id,
    severity: problem.severity ?? rule.severity,
    change: 'new',
    cloud: place.cloud,
    account: place.account,
    location: problem.location,
    cluster: problem.cluster,
    subject: problem.subject,
    workload: problem.workload ?? null,
    title: inLanguage(rule.title, 'en'),
    cause: inLanguage(problem.cause, 'en'),
    alsoWrong: problem.alsoWrong ?? [],
    evidence: evidenceIn(problem.evidence, 'en'),
    denial: problem.denial ?? null,
    fix: { summary: inLanguage(summary, 'en'), ...fix },
    references: [...rule.references, ...(problem.references ?? [])],
    ...(language !== 'en' && {
      translated: {
        language,
        title: inLanguage(rule.title, language),
        cause: inLanguage(problem.cause, language),
        summary: inLanguage(summary, language),
        evidence: evidenceIn(problem.evidence, language),
      },
    }),
    ...tagsOf(observation, problem),
  };
}

/** Those of the cluster, where it has any. */
function tagsOf({ readings }: Observation, { location, cluster }: Problem): Pick<Finding, 'tags'> {
  const found = clustersOf(readings).find((one) => one.name === cluster && one.location === location);
  return found && Object.keys(found.tags).length > 0 ? { tags: found.tags } : {};
}

/** The clusters that were read, of either cloud. */
function clustersOf({ clusters, gkeClusters }: Observation['readings']) {
  const eks = clusters && 'value' in clusters ? clusters.value.clusters : [];
  const gke = gkeClusters && 'value' in gkeClusters ? gkeClusters.value : [];
  return [
    ...eks.map(({ name, region, tags }) => ({ name, location: region, tags })),
    ...gke.map(({ name, location, labels = {} }) => ({ name, location, tags: labels })),
  ];
}

/** Where the batches of a run over Google Cloud projects leave their reports, in the bucket. */
export function batchFiles(runId: string): string {
  return `${googlePrefix}runs/${runId}/batch-NUMBER.json`;
}

/** Worst first; alike ones by place, always in the same order. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return findings
    .map((finding) => ({ finding, rank: severities.indexOf(finding.severity), place: placeOf(finding) }))
    .sort((a, b) => a.rank - b.rank || compareTexts(a.place, b.place))
    .map(({ finding }) => finding);
}

/** Whether it asks for something to be done: what is muted or resolved does not. */
export function isStanding({ change }: Finding): boolean {
  return change !== 'muted' && change !== 'resolved';
}

/** How many findings stand, by severity. */
export function standingCounts(findings: readonly Finding[]): Report['summary']['bySeverity'] {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  for (const { severity } of findings.filter(isStanding)) counts[severity]++;
  return counts;
}

/** The report with other findings, counted anew. */
export function withFindings(report: Report, findings: Finding[]): Report {
  const muted = findings.filter(({ change }) => change === 'muted').length;
  return {
    ...report,
    findings,
    summary: { ...report.summary, bySeverity: standingCounts(findings), muted },
  };
}

/** Made once for each finding: of thousands, making it for each comparison takes most of the time. */
function placeOf({ cloud, account, location, cluster, rule, subject, id }: Finding): string {
  return JSON.stringify([cloud, account, location, cluster, rule, subject.id, id]);
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function evidenceIn(evidence: readonly Evidence[], language: Language): Finding['evidence'] {
  return evidence.map(({ label, value }) => ({
    label: labelIn(label, language),
    value: inLanguage(value, language),
  }));
}

function labelIn(label: Words, language: Language): string {
  const isKnown =
    typeof label === 'string' && language !== 'en' && Object.hasOwn(evidenceLabels[language], label);
  return isKnown ? (evidenceLabels[language][label] ?? label) : inLanguage(label, language);
}

function outcomeLine(
  rule: AnyRule,
  { place }: Observation,
  { status, why }: Outcome,
  language: Language = 'en',
): Report['outcomes'][number] {
  return {
    rule: rule.id,
    cloud: place.cloud,
    account: place.account,
    status,
    ...(why === null ? { why } : reasonIn(why, language)),
  };
}

/** The English reason, and beside it that in another language where the report is in one. */
export function reasonIn(
  why: Words,
  language: Language = 'en',
): { why: string; translated?: { language: Language; why: string } } {
  return {
    why: inLanguage(why, 'en'),
    ...(language !== 'en' && { translated: { language, why: inLanguage(why, language) } }),
  };
}

/** The line as a report has it; English alone where no language is given. */
export function coverageLine({ why, ...line }: CoverageNote, language?: Language): CoverageLine {
  return { ...line, ...reasonIn(why, language) };
}

function summarise(findings: Finding[], observations: Observation[]): Report['summary'] {
  let clusters = 0;
  let eventsRead = 0;
  let denialEvents = 0;
  let denials = 0;
  for (const { readings } of observations) {
    clusters += clustersOf(readings).length;
    for (const reading of [readings.denials, readings.accessDenials]) {
      if (!reading || !('value' in reading)) continue;
      eventsRead += reading.value.events;
      denials += reading.value.denials.length;
      denialEvents += reading.value.denials.reduce((sum, denial) => sum + denial.events, 0);
    }
  }
  return { bySeverity: standingCounts(findings), clusters, eventsRead, denialEvents, denials };
}

/** One line for each fact that was read wholly, and one for each gap in the others. */
function coverage({ place, window, readings }: Observation, language?: Language): CoverageLine[] {
  const entries = Object.entries(readings) as [string, Reading<unknown>][];
  return entries.flatMap(([fact, reading]): CoverageLine[] => {
    const line = { cloud: place.cloud, account: place.account, fact, from: window.from, to: window.to };
    if (reading.state !== 'whole')
      return reading.gaps.map((gap) => coverageLine({ ...line, complete: false, ...gap }, language));
    const whole = { ...line, location: null, complete: true };
    const { note } = reading;
    return [note === undefined ? { ...whole, why: null } : coverageLine({ ...whole, why: note }, language)];
  });
}
