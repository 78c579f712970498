/** `clusterwhy explain --live`: looks at the clouds for what a text names, with the machinery of `clusterwhy audit`. */
import type { AwsClients } from '../../../shared/collect/aws/account.ts';
import type { Values } from '../../../shared/explain/error-kind.ts';
import { explain, type Explained, type Explanation } from '../../../shared/explain/explanation.ts';
import type { Scan } from '../../../shared/explain/scan-errors.ts';
import { derivedValues } from '../../../shared/explain/values.ts';
import { readGoogleSettings } from '../../../shared/google-settings.ts';
import type { Report } from '../../../shared/report.ts';
import { rules } from '../../../shared/rules/index.ts';
import { readSettings } from '../../../shared/settings.ts';
import { auditReport, type Collector } from '../../audit-report.ts';
import { makeAwsClients } from '../../aws-clients.ts';
import { neededFacts } from '../../needed-facts.ts';
import { accountCollector } from '../../run-audit.ts';
import { auditedProjects, chooseProjects } from '../audit-projects.ts';
import { failureLine } from '../failure.ts';
import { startProgress, type ProgressView } from '../progress.ts';
import type { Session } from '../session.ts';
import { userError } from '../user-error.ts';
import { findRecords } from './find-record.ts';
import { reportAbout } from './findings-about.ts';
import type { Language } from '../../../shared/words.ts';
import { collectSettings } from '../../collect-settings.ts';

export interface LiveOptions {
  profile?: string;
  region?: string[];
  project?: string[];
  /** Milliseconds. */
  since: number;
}

export interface LiveAnswer {
  explained: Explained;
  /** What the clouds say of the errors; null where none could be looked at. */
  report: Report | null;
  /** What could not be looked at, and why. */
  notes: string[];
}

/** Looks where the credentials allow it; what does not work becomes a note, for the explanation stands without it. */
export async function lookAtClouds(session: Session, scan: Scan, options: LiveOptions): Promise<LiveAnswer> {
  const notes: string[] = [];
  const clouds = new Set(scan.errors.map(({ kind }) => kind.cloud));
  if (clouds.size === 0) return { explained: explain(scan, session.language), report: null, notes };
  const progress = await startProgress(session, session.says.reading.named);
  try {
    const aws = clouds.has('aws') ? await awsAtHand(options, notes) : null;
    const { lookupRate } = userError(() => readSettings(session.env));
    const completed = aws ? await withRecords(scan, aws, { ...options, lookupRate }, notes) : scan;
    const explained = explain(completed, session.language);
    const collectors = [
      ...(aws ? [ofAccount(session, aws, explained, options, progress)] : []),
      ...(clouds.has('gcp') ? await ofProjects(session, explained, options, { progress, notes }) : []),
    ];
    const reports = await Promise.all(
      collectors.map((collector) => auditOf(collector, { ...options, language: session.language }, notes)),
    );
    const looked = reports.filter((report) => report !== null);
    return { explained, report: merged(looked, explained.explanations), notes };
  } finally {
    progress.stop();
  }
}

/** Each cloud by itself: one that fails leaves the other its finding. */
async function auditOf(
  collector: Collector,
  { since, language }: LiveOptions & { language: Language },
  notes: string[],
): Promise<Report | null> {
  try {
    return await auditReport({ collectors: [collector], rules, sinceMs: since, language });
  } catch (error) {
    notes.push(`It could not be looked at: ${failureLine(error)}`);
    return null;
  }
}

function merged([first, ...others]: readonly Report[], explanations: readonly Explanation[]): Report | null {
  if (!first) return null;
  const all = others.reduce(
    (sum, report) => ({
      ...sum,
      scope: [...sum.scope, ...report.scope],
      findings: [...sum.findings, ...report.findings],
      outcomes: [...sum.outcomes, ...report.outcomes],
      coverage: [...sum.coverage, ...report.coverage],
    }),
    first,
  );
  return reportAbout(all, explanations);
}

async function awsAtHand({ profile, region }: LiveOptions, notes: string[]): Promise<AwsClients | null> {
  const clients = makeAwsClients({ ...(profile && { profile }), ...(region?.[0] && { region: region[0] }) });
  try {
    await clients.sts.config.credentials();
    return clients;
  } catch (error) {
    notes.push(`AWS could not be looked at: ${failureLine(error)}`);
    return null;
  }
}

