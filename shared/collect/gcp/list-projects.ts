/** Which projects a run reads: named ones, those below a folder or an organization, or all that the credentials see. */
import type { cloudresourcemanager_v3 } from '@googleapis/cloudresourcemanager';
import type { Gap } from '../../observation.ts';
import { remedied } from '../cannot.ts';
import type { GoogleApi } from './google-api.ts';
import { encodePath } from './google-api.ts';
import { gapOf } from './refusal.ts';

export interface ListProjectsOptions {
  api: GoogleApi;
  /** Ids; then nothing else is asked. */
  projects?: readonly string[];
  /** `folders/…` or `organizations/…`: all active projects below. */
  scope?: string;
}

export interface ListedProjects {
  /** Ids, sorted. */
  projects: string[];
  /** Why the list may not hold every project. */
  gaps: Gap[];
}

const searchPermission = 'cloudasset.assets.searchAllResources';

/** What listing projects takes. */
export const listProjectsPermissions = [
  searchPermission,
  'resourcemanager.projects.get',
  'resourcemanager.folders.get',
];

export async function listProjects({ api, projects, scope }: ListProjectsOptions): Promise<ListedProjects> {
  if (projects?.length) return { projects: [...new Set(projects)].sort(), gaps: [] };
  if (!scope) return { projects: idsOf(await searchProjects(api)), gaps: [] };
  try {
    return { projects: await searchInventory(api, scope), gaps: [] };
  } catch (error) {
    const gap = gapOf(error, {
      action: {
        en: `list the projects of ${scope} from the asset inventory`,
        ja: `${scope} のプロジェクトの一覧をアセットインベントリから取得`,
      },
      permission: searchPermission,
    });
    return { projects: await searchBelow(api, scope), gaps: [withFallback(gap)] };
  }
}

function withFallback(gap: Gap): Gap {
  return { ...gap, why: remedied(gap.why, onlySeen) };
}

const onlySeen = {
  en: 'only projects that the auditor may see by themselves were read',
  ja: '監査者が個別に参照できるプロジェクトだけを読み取りました',
};

interface SearchPage {
  results?: { name?: string; state?: string }[];
  nextPageToken?: string | null;
}

async function searchInventory(api: GoogleApi, scope: string): Promise<string[]> {
  const ids: string[] = [];
  const pages = api.pages<SearchPage>({
    api: 'cloudasset',
    path: `v1/${encodePath(scope)}:searchAllResources`,
    query: {
      assetTypes: ['cloudresourcemanager.googleapis.com/Project'],
      pageSize: 500,
      readMask: 'name,state',
    },
  });
  for await (const { results } of pages)
    for (const { name, state } of results ?? [])
      if (state === undefined || state === 'ACTIVE') ids.push(name?.split('/').at(-1) ?? '');
  return sorted(ids);
}

type Project = cloudresourcemanager_v3.Schema$Project;

async function searchProjects(api: GoogleApi): Promise<Project[]> {
  const projects: Project[] = [];
  const pages = api.pages<cloudresourcemanager_v3.Schema$SearchProjectsResponse>({
    api: 'cloudresourcemanager',
    path: 'v3/projects:search',
    query: { query: 'state:ACTIVE', pageSize: 500 },
  });
  for await (const page of pages) projects.push(...(page.projects ?? []));
  return projects;
}

/** Of the projects that are seen, those whose line of parents leads to the scope. */
async function searchBelow(api: GoogleApi, scope: string): Promise<string[]> {
  const parents = new Map<string, string | null>();
  const below: Project[] = [];
  for (const project of await searchProjects(api)) {
    let parent = project.parent ?? null;
    while (parent !== null && parent !== scope) parent = await parentOf(api, parents, parent);
    if (parent === scope) below.push(project);
  }
  return idsOf(below);
}

/** Null at the top, and where the folder may not be seen. */
async function parentOf(
  api: GoogleApi,
  known: Map<string, string | null>,
  folder: string,
): Promise<string | null> {
  if (!folder.startsWith('folders/')) return null;
  if (known.has(folder)) return known.get(folder) ?? null;
  let parent: string | null = null;
  try {
    const path = `v3/${encodePath(folder)}`;
    parent = (await api.call<{ parent?: string }>({ api: 'cloudresourcemanager', path })).parent ?? null;
  } catch (error) {
    // Thrown again unless it is a refusal: the gap of the list already says that it may not be whole.
    gapOf(error, {
      action: { en: `find what ${folder} belongs to`, ja: `${folder} の親を確認` },
      permission: 'resourcemanager.folders.get',
    });
  }
  known.set(folder, parent);
  return parent;
}

function idsOf(projects: Project[]): string[] {
  return sorted(projects.map(({ projectId }) => projectId ?? ''));
}

/** Apps Script keeps a hidden project for every script (`sys-…`), often thousands of them, that can hold no cluster. */
function sorted(ids: string[]): string[] {
  return [...new Set(ids)].filter((id) => id && !/^sys-\d+$/.test(id)).sort();
}
