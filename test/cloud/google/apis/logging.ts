/** Cloud Logging v2: entries.list over the projects' audit logs. */
import type { logging_v2 } from '@googleapis/logging';
import { invalid, permissionDenied } from '../google-error.ts';
import { loggingFilter } from '../logging-filter.ts';
import { page, pageToken, type PageSizes } from '../page.ts';
import { route, type Call, type Route } from '../route.ts';
import type { GoogleWorld } from '../world.ts';

export interface LogPages extends PageSizes {
  /** Begins with an empty page that has a next page token, as the API may when it searches for long. */
  emptyFirst: boolean;
}

/** The most that one request may name, and the longest filter. */
const MOST_RESOURCES = 100;
const LONGEST_FILTER = 20_000;

export function loggingRoutes(world: GoogleWorld, pages: LogPages): Route[] {
  return [
    route('POST /v2/entries:list', (call) => listEntries(world, call, pages), {
      fields: ['resourceNames', 'filter', 'orderBy', 'pageSize', 'pageToken'],
    }),
  ];
}

function listEntries(world: GoogleWorld, call: Call, pages: LogPages): object {
  const {
    filter = '',
    orderBy = 'timestamp asc',
    pageToken: token,
    pageSize,
  } = call.body as logging_v2.Schema$ListLogEntriesRequest;
  const names = (call.body.resourceNames ?? []) as string[];
  if (names.length === 0 || names.length > MOST_RESOURCES)
    throw invalid(`resource_names must hold between 1 and ${MOST_RESOURCES} names.`);
  if ((filter ?? '').length > LONGEST_FILTER)
    throw invalid(`filter must be at most ${LONGEST_FILTER} characters.`);
  const matches = loggingFilter(filter ?? '');
  const entries = names.flatMap((name) => readable(world, call, name)).filter(matches);
  const newestFirst = orderBy === 'timestamp desc';
  entries.sort(
    (a, b) => (newestFirst ? -1 : 1) * (Date.parse(a.timestamp ?? '') - Date.parse(b.timestamp ?? '')),
  );
  if (pages.emptyFirst && !token) return { nextPageToken: pageToken(0) };
  const shown = page(entries, token ?? null, String(pageSize ?? ''), pages);
  return { entries: shown.items, ...(shown.nextPageToken ? { nextPageToken: shown.nextPageToken } : {}) };
}

/** A project's entries; those of Data Access logs are left out in silence where the caller may not read them. */
function readable(world: GoogleWorld, { demand, caller }: Call, name: string): logging_v2.Schema$LogEntry[] {
  const id = name.replace(/^projects\//, '');
  const project = world.findProject(id);
  demand('logging.logEntries.list', `projects/${project?.id ?? id}`, { project: project?.id ?? id });
  if (!project || !caller) throw permissionDenied('logging.logEntries.list', name);
  try {
    demand('logging.privateLogEntries.list', `projects/${project.id}`);
  } catch {
    // Not refused: what is private is not there for this caller.
    return project.logEntries.filter(({ logName }) => !logName?.includes('data_access'));
  }
  return project.logEntries;
}
