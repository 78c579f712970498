import type { AdminActivity } from '../../../domain/google-audit.ts';
import { describeChange } from '../../../domain/google-change.ts';
import type { Evidence } from '../../../rule.ts';

/** Who did it and when, where the audit log tells. */
export function changeEvidence(label: string, entry: AdminActivity | null): Evidence[] {
  if (!entry) return [];
  return [{ label, value: `${describeChange(entry)}, log entry ${entry.id}` }];
}
