/** What a report says of an account whose audit ended without one. */
import type { FailedAccount } from '../shared/merge-reports.ts';
import { en, ja, quoted, type Localized, type Words } from '../shared/words.ts';
import { causeMessage } from './cause-message.ts';
import { refusedRoleIn } from './member-clients.ts';

/**
 * @param error its name, as Step Functions tells it
 * @param cause what it said, as Step Functions tells it: the words of another process, in one language
 */
export function failedAudit(account: string, error: string, cause: Words): FailedAccount {
  const told = typeof cause === 'string' ? wordsOfCause(causeMessage(cause)) : cause;
  const why = {
    en: en`The audit of the account failed (${error}): ${told}; the log of the audit says more`,
    ja: ja`アカウントの監査に失敗しました (${error}): ${told}。詳細は監査のログにあります`,
  };
  return { cloud: 'aws', account, why };
}

function wordsOfCause(message: string): Localized {
  if (message === '') return noReason;
  return refusedRoleIn(message) ?? quoted(message);
}

const noReason = { en: 'no reason was given', ja: '理由は示されていません' };
