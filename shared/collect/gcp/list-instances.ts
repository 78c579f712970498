/** The machines of GKE in a project, by one paged list over all zones. */
import type { Gap } from '../../observation.ts';
import { cannot, zoneSilent } from '../cannot.ts';
import { encodeSegment } from './google-api.ts';
import type { GoogleApi } from './google-api.ts';

export const instancesPermission = 'compute.instances.list';

/** The parts of a Compute instance that are asked for. */
export interface Instance {
  name: string;
  zone?: string;
  creationTimestamp?: string;
  labels?: Record<string, string>;
  metadata?: { items?: { key?: string; value?: string }[] };
}

export interface ListedInstances {
  instances: Instance[];
  /** Zones that did not answer. */
  gaps: Gap[];
}

interface AggregatedPage {
  items?: Record<string, { instances?: Instance[]; warning?: { code?: string; message?: string } }>;
  unreachables?: string[];
  nextPageToken?: string;
}

const fields =
  'items/*/instances(name,zone,creationTimestamp,labels,metadata/items),items/*/warning(code,message),' +
  'unreachables,nextPageToken';

/** GKE names its nodes `gke-…`, and those of Autopilot `gk3-…`. */
export async function listInstances(api: GoogleApi, project: string): Promise<ListedInstances> {
  const instances: Instance[] = [];
  const unreachable = new Set<string>();
  const pages = api.pages<AggregatedPage>({
    api: 'compute',
    path: `projects/${encodeSegment(project)}/aggregated/instances`,
    query: { filter: 'name eq gk[e3]-.*', returnPartialSuccess: 'true', fields },
  });
  for await (const { items, unreachables } of pages) {
    for (const [scope, { instances: here, warning }] of Object.entries(items ?? {})) {
      instances.push(...(here ?? []));
      if (warning && warning.code !== 'NO_RESULTS_ON_PAGE') unreachable.add(scope);
    }
    for (const scope of unreachables ?? []) unreachable.add(scope);
  }
  return { instances, gaps: [...unreachable].map((scope) => unreachableGap(project, scope)) };
}

function unreachableGap(project: string, scope: string): Gap {
  const location = scope.split('/').at(-1) ?? scope;
  const action = {
    en: `list the nodes of ${project} in ${location}`,
    ja: `${location} の ${project} のノードの一覧を取得`,
  };
  return { location, why: cannot(action, zoneSilent) };
}
