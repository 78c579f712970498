/** The Google Cloud part of `clusterwhy audit`: which projects, whose access is looked after, and what was there before. */
import { join } from 'node:path';
import type { GoogleClients } from '../../shared/collect/gcp/google-api.ts';
import { readCanaries } from '../../shared/google-canary.ts';
import type { GoogleSettings } from '../../shared/google-settings.ts';
import type { Observation } from '../../shared/observation.ts';
import type { Collector } from '../audit-report.ts';
import { fileHistory, readHistory, type HistoryStore } from '../cluster-history.ts';
import { projectsCollector, type ProjectsRequest } from '../run-gcp-audit.ts';
import { failureLine } from './failure.ts';
import type { Session } from './session.ts';
import { stateFolder } from './state-folder.ts';
import { userError } from './user-error.ts';

export interface ProjectsOptions {
  project?: string[];
  /** Number of an organization whose projects are audited. */
  organization?: string;
  cluster?: string[];
  /** As written: `principal=…,cluster=…`. */
  canary?: string[];
  connect?: boolean;
  /** Whether the clusters' own API servers are asked: where they can be reached, or never. */
  kubernetes: 'auto' | 'never';
}

/** What an audit of projects is asked for, once it is known to be possible. */
export type ProjectsChoice = Pick<
  ProjectsRequest,
  'projects' | 'scope' | 'clusters' | 'canaries' | 'connect' | 'kubernetes' | 'facts'
>;

/** @throws {UserError} for a canary that cannot be looked after */
export function chooseProjects(options: ProjectsOptions, settings: GoogleSettings): ProjectsChoice {
  const { project, organization, cluster, canary = [], connect = false, kubernetes } = options;
  const usual = organization === undefined && settings.project !== null ? [settings.project] : undefined;
  const projects = project ?? usual;
  const [only] = projects?.length === 1 ? projects : [];
  return {
    ...(projects && { projects }),
    ...(organization !== undefined && { scope: `organizations/${organization}` }),
    ...(cluster && { clusters: cluster }),
    canaries: userError(() => readCanaries(canary, only)),
    connect,
    kubernetes: kubernetes === 'auto',
  };
}

/** Reads the projects, and remembers their clusters on this machine for the next audit. */
export function auditedProjects(
  session: Session,
  clients: GoogleClients,
  choice: ProjectsChoice,
  onProgress: NonNullable<ProjectsRequest['onProgress']>,
): Collector {
  const store = fileHistory(join(stateFolder(session.env), 'clusters.json'));
  return async (time) => {
    const history = await readHistory(store);
    const collected = await projectsCollector({ clients, ...choice, history, onProgress })(time);
    await remember(session, store, collected.observations);
    return collected;
  };
}

async function remember(session: Session, store: HistoryStore, observed: Observation[]): Promise<void> {
  try {
    await store.add(observed);
  } catch (error) {
    session.log('warn', session.says.audit.forgotten(failureLine(error, session.language)));
  }
}
