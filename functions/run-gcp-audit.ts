/** The audit of Google Cloud projects. */
import {
  googleApi,
  type GoogleApi,
  type GoogleApiOptions,
  type GoogleClients,
} from '../shared/collect/gcp/google-api.ts';
import {
  collectGcp,
  type CollectGcpOptions,
  type GcpProgress,
} from '../shared/collect/gcp/google-project.ts';
import { listProjects, type ListedProjects } from '../shared/collect/gcp/list-projects.ts';
import { startGcpRun } from '../shared/collect/gcp/run.ts';
import { readEach } from '../shared/collect/read-each.ts';
import type { SeenCluster } from '../shared/domain/google-cluster.ts';
import { LocalizedError } from '../shared/localized-error.ts';
import type { Observation, Reading } from '../shared/observation.ts';
import type { CoverageNote, Report } from '../shared/report.ts';
import type { Localized } from '../shared/words.ts';
import { auditReport, type AuditReportRequest, type Collected, type Collector } from './audit-report.ts';
import type { Canary } from '../shared/google-canary.ts';
import type { ClusterHistory } from './cluster-history.ts';

/** How far the reading of all projects has come. */
export type ProjectsProgress = GcpProgress | { kind: 'projects'; projects: number };

export interface ProjectsRequest extends Pick<
  CollectGcpOptions,
  'clusters' | 'kubernetes' | 'connect' | 'kubernetesAccess' | 'facts' | 'signal'
> {
  clients: GoogleClients;
  /** Project ids; else those below `scope`, else all that the credentials see. */
  projects?: readonly string[];
  /** `folders/…` or `organizations/…`. */
  scope?: string;
  canaries?: readonly Canary[];
  /** What earlier runs saw. */
  history: Reading<ClusterHistory>;
  /** Called once with all that was read, to be remembered for the next run. */
  onObserved?: (observations: Observation[]) => void;
  pace?: Omit<GoogleApiOptions, 'signal'>;
  onProgress?: (progress: ProjectsProgress) => void;
}

export interface GcpAuditRequest extends ProjectsRequest, Omit<AuditReportRequest, 'collectors'> {}

/** The credentials see nothing that could be audited; the message says what to do. */
export class NoProjectsError extends LocalizedError {
  override readonly name = 'NoProjectsError';
}

/** How many projects are read side by side; the pace of their requests is one. */
const projectsAtATime = 8;

/** @throws {NoProjectsError} */
export async function runGcpAudit(request: GcpAuditRequest): Promise<Report> {
  return auditReport({ ...request, collectors: [projectsCollector(request)] });
}

/** Its collector throws a `NoProjectsError` where no project is seen. */
export function projectsCollector(request: ProjectsRequest): Collector {
  const { clients, pace, signal, onProgress } = request;
  return async ({ now, window }): Promise<Collected> => {
    const api = googleApi(clients, { ...pace, ...(signal ? { signal } : {}) });
    const { projects, gaps } = await findProjects(api, request);
    onProgress?.({ kind: 'projects', projects: projects.length });
    const run = startGcpRun({ api, projects, window });
    const observations = await readEach(projects, projectsAtATime, (project) =>
      collectGcp({ ...collecting(request, project), run, project, now }),
    );
    request.onObserved?.(observations);
    return { observations, gaps };
  };
}

/**
 * The projects that a request is about, and what of it belongs to none of them.
 * @throws {NoProjectsError}
 */
export async function findProjects(
  api: GoogleApi,
  { projects, scope, canaries = [] }: Pick<ProjectsRequest, 'projects' | 'scope' | 'canaries'>,
): Promise<{ projects: string[]; gaps: CoverageNote[] }> {
  const listed = await listProjects({ api, ...(projects ? { projects } : {}), ...(scope ? { scope } : {}) });
  if (listed.projects.length === 0) throw new NoProjectsError(nothingSeen(scope));
  const gaps = [...listGaps(listed, scope), ...canaryGaps(canaries, listed.projects)];
  return { projects: listed.projects, gaps };
}

function nothingSeen(scope: string | undefined): Localized {
  return {
    en: `Cannot audit Google Cloud: the credentials see no active project${scope ? ` below ${scope}` : ''}; name projects, or grant resourcemanager.projects.get`,
    ja: `Google Cloud を監査できません: この認証情報で参照できるアクティブなプロジェクトが${scope ? `、${scope} の下に` : ''}ありません。プロジェクトを指定するか、resourcemanager.projects.get を付与してください`,
  };
}

/** What of a request concerns the reading of one project. */
function collecting(request: ProjectsRequest, project: string): Partial<CollectGcpOptions> {
  const { clusters, kubernetes, connect, kubernetesAccess, facts, onProgress, signal, canaries, history } =
    request;
  const own = (canaries ?? []).filter((canary) => canary.project === project);
  return {
    history: historyOf(history, project),
    canaries: own.map(({ principal, cluster, location, permissions }) => ({
      principal,
      cluster,
      location,
      permissions,
    })),
    ...(clusters ? { clusters } : {}),
    ...(kubernetes === undefined ? {} : { kubernetes }),
    ...(connect === undefined ? {} : { connect }),
    ...(kubernetesAccess ? { kubernetesAccess } : {}),
    ...(facts ? { facts } : {}),
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
  };
}

/** Canaries of projects that are not audited are looked after by nobody. */
function canaryGaps(canaries: readonly Canary[], projects: readonly string[]): CoverageNote[] {
  const others = canaries.filter(({ project }) => !projects.includes(project));
  return others.map(({ project, principal, cluster }) => ({
    cloud: 'gcp',
    account: project,
    location: null,
    fact: 'canaries',
    complete: false,
    why: {
      en: `Cannot tell whether ${principal} reaches ${cluster}: ${project} is not among the projects that are audited; name it, or drop the canary`,
      ja: `${principal} が ${cluster} に接続できるかどうかを確認できません: ${project} は監査の対象ではありません。対象に加えるか、カナリアを外してください`,
    },
  }));
}

function historyOf(history: Reading<ClusterHistory>, project: string): Reading<SeenCluster[]> {
  return 'value' in history ? { ...history, value: history.value.get(project) ?? [] } : history;
}

/** Projects that were not listed belong to no place; they stand under what was searched. */
function listGaps({ gaps }: ListedProjects, scope: string | undefined): CoverageNote[] {
  const account = scope ?? 'all projects';
  return gaps.map((gap) => ({ cloud: 'gcp', account, fact: 'projects', complete: false, ...gap }));
}
