/** The Google Cloud part of `clusterwhy explain --live`: the projects that a text names, and the facts that its errors are about. */
import type { GoogleClients } from '../../../shared/collect/gcp/google-api.ts';
import type { FoundError } from '../../../shared/explain/scan-errors.ts';
import { readGoogleSettings, type GoogleSettings } from '../../../shared/google-settings.ts';
import type { Report } from '../../../shared/report.ts';
import { rules as allRules } from '../../../shared/rules/index.ts';
import { auditReport } from '../../audit-report.ts';
import { neededFacts } from '../../needed-facts.ts';
import { auditedProjects, chooseProjects } from '../audit-projects.ts';
import { failureLine } from '../failure.ts';
import type { ProgressView } from '../progress.ts';
import type { Session } from '../session.ts';
import { userError } from '../user-error.ts';
import { beforeWindow } from './before-window.ts';
import type { LiveOptions, Look } from './live.ts';
import { namedByAll, valuesOf } from './named-by-all.ts';
import { projectsAbout, withProjectIds } from './projects-about.ts';
import { rulesAbout } from './rules-about.ts';
import { throwFault } from './throw-fault.ts';

export async function lookAtGoogle(
  session: Session,
  found: FoundError[],
  options: LiveOptions,
  progress: ProgressView,
): Promise<Look> {
  const settings = userError(() => readGoogleSettings(session.env));
  try {
    const { makeGoogleClients } = await import('../../google-auth.ts');
    const clients = await makeGoogleClients(settings);
    const { errors, notes } = await withProjectIds(session, clients, found);
    const usual = settings.project === null ? undefined : [settings.project];
    const chosen = await projectsAbout(session, clients, errors, { chosen: options.project, usual });
    if ('why' in chosen) return { errors, report: null, notes: [...notes, chosen.why] };
    const request = { clients, settings, project: chosen.projects, since: options.since };
    const report = await audited(session, errors, request, progress);
    return { errors, report, notes: [...notes, ...beforeWindow(session, errors, report)] };
  } catch (error) {
    throwFault(error);
    const why = failureLine(error, session.language);
    return { errors: found, report: null, notes: [session.says.explain.notLookedAt('Google Cloud', why)] };
  }
}

interface Request {
  clients: GoogleClients;
  settings: GoogleSettings;
  project: string[];
  since: number;
}

async function audited(
  session: Session,
  errors: readonly FoundError[],
  { clients, settings, project, since }: Request,
  progress: ProgressView,
): Promise<Report> {
  const judged = errors.filter(({ kind }) => kind.rules.length > 0);
  const rules = rulesAbout(
    judged.map(({ kind }) => kind),
    allRules,
  );
  // Connecting is asked for where only that tells: whether the endpoint takes the credential.
  const connect = judged.some(({ kind }) => kind.rules.includes('gke/connect-unauthorized'));
  const cluster = connect
    ? namedByAll(judged.flatMap(valuesOf), (values) => values.cluster ?? [])
    : undefined;
  const options = { project, connect, kubernetes: 'auto' as const, ...(cluster && { cluster }) };
  const choice = { ...chooseProjects(options, settings), facts: neededFacts(rules) };
  const collector = auditedProjects(session, clients, choice, (step) => progress.show(step));
  return auditReport({ collectors: [collector], rules, sinceMs: since, language: session.language });
}
