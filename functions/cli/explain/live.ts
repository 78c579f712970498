/** `clusterwhy explain --live`: looks at the clouds for what a text names, with the machinery of `clusterwhy audit`. */
import { explain, type Explained } from '../../../shared/explain/explanation.ts';
import type { FoundError, Scan } from '../../../shared/explain/scan-errors.ts';
import type { Report } from '../../../shared/report.ts';
import { startProgress, type ProgressView } from '../progress.ts';
import type { Session } from '../session.ts';
import { answerErrors, reportOf, type Answer, type Seen } from './answer-errors.ts';
import { lookAtAws } from './look-at-aws.ts';
import { lookAtGoogle } from './look-at-google.ts';

export interface LiveOptions {
  profile?: string;
  region?: string[];
  project?: string[];
  /** Milliseconds. */
  since: number;
}

/** What looking at one cloud came to. */
export interface Look {
  /** The errors of that cloud, with what was found of what they name. */
  errors: FoundError[];
  /** Null where nothing was looked at. */
  report: Report | null;
  /** What could not be looked at, and why. */
  notes: string[];
  /** What was seen besides the report, by the id of the kind of error; nothing where absent. */
  seen?: ReadonlyMap<string, Seen[]>;
  /** What could not be judged, likewise. */
  unknown?: ReadonlyMap<string, string[]>;
}

export interface LiveAnswer {
  explained: Explained;
  /** What the clouds say of the errors; null where none could be looked at. */
  report: Report | null;
  /** What that says of each error, in their order. */
  answers: Answer[];
  /** What could not be looked at, and why. */
  notes: string[];
}

/** Looks where the credentials allow it; what does not work becomes a note, for the explanation stands without it. */
export async function lookAtClouds(session: Session, scan: Scan, options: LiveOptions): Promise<LiveAnswer> {
  const of = (cloud: 'aws' | 'gcp') => scan.errors.filter(({ kind }) => kind.cloud === cloud);
  const isAsked = scan.errors.some(({ kind }) => kind.rules.length > 0);
  const progress = isAsked ? await startProgress(session, session.says.reading.named) : null;
  try {
    const looks = await Promise.all([
      look(lookAtAws, session, of('aws'), options, progress),
      look(lookAtGoogle, session, of('gcp'), options, progress),
    ]);
    return answered(session, scan, looks, options);
  } finally {
    progress?.stop();
  }
}

/** Only what only a pod or the machine itself shows asks no cloud. */
async function look(
  lookAt: (
    session: Session,
    errors: FoundError[],
    options: LiveOptions,
    progress: ProgressView,
  ) => Promise<Look>,
  session: Session,
  errors: FoundError[],
  options: LiveOptions,
  progress: ProgressView | null,
): Promise<Look> {
  if (!progress || !errors.some(({ kind }) => kind.rules.length > 0))
    return { errors, report: null, notes: [] };
  return lookAt(session, errors, options, progress);
}

function answered(session: Session, scan: Scan, looks: readonly Look[], options: LiveOptions): LiveAnswer {
  const known = new Map(
    looks.flatMap(({ errors }) => errors.map((error) => [error.kind.id, error] as const)),
  );
  const errors = scan.errors.map((error) => known.get(error.kind.id) ?? error);
  const whole = merged(looks.flatMap(({ report }) => report ?? []));
  const seen = new Map(looks.flatMap((one) => [...(one.seen ?? [])]));
  const unknown = new Map(looks.flatMap((one) => [...(one.unknown ?? [])]));
  const isProjectChosen = options.project !== undefined;
  const answers = answerErrors(session, errors, whole, { isProjectChosen, seen, unknown });
  return {
    explained: explain({ ...scan, errors }, session.language),
    report: whole && reportOf(whole, errors, answers),
    answers,
    notes: looks.flatMap(({ notes }) => notes),
  };
}

function merged([first, ...others]: readonly Report[]): Report | null {
  if (!first) return null;
  return others.reduce(
    (sum, report) => ({
      ...sum,
      scope: [...sum.scope, ...report.scope],
      findings: [...sum.findings, ...report.findings],
      outcomes: [...sum.outcomes, ...report.outcomes],
      coverage: [...sum.coverage, ...report.coverage],
      clusters: [...(sum.clusters ?? []), ...(report.clusters ?? [])],
      summary: { ...sum.summary, clusters: sum.summary.clusters + report.summary.clusters },
    }),
    first,
  );
}
