/** The one line that a failure is told in. */
import { refusalKind, type RefusalKind } from '../../shared/collect/aws/refusal.ts';
import { LocalizedError, saidBy } from '../../shared/localized-error.ts';
import { printableLine } from '../../shared/render/printable.ts';
import { inLanguage, type Language, type Localized } from '../../shared/words.ts';
import { awsSignIn } from './sign-in.ts';

/** What an error that the AWS SDK threw as it is means for the person at the keyboard. */
const remedies: Partial<Record<RefusalKind, Localized>> = {
  'no credentials': {
    en: `No AWS credentials were found: ${awsSignIn.en}`,
    ja: `AWS の認証情報が見つかりません: ${awsSignIn.ja}`,
  },
  expired: {
    en: 'The AWS credentials have expired: sign in again, or choose others with --profile',
    ja: 'AWS の認証情報の有効期限が切れています: 再度サインインするか、--profile で別の認証情報を選択してください',
  },
  'not enabled': {
    en: 'AWS does not accept the credentials: check the access key, or choose others with --profile',
    ja: 'AWS が認証情報を受け付けません: アクセスキーを確認するか、--profile で別の認証情報を選択してください',
  },
  unreachable: {
    en: 'The endpoint cannot be reached: check the region, the network, and AWS_ENDPOINT_URL where it is set',
    ja: 'エンドポイントに到達できません: リージョンとネットワーク、設定している場合は AWS_ENDPOINT_URL を確認してください',
  },
};

/** One sentence on one line: what could not be done, why, and what to do. Never a stack. */
export function failureLine(error: unknown, language: Language): string {
  const said = inLanguage(saidBy(error), language) || String((error as Error | null)?.name ?? '');
  const message = printableLine(said.replaceAll(/\s*[\r\n]+\s*/g, ' ').trim());
  const remedy = isOurs(error) ? undefined : remedies[refusalKind(error)];
  return remedy ? `${inLanguage(remedy, language)} (${message})` : message;
}

/** An error of ours says what to do already: only what an SDK threw carries a code, a status or a name of its own. */
function isOurs(error: unknown): boolean {
  if (error instanceof LocalizedError) return true;
  const { name, code, $metadata } = (error ?? {}) as { name?: string; code?: unknown; $metadata?: unknown };
  return /^(Error|AggregateError)$/.test(name ?? '') && code === undefined && $metadata === undefined;
}
