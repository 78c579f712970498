/** One audit of Google Cloud projects: list, collect, evaluate, report. Every way to start the program calls this. */
import { randomUUID } from 'node:crypto';
import { googleApi, type GoogleApiOptions, type GoogleClients } from '../shared/collect/gcp/google-api.ts';
import { collectGcp, type CollectGcpOptions } from '../shared/collect/gcp/google-project.ts';
import { listProjects, type ListedProjects } from '../shared/collect/gcp/list-projects.ts';
import { startGcpRun } from '../shared/collect/gcp/run.ts';
import { readEach } from '../shared/collect/read-each.ts';
import type { SeenCluster } from '../shared/domain/google-cluster.ts';
import { makeReport, type Report } from '../shared/report.ts';
import type { AnyRule } from '../shared/rule.ts';
import { version } from './version.ts';

/** A principal that must reach a cluster of a project. */
export interface Canary {
  project: string;
  /** `serviceAccount:…`, `user:…`. */
  principal: string;
  cluster: string;
  location: string | null;
  permissions: string[];
}

export interface GcpAuditRequest extends Pick<
  CollectGcpOptions,
  'clusters' | 'kubernetes' | 'connect' | 'kubernetesAccess' | 'onProgress' | 'signal'
> {
  clients: GoogleClients;
  rules: readonly AnyRule[];
  /** How far back events are read, in milliseconds. */
  sinceMs: number;
  /** Project ids; else those below `scope`, else all that the credentials see. */
  projects?: readonly string[];
  /** `folders/…` or `organizations/…`. */
  scope?: string;
  canaries?: readonly Canary[];
  /** What earlier runs saw, by project id. */
  history?: ReadonlyMap<string, SeenCluster[]>;
  pace?: Omit<GoogleApiOptions, 'signal'>;
}

/** How many projects are read side by side; the pace of their requests is one. */
const projectsAtATime = 8;

/** @throws {Error} where no project is seen, with what to do */
export async function runGcpAudit(request: GcpAuditRequest): Promise<Report> {
  const { clients, rules, sinceMs, projects, scope, pace, signal } = request;
  const now = new Date();
  const window = { from: new Date(now.getTime() - sinceMs), to: now };
  const api = googleApi(clients, { ...pace, ...(signal ? { signal } : {}) });
  const listed = await listProjects({ api, ...(projects ? { projects } : {}), ...(scope ? { scope } : {}) });
  if (listed.projects.length === 0) throw new Error(nothingSeen(scope));
  const run = startGcpRun({ api, projects: listed.projects, window });
  const observations = await readEach(listed.projects, projectsAtATime, (project) =>
    collectGcp({ ...collecting(request, project), run, project, now }),
  );
  const report = makeReport({
    observations,
    rules,
    runId: `${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${randomUUID().slice(0, 8)}`,
    version,
    startedAt: now.toISOString(),
    finishedAt: new Date().toISOString(),
  });
  return { ...report, coverage: [...listGaps(listed, scope), ...report.coverage] };
}

function nothingSeen(scope: string | undefined): string {
  const where = scope ? ` below ${scope}` : '';
  return `Cannot audit Google Cloud: the credentials see no active project${where}; name projects, or grant resourcemanager.projects.get`;
}

/** What of a request concerns the reading of one project. */
function collecting(request: GcpAuditRequest, project: string): Partial<CollectGcpOptions> {
  const { clusters, kubernetes, connect, kubernetesAccess, onProgress, signal, canaries, history } = request;
  const own = (canaries ?? []).filter((canary) => canary.project === project);
  return {
    history: history?.get(project) ?? [],
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
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
  };
}

/** Projects that were not listed belong to no place; they stand under what was searched. */
function listGaps({ gaps }: ListedProjects, scope: string | undefined): Report['coverage'] {
  const account = scope ?? 'all projects';
  return gaps.map((gap) => ({ cloud: 'gcp', account, fact: 'projects', complete: false, ...gap }));
}
