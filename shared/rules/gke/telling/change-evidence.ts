import type { AdminActivity } from '../../../domain/google-audit.ts';
import { describeChange } from '../../../domain/google-change.ts';
import type { Evidence } from '../../../rule.ts';
import { en, ja } from '../../../words.ts';

/** Who did it and when, where the audit log tells. */
export function changeEvidence(label: string, entry: AdminActivity | null): Evidence[] {
  if (!entry) return [];
  const change = describeChange(entry);
  const value = {
    en: en`${change}, log entry ${entry.id}`,
    ja: ja`${change}、ログエントリ ${entry.id}`,
  };
  return [{ label, value }];
}
