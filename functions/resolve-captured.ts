import { forgetResolved } from '../shared/capture/cool-down.ts';
import type { Report } from '../shared/report.ts';

/**
 * Tells the table of captured denials which causes the report calls resolved, so that people are told when they come back.
 * Loaded only where denials are captured; the report is out before.
 */
export async function resolveCaptured(tableName: string, { findings }: Report, now: Date): Promise<void> {
  const resolved = findings.filter(({ change }) => change === 'resolved').map(({ id }) => id);
  if (resolved.length === 0) return;
  const { openTable } = await import('./open-table.ts');
  await forgetResolved(openTable(tableName), resolved, now);
}
