/** Remembers the last report of each scope: what the next one is compared with, and when somebody was last told. */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { prefixes } from '../deployment.ts';
import { LocalizedError } from '../localized-error.ts';
import { changeText, type Bucket } from './bucket.ts';

/** What a run looks at: two reports can be compared where it is the same. Null stands for all there are. */
export interface Scope {
  accounts: readonly string[];
  regions: readonly string[] | null;
  clusters: readonly string[] | null;
  checks: readonly string[] | null;
}

const latestSchema = z.object({
  runId: z.string(),
  /** Key of `report.json`. */
  key: z.string(),
  /** Of the run, ISO 8601 UTC. */
  startedAt: z.string(),
  /** When a message last went out, ISO 8601 UTC; null where none did. */
  toldAt: z.nullable(z.string()),
  /** Whether a channel lacks the message of this run; the next run then sends one whatever it finds. */
  isOwed: z.boolean(),
});

export type LatestReport = z.infer<typeof latestSchema>;

/** Null before the first run. */
export async function readLatest(bucket: Bucket, scope: Scope): Promise<LatestReport | null> {
  const key = latestKey(scope);
  const stored = await bucket.read(key);
  return stored && parse(bucket, key, stored.text);
}

/** Points to the report of a run, unless a later run has been there already. */
export async function moveLatest(bucket: Bucket, scope: Scope, latest: LatestReport): Promise<void> {
  const key = latestKey(scope);
  await changeText(bucket, key, (text) => {
    const known = text === null ? null : parse(bucket, key, text);
    return known && known.startedAt > latest.startedAt ? null : JSON.stringify(latest);
  });
}

function parse(bucket: Bucket, key: string, text: string): LatestReport {
  try {
    return latestSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new LocalizedError(
      {
        en: `Cannot tell the last report from s3://${bucket.name}/${key}: it is not what this version writes; delete it, and everything is new once`,
        ja: `s3://${bucket.name}/${key} から前回のレポートを特定できません: このバージョンの形式ではありません。削除してください (一度だけ、すべてが新規として扱われます)`,
      },
      { cause: error },
    );
  }
}

function latestKey(scope: Scope): string {
  return `${prefixes.state}latest/${scopeKey(scope)}.json`;
}

/** The same for every run that looks at the same. */
export function scopeKey({ accounts, regions, clusters, checks }: Scope): string {
  const parts = [accounts, regions, clusters, checks].map((part) => part && [...new Set(part)].sort());
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
