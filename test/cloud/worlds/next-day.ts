/** A day passes in both faulty worlds: their workloads go on calling, and are refused as before. */
import type { logging_v2 } from '@googleapis/logging';
import type { EventSeries } from '../event-series.ts';
import type { GoogleCloud } from '../google/start-google-cloud.ts';
import { faultyWorld as faultyProjects } from '../google/worlds/faulty.ts';
import type { RunningCloud } from '../start.ts';
import { faultyWorld, type FaultyOptions } from './faulty.ts';

export interface NextDay extends FaultyOptions {
  now: Date;
  /** ARNs of roles and ids of projects that were changed since: nothing of the world's own is recorded of them. */
  changed: ReadonlySet<string>;
}

/** Adds what is called in the 24 hours before `now` to what both clouds have recorded. */
export function addNextDay(
  aws: RunningCloud,
  google: GoogleCloud,
  { now, changed, ...options }: NextDay,
): void {
  for (const { id, history } of faultyWorld({ ...options, now }).accounts)
    aws.account(id).history.push(...history.filter(({ series }) => !changed.has(roleOf(series) ?? '')));
  for (const { id, logEntries } of faultyProjects(now).projects.values())
    if (!changed.has(id)) google.world.projects.get(id)?.log(...logEntries.filter(isRefusal));
}

/** What somebody changed is not changed again every day. */
function isRefusal({ protoPayload }: logging_v2.Schema$LogEntry): boolean {
  return ((protoPayload?.['status'] as { code?: number } | undefined)?.code ?? 0) !== 0;
}

/** The role that the calls of a series asked for; a series holds the calls of one caller. */
function roleOf(series: EventSeries): string | undefined {
  if (series.length === 0) return undefined;
  return series.recordAt(0).requestParameters?.['roleArn'] as string | undefined;
}
