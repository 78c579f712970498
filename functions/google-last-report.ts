/** The last report of the Cloud Function by what it looks at: what the next one is compared with. */
import * as z from 'zod/mini';
import { changeText, type Bucket } from '../shared/deliver/bucket.ts';
import { scopeKey, type Scope } from '../shared/deliver/latest-report.ts';
import { readIfThere } from '../shared/deliver/read-if-there.ts';
import { googlePrefix } from '../shared/deployment.ts';
import { reportSchema } from '../shared/report.ts';

const lastSchema = z.object({
  /** When a message last went out, ISO 8601 UTC; null where none did. */
  toldAt: z.nullable(z.string()),
  /** Whether a channel lacks the message of this run; the next run then sends one whatever it finds. */
  isOwed: z.boolean(),
  /** With every finding, and what changed since the one before. */
  report: reportSchema,
});

export type LastReport = z.infer<typeof lastSchema>;

/** Null before the first run. */
export async function readLastReport(bucket: Bucket, scope: Scope): Promise<LastReport | null> {
  const key = lastKey(scope);
  const stored = await readIfThere(bucket, key);
  return stored && parse(bucket, key, stored.text);
}

/** Keeps it, unless a later run has been there already. Written before it is read, for a bucket that may not be listed. */
export async function keepLastReport(bucket: Bucket, scope: Scope, last: LastReport): Promise<void> {
  const key = lastKey(scope);
  const text = JSON.stringify(last);
  if (await bucket.create(key, text)) return;
  await changeText(bucket, key, (known) => {
    const before = known === null ? null : parse(bucket, key, known);
    return before && before.report.startedAt > last.report.startedAt ? null : text;
  });
}

function parse(bucket: Bucket, key: string, text: string): LastReport {
  try {
    return lastSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(
      `Cannot tell the last report from ${bucket.address(key)}: it is not what this version writes; delete it, and everything is new once`,
      { cause: error },
    );
  }
}

function lastKey(scope: Scope): string {
  return `${googlePrefix}last/${scopeKey(scope)}.json`;
}
