/** Audit logs of all projects of a run: one question for up to a hundred projects, as Cloud Logging's low quota asks. */
import type { AccessDenial, AdminActivity } from '../../domain/google-audit.ts';
import type { Gap, Reading } from '../../observation.ts';
import { en, ja, type Localized } from '../../words.ts';
import { readingOf } from '../reading-of.ts';
import { GoogleApiError } from './google-api-error.ts';
import type { GoogleApi } from './google-api.ts';
import { groupDenials, type DenialGroups } from './group-denials.ts';
import { parseAdminActivity, parseDenial, projectOfEntry, type LogEntry } from './parse-audit-entry.ts';
import { gapOf } from './refusal.ts';

export type Denials = { denials: AccessDenial[]; events: number; unparsed: number };

export interface AuditLogs {
  /** Changes of the window and of 30 days before its end, newest first. */
  changes(project: string): Promise<Reading<AdminActivity[]>>;
  /** Refused calls of the window, grouped. */
  denials(project: string): Promise<Reading<Denials>>;
}

export const logPermission = 'logging.logEntries.list';

/** The most projects that one request may name. */
const projectsAtOnce = 100;
const pageSize = 1000;
/** Pages that one question may take; a storm of refusals is cut off, and the rest of the window not covered. */
const mostPages = 20;
const historyMs = 30 * 86_400_000;

/** One question to the logs, and where what it finds is put. */
interface Question<T> {
  action: (project: string) => Localized;
  filter: string;
  from: Date;
  start(): T;
  add(collected: T, entry: LogEntry): void;
}

export function auditLogs(
  api: GoogleApi,
  projects: readonly string[],
  window: { from: Date; to: Date },
): AuditLogs {
  const changes = answers(api, projects, changesQuestion(window));
  const denials = answers(api, projects, denialsQuestion(window));
  return {
    changes: async (project) => changesOf(project, await changes(project)),
    denials: async (project) => {
      const reading = await denials(project);
      if (reading.state === 'unread') return reading;
      const { unparsed, events } = reading.value;
      return { ...reading, value: { denials: reading.value.list(), events, unparsed } };
    },
  };
}

/** Entries that could not be read are counted in a gap, never dropped in silence. */
function changesOf(project: string, reading: Reading<Changes>): Reading<AdminActivity[]> {
  if (reading.state === 'unread') return reading;
  const { list, unparsed } = reading.value;
  const gaps = 'gaps' in reading ? reading.gaps : [];
  if (unparsed === 0) return readingOf(list, gaps);
  const why = {
    en: `Cannot understand ${unparsed} entries of the Admin Activity log of ${project}: they lack time, service or method`,
    ja: `${project} の管理アクティビティ監査ログのエントリ ${unparsed} 件を解釈できません: 時刻、サービス、メソッドのいずれかがありません`,
  };
  return readingOf(list, [...gaps, { location: null, why }]);
}

/** Methods that change what GKE rests on; those of other clusters' lives are told by the clusters themselves. */
const changeFilter = [
  'protoPayload.methodName:("IPRotation" OR "DisableService" OR "EnableService" OR "ServiceAccount")',
  'protoPayload.serviceData.policyDelta.bindingDeltas.action="REMOVE"',
  'protoPayload.methodName:("ClusterManager.CreateCluster" OR "ClusterManager.DeleteCluster")',
  '(protoPayload.serviceName="container.googleapis.com" AND severity>=ERROR)',
].join(' OR ');

/** Changes while they are read. */
interface Changes {
  list: AdminActivity[];
  unparsed: number;
}

function changesQuestion({ from, to }: { from: Date; to: Date }): Question<Changes> {
  const start = new Date(Math.min(from.getTime(), to.getTime() - historyMs));
  return {
    action: (project) => ({
      en: `read the Admin Activity log of ${project}`,
      ja: `${project} の管理アクティビティ監査ログを取得`,
    }),
    filter: `${between(start, to)} AND log_id("cloudaudit.googleapis.com/activity") AND (${changeFilter})`,
    from: start,
    start: () => ({ list: [], unparsed: 0 }),
    add(collected, entry) {
      const activity = parseAdminActivity(entry);
      if (activity) collected.list.push(activity);
      else collected.unparsed++;
    },
  };
}

