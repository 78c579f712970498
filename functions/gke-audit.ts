/** What an audit in one call and a run of many steps have in common: what is asked, what was there before, what is kept. */
import { googleEnvironment } from '../shared/google-settings.ts';
import type { Reading } from '../shared/observation.ts';
import type { Report } from '../shared/report.ts';
import { environment } from '../shared/settings.ts';
import { noHistory, readHistory, type ClusterHistory, type HistoryStore } from './cluster-history.ts';
import type { GkeFunctionOptions } from './gke-function.ts';
import { InvalidRequestError, parseGkeRequest, type GkeRequest } from './gke-request.ts';
import { publishGoogleReport } from './publish-google-report.ts';

/** @throws {InvalidRequestError} also where it is to be delivered and there is nowhere to deliver it to */
export function understand(options: GkeFunctionOptions, body: unknown): GkeRequest {
  const { ownProject, deliver, sendsParts = true } = options;
  const request = parseGkeRequest(body, ownProject);
  if (!request.deliver) return request;
  if (!deliver)
    throw new InvalidRequestError(
      'Cannot deliver the report: no channel is set up for this function; leave "deliver" out',
    );
  if (!sendsParts && !isWhole(options, request))
    throw new InvalidRequestError(
      `Cannot deliver a report on a part: the bucket keeps the one on ${options.wholeScope ?? 'all clusters'}, and no other channel is set up; leave "deliver" out, the answer is the report`,
    );
  return request;
}

/** Whether it asks for all that the deployment audits: its report takes the place of the last on the whole. */
export function isWhole({ wholeScope = null }: GkeFunctionOptions, request: GkeRequest): boolean {
  if (request.clusters) return false;
  return wholeScope === null || wholeScope === scopeOf(request);
}

/** As `googleEnvironment.wholeScope` is written. */
function scopeOf({ scope, projects }: GkeRequest): string | null {
  if (scope !== undefined) return scope;
  return projects ? `projects/${[...new Set(projects)].sort().join(',')}` : null;
}

const keptNowhere = {
  en: `what earlier runs saw is kept nowhere; set ${environment.bucket} or ${googleEnvironment.bucket} to keep it in a bucket`,
  ja: `以前の実行で確認した内容はどこにも保存されていません。バケットに保存するには、${environment.bucket} または ${googleEnvironment.bucket} を設定してください`,
};

export async function historyOf({ history }: GkeFunctionOptions): Promise<Reading<ClusterHistory>> {
  return history ? readHistory(history) : noHistory(keptNowhere);
}

export interface FoundReport {
  /** With every finding. */
  found: Report;
  /** What the bucket keeps as the newest on the whole; null where it is on a part. */
  kept: Report | null;
  /** What people are told of it; all where absent. */
  shorten?: (report: Report) => Report;
}

/** Sends a report; where there is state only its news, compared with the one before, and muted. Returns what was told. */
export async function tellReport(
  { deliver, state, log }: GkeFunctionOptions,
  request: GkeRequest,
  { found, kept, shorten = (report) => report }: FoundReport,
): Promise<Report> {
  if (!state) {
    const report = shorten(found);
    await deliver?.(report, kept);
    return report;
  }
  return publishGoogleReport(found, state, {
    scope: {
      accounts: [scopeOf(request) ?? 'all projects'],
      regions: null,
      clusters: request.clusters ?? null,
      checks: null,
    },
    deliver: request.deliver === 'news' ? 'news' : true,
    now: new Date(),
    shorten,
    send: async (report, isDue) => deliver?.(report, kept, isDue),
    log: (line) => log('ERROR', line),
  });
}

/** Only what people were told is remembered. The report is out: that the next one knows less is for the log. */
export async function remember(
  { history, log }: GkeFunctionOptions,
  add: (history: HistoryStore) => Promise<void>,
): Promise<void> {
  try {
    if (history) await add(history);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log('ERROR', `The next run will not know the clusters of this one: ${why}`);
  }
}
