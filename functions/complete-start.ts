import type { AuditEvent, Start } from './event.ts';
import { makeRunId } from './run-id.ts';

/** Gives a run its id and its time, which all its steps have in common. */
export function completeStart({ runId, ...asked }: Start, now: Date): Pick<AuditEvent, 'runId' | 'request'> {
  return { runId: runId ?? makeRunId(now), request: { ...asked, startedAt: now.toISOString() } };
}
