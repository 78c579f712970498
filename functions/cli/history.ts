/** `clusterwhy history`: what opened and closed, day by day, from the bucket of the deployed auditor. */
import { openBucket } from '../../shared/deliver/bucket.ts';
import { readIndex } from '../../shared/deliver/report-index.ts';
import { renderHistory } from '../../shared/render/history-text.ts';
import { environment, readSettings } from '../../shared/settings.ts';
import { makeDeliveryClients, type AwsClientSettings } from '../aws-clients.ts';
import type { Session } from './session.ts';
import { userError, UserError } from './user-error.ts';

export interface HistoryOptions {
  /** Name of the bucket; that of the settings, or of the deployed stack, where absent. */
  bucket?: string;
  /** Name of the deployed stack. */
  stack: string;
  profile?: string;
  region?: string;
  /** How many days are shown; all that are kept where absent. */
  days?: number;
  output: 'text' | 'json';
}

/** Exit code: 0, also where there is no report yet. */
export async function history(session: Session, options: HistoryOptions): Promise<number> {
  const { profile, region, days = Infinity, output } = options;
  const aws = { ...(profile && { profile }), ...(region && { region }) };
  const name = await bucketOf(session, options, aws);
  const entries = await readIndex(openBucket(makeDeliveryClients(aws).s3, name));
  if (entries.length === 0) session.log('warn', session.says.history.none(name));
  await session.write(renderHistory(entries, { ...session, days, output }));
  return 0;
}

async function bucketOf(
  session: Session,
  { bucket, stack }: HistoryOptions,
  aws: AwsClientSettings,
): Promise<string> {
  const known = bucket ?? userError(() => readSettings(session.env)).bucket;
  if (known !== null) return known;
  const { makeWorkflowClients } = await import('../workflow-clients.ts');
  const { findOutput } = await import('./find-state-machine.ts');
  const found = await findOutput(makeWorkflowClients(aws).cloudFormation, stack, 'bucket');
  if (found) return found;
  throw new UserError({
    en: `The stack ${stack} names no bucket of reports: give --bucket, --stack, or set ${environment.bucket}`,
    ja: `スタック ${stack} にはレポートのバケットの出力がありません: --bucket または --stack を指定するか、${environment.bucket} を設定してください`,
  });
}