/** Reads stand in the Data Access log, writes in Admin Activity. */
function denialsQuestion({ from, to }: { from: Date; to: Date }): Question<DenialGroups> {
  const logs = ['activity', 'data_access']
    .map((log) => `log_id("cloudaudit.googleapis.com/${log}")`)
    .join(' OR ');
  return {
    action: (project) => ({
      en: `read the refused calls in the audit logs of ${project}`,
      ja: `${project} の監査ログにある拒否された呼び出しを取得`,
    }),
    filter: [
      between(from, to),
      `(${logs})`,
      'protoPayload.serviceName=("container.googleapis.com" OR "k8s.io")',
      'protoPayload.status.code=(7 OR 16)',
    ].join(' AND '),
    from,
    start: groupDenials,
    add(collected, entry) {
      collected.add(parseDenial(entry));
    },
  };
}

function between(from: Date, to: Date): string {
  return `timestamp>="${from.toISOString()}" AND timestamp<="${to.toISOString()}"`;
}

/** What one project's part of a question came to. */
type Answer<T> = (project: string) => Promise<Reading<T>>;

/**
 * Answers by project. The run's projects are asked for together; where that is refused, for one may not be read, or
 * is too much, each is asked for alone.
 */
function answers<T>(api: GoogleApi, projects: readonly string[], question: Question<T>): Answer<T> {
  const together = new Map<string, Promise<Map<string, T> | null>>();
  return async (project) => {
    const index = projects.indexOf(project);
    const chunk = Math.floor(index / projectsAtOnce) * projectsAtOnce;
    const group = index < 0 ? [project] : projects.slice(chunk, chunk + projectsAtOnce);
    if (group.length === 1) return askAlone(api, project, question);
    const key = group[0] ?? project;
    const asked = together.get(key) ?? askTogether(api, group, question);
    together.set(key, asked);
    const shared = await asked;
    if (!shared) return askAlone(api, project, question);
    const value = shared.get(project) ?? question.start();
    // Not needed again: a run over a thousand projects does not keep all of their logs.
    shared.delete(project);
    return { state: 'whole', value };
  };
}

async function askTogether<T>(
  api: GoogleApi,
  projects: readonly string[],
  question: Question<T>,
): Promise<Map<string, T> | null> {
  const found = new Map<string, T>();
  try {
    const end = await readEntries(api, projects, question, (entry) => {
      const project = projectOfEntry(entry);
      if (project === null) return;
      const collected = found.get(project) ?? question.start();
      found.set(project, collected);
      question.add(collected, entry);
    });
    return end === null ? found : null;
  } catch (error) {
    if (error instanceof GoogleApiError) return null;
    throw error;
  }
}

async function askAlone<T>(api: GoogleApi, project: string, question: Question<T>): Promise<Reading<T>> {
  const collected = question.start();
  const action = question.action(project);
  try {
    const end = await readEntries(api, [project], question, (entry) => question.add(collected, entry));
    return readingOf(collected, end === null ? [] : [cutOff(action, question.from, end)]);
  } catch (error) {
    return { state: 'unread', gaps: [gapOf(error, { action, permission: logPermission })] };
  }
}

function cutOff(action: Localized, from: Date, to: string): Gap {
  const most = mostPages * pageSize;
  const why = {
    en: en`Cannot ${action} to its end: it holds more than ${most} such entries; ask for a shorter time with --since`,
    ja: ja`最後まで${action}できません: 該当するエントリが ${most} 件を超えています。--since で対象の期間を短くしてください`,
  };
  return { location: null, why, from: from.toISOString(), to };
}

/** Reads the pages, newest entry first; answers the time of the last entry that was read where there are more. */
async function readEntries<T>(
  api: GoogleApi,
  projects: readonly string[],
  { filter }: Question<T>,
  add: (entry: LogEntry) => void,
): Promise<string | null> {
  const resourceNames = projects.map((project) => `projects/${project}`);
  const body = { resourceNames, filter, orderBy: 'timestamp desc', pageSize };
  const request = { api: 'logging', method: 'POST', path: 'v2/entries:list', body } as const;
  let pages = 0;
  let oldest: string | null = null;
  for await (const { entries, nextPageToken } of api.pages<EntriesPage>(request)) {
    for (const entry of entries ?? []) add(entry);
    oldest = entries?.at(-1)?.timestamp ?? oldest;
    if (++pages === mostPages && nextPageToken) return oldest ?? new Date().toISOString();
  }
  return null;
}

interface EntriesPage {
  entries?: LogEntry[];
  nextPageToken?: string | null;
}
