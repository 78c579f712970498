/** Accounts of AWS that a text names and that the credentials are not of. */
import type { FoundError } from '../../../shared/explain/scan-errors.ts';
import type { Report } from '../../../shared/report.ts';
import type { Session } from '../session.ts';

/** One sentence for each; none where the text names no account, or one that was looked at. */
export function otherAccounts({ says }: Session, { kind, cases }: FoundError, { scope }: Report): string[] {
  if (kind.cloud !== 'aws') return [];
  const looked = scope.filter(({ cloud }) => cloud === 'aws').map(({ account }) => account);
  const named = new Set(cases.flatMap(({ values }) => values.account ?? []));
  return [...named]
    .filter((account) => /^\d{12}$/.test(account) && !looked.includes(account))
    .map((account) => says.explain.live.otherAccount(account, looked.join(', ')));
}