/** The operation whose event a request of this kind leaves. */
function eventNameOf(kind: string, { operation }: Values): string | null {
  if (operation !== undefined) return operation;
  if (kind.startsWith('aws-web-identity') || kind.startsWith('aws-token')) return 'AssumeRoleWithWebIdentity';
  return kind.startsWith('eks-pod-identity') ? 'AssumeRoleForPodIdentity' : null;
}

/** What CloudTrail recorded of the requests that the text names takes the place of what it does not name. */
async function withRecords(
  scan: Scan,
  clients: AwsClients,
  options: LiveOptions & { lookupRate: number },
  notes: string[],
): Promise<Scan> {
  const wanted = scan.errors.flatMap(({ kind, cases }) =>
    cases.flatMap(({ values }) => {
      const eventName = eventNameOf(kind.id, values);
      const known = values.eventId !== undefined || values.requestId === undefined || eventName === null;
      return known ? [] : [{ requestId: values.requestId, region: values.region, eventName }];
    }),
  );
  const records = new Map<string, Values>();
  for (const eventName of new Set(wanted.map((one) => one.eventName))) {
    const own = wanted.filter((one) => one.eventName === eventName);
    const regions = await regionsOf(
      own.map(({ region }) => region),
      clients,
      options,
    );
    const requestIds = new Set(own.flatMap(({ requestId }) => requestId ?? []));
    const to = new Date();
    const window = { from: new Date(to.getTime() - options.since), to };
    const { lookupRate } = options;
    const found = await findRecords({ clients, regions, requestIds, eventName, window, lookupRate });
    if (found.why !== null) notes.push(`CloudTrail could not be searched for the request: ${found.why}`);
    for (const [id, values] of found.values) records.set(id, values);
  }
  return { ...scan, errors: scan.errors.map((error) => completed(error, records)) };
}

function completed(
  error: Scan['errors'][number],
  records: ReadonlyMap<string, Values>,
): Scan['errors'][number] {
  const cases = error.cases.map(({ values, count }) => {
    const record = values.requestId === undefined ? undefined : records.get(values.requestId);
    return { values: record ? derivedValues({ ...values, ...record }) : values, count };
  });
  return { ...error, cases };
}

/** The regions that are named; else the caller's own, and that in which the global endpoint of STS is recorded. */
async function regionsOf(
  named: readonly (string | undefined)[],
  clients: AwsClients,
  { region }: LiveOptions,
): Promise<string[]> {
  const known = named.filter((one) => one !== undefined);
  if (region) return region;
  if (known.length === named.length && known.length > 0) return [...new Set(known)];
  return [...new Set([...known, await clients.sts.config.region(), 'us-east-1'])];
}

function ofAccount(
  session: Session,
  clients: AwsClients,
  { explanations }: Explained,
  { region }: LiveOptions,
  progress: ProgressView,
): Collector {
  const settings = userError(() => readSettings(session.env));
  const named = explanations
    .filter(({ cloud }) => cloud === 'aws')
    .flatMap(({ cases }) => cases.map(({ values }) => values.region));
  const known = named.filter((one) => one !== undefined);
  const regions =
    region ?? (known.length === named.length && known.length > 0 ? [...new Set(known)] : undefined);
  return accountCollector({
    clients,
    ...(regions && { regions }),
    ...collectSettings(settings),
    kubernetes: true,
    facts: neededFacts(rules),
    onProgress: (step) => progress.show(step),
  });
}

async function ofProjects(
  session: Session,
  { explanations }: Explained,
  options: LiveOptions,
  { progress, notes }: { progress: ProgressView; notes: string[] },
): Promise<Collector[]> {
  const settings = userError(() => readGoogleSettings(session.env));
  const ofGoogle = explanations.filter(({ cloud }) => cloud === 'gcp');
  const named = ofGoogle.flatMap(({ cases }) => cases.map(({ values }) => values.project));
  const ids = named.filter((one) => one !== undefined && !/^\d+$/.test(one)) as string[];
  const project = options.project ?? (ids.length > 0 ? [...new Set(ids)] : undefined);
  // Connecting is asked for where only that tells: whether the endpoint takes the credential.
  const connect = ofGoogle.some((one) => one.rules.includes('gke/connect-unauthorized'));
  const choice = chooseProjects({ ...(project && { project }), connect, kubernetes: 'auto' }, settings);
  try {
    const { makeGoogleClients } = await import('../../google-auth.ts');
    const clients = await makeGoogleClients(settings);
    const facts = neededFacts(rules);
    return [auditedProjects(session, clients, { ...choice, facts }, (step) => progress.show(step))];
  } catch (error) {
    notes.push(`Google Cloud could not be looked at: ${failureLine(error)}`);
    return [];
  }
}
