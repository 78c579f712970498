/** Which projects of Google Cloud a text is about. */
import { googleApi, type GoogleClients } from '../../../shared/collect/gcp/google-api.ts';
import { startGcpRun, type GcpRun } from '../../../shared/collect/gcp/run.ts';
import type { FoundError } from '../../../shared/explain/scan-errors.ts';
import { findProjects } from '../../run-gcp-audit.ts';
import { failureLine } from '../failure.ts';
import type { Session } from '../session.ts';
import { throwFault } from './throw-fault.ts';

/** So many projects are looked at where the text names none: more would take minutes, and not be meant. */
const mostProjects = 50;

/** Google's texts often name a project by its number; the rest of them, and commands, by its id. */
export async function withProjectIds(
  session: Session,
  clients: GoogleClients,
  errors: readonly FoundError[],
): Promise<{ errors: FoundError[]; notes: string[] }> {
  const numbers = new Set(
    errors.flatMap(({ cases }) => cases.flatMap(({ values }) => numberOf(values) ?? [])),
  );
  const api = googleApi(clients);
  const now = new Date();
  const run = startGcpRun({ api, projects: [], window: { from: now, to: now } });
  const found = await Promise.all([...numbers].map((number) => projectId(session, run, number)));
  const ids = new Map(found.flatMap((one) => ('id' in one ? [[one.number, one.id] as const] : [])));
  return {
    errors: errors.map((error) => ({
      ...error,
      cases: error.cases.map(({ values, count }) => {
        const id = ids.get(numberOf(values) ?? '');
        return { values: id === undefined ? values : { ...values, project: id }, count };
      }),
    })),
    notes: found.flatMap((one) => ('why' in one ? [one.why] : [])),
  };
}

/** The number of a project of which the text says no id. */
function numberOf({ project, projectNumber }: FoundError['cases'][number]['values']): string | undefined {
  if (project === undefined) return projectNumber;
  return /^\d+$/.test(project) ? project : undefined;
}

async function projectId(
  { says, language }: Session,
  run: GcpRun,
  number: string,
): Promise<{ number: string; id: string } | { why: string }> {
  try {
    return { number, id: (await run.project(number)).id };
  } catch (error) {
    throwFault(error);
    return { why: says.explain.live.noProject(number, failureLine(error, language)) };
  }
}

/**
 * Those that the user chose, else those that the text names, else the usual one, else all that the credentials see
 * where those are few.
 */
export async function projectsAbout(
  { says }: Session,
  clients: GoogleClients,
  errors: readonly FoundError[],
  { chosen, usual }: { chosen: string[] | undefined; usual: string[] | undefined },
): Promise<{ projects: string[] } | { why: string }> {
  const { live } = says.explain;
  if (chosen) return { projects: chosen };
  const named = namedProjects(errors);
  const ids = named.filter((project) => !/^\d+$/.test(project));
  if (ids.length > 0) return { projects: ids };
  if (named.length > 0) return { why: live.onlyNumbers };
  if (usual) return { projects: usual };
  const { projects } = await findProjects(googleApi(clients), {});
  return projects.length > mostProjects ? { why: live.manyProjects(projects.length) } : { projects };
}

/** The text of a missing role on a Shared VPC names the host project, and not that of the cluster. */
function namedProjects(errors: readonly FoundError[]): string[] {
  const named = errors
    .filter(({ kind }) => kind.rules.length > 0 && kind.id !== 'gke-host-service-agent')
    .flatMap(({ cases }) => cases.flatMap(({ values }) => values.project ?? values.projectNumber ?? []));
  return [...new Set(named)];
}
