/** The last report of the Cloud Function by what it looks at: what the next one is compared with. */
import * as z from 'zod/mini';
import { changeText, type Bucket } from '../shared/deliver/bucket.ts';
import { scopeKey, type Scope } from '../shared/deliver/latest-report.ts';
import { readIfThere } from '../shared/deliver/read-if-there.ts';
import { googlePrefix } from '../shared/deployment.ts';
import { LocalizedError } from '../shared/localized-error.ts';
import { reportSchema } from '../shared/report.ts';
import type { Localized } from '../shared/words.ts';

const lastSchema = z.object({
  /** When a message last went out, ISO 8601 UTC; null where none did. */
  toldAt: z.nullable(z.string()),
  /** Whether a channel lacks the message of this run; the next run then sends one whatever it finds. */
  isOwed: z.boolean(),
  /** With every finding, and what changed since the one before. */
  report: reportSchema,
});

export type LastReport = z.infer<typeof lastSchema>;

/**
 * Null before the first run.
 * @throws {Error} where it cannot be read, or is not what this version writes
 */
export async function readLastReport(bucket: Bucket, scope: Scope): Promise<LastReport | null> {
  const key = lastKey(scope);
  const stored = await readIfThere(bucket, key);
  return stored && parse(bucket, key, stored.text);
}

/**
 * Keeps it, unless a later run has been there already; what is not what this version writes is begun anew. Written before
 * it is read, for a bucket that may not be listed.
 * @throws {Error} where it cannot be written
 */
export async function keepLastReport(bucket: Bucket, scope: Scope, last: LastReport): Promise<void> {
  const key = lastKey(scope);
  const text = JSON.stringify(last);
  if (await bucket.create(key, text)) return;
  await changeText(bucket, key, (known) => {
    const before = known === null ? null : readAs(known);
    return before && before.report.startedAt > last.report.startedAt ? null : text;
  });
}

function parse(bucket: Bucket, key: string, text: string): LastReport {
  const last = readAs(text);
  if (last) return last;
  throw new LocalizedError(notOurs(bucket.address(key)));
}

/** Null where it is not what this version writes. */
function readAs(text: string): LastReport | null {
  try {
    return lastSchema.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.core.$ZodError) return null;
    throw error;
  }
}

function notOurs(where: string): Localized {
  return {
    en: `the last report ${where} is not what this version writes; this run begins it anew`,
    ja: `前回のレポート ${where} は、このバージョンが書き込む形式ではありません。今回の実行で作り直します`,
  };
}

function lastKey(scope: Scope): string {
  return `${googlePrefix}last/${scopeKey(scope)}.json`;
}
