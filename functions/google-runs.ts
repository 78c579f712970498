/** What the steps of a run over many projects leave for each other: its plan, the report of each batch, and the whole. */
import * as z from 'zod/mini';
import type { Bucket } from '../shared/deliver/bucket.ts';
import { readIfThere } from '../shared/deliver/read-if-there.ts';
import { googlePrefix } from '../shared/deployment.ts';
import { LocalizedError } from '../shared/localized-error.ts';
import { renderJson } from '../shared/render/json.ts';
import { reportSchema, type Report } from '../shared/report.ts';
import type { Localized } from '../shared/words.ts';
import { seenClusterSchema, type SeenProject } from './cluster-history.ts';

/** What a step has left is not what this version writes; trying again would not help. */
export class DamagedStepError extends LocalizedError {
  override name = 'DamagedStepError';
}

/** Nothing in it changes once it is written: an attempt that comes again finds what the first one planned. */
export interface ProjectsPlan {
  /** When the run began, ISO 8601 UTC. */
  startedAt: string;
  /** As it was asked, to be read by `parseGkeRequest`. */
  request: unknown;
  /** What was searched: `organizations/…`, `folders/…`, or words. */
  scope: string;
  /** Ids of the projects. */
  batches: string[][];
  /** What is not looked at and belongs to no batch. */
  gaps: Report['coverage'];
}

export interface BatchResult {
  report: Report;
  /** For the history. */
  seen: SeenProject[];
}

export interface RunStore {
  /** Null where there is none. */
  readPlan(): Promise<ProjectsPlan | null>;
  /** The plan that holds: that of an earlier attempt, where there was one. */
  keepPlan(plan: ProjectsPlan): Promise<ProjectsPlan>;
  /** Batches are counted from 1; null where there is none. Throws a `DamagedStepError` where it is not what this version writes. */
  readBatch(batch: number): Promise<BatchResult | null>;
  keepBatch(batch: number, result: BatchResult): Promise<void>;
  /** The report that is sent: that of an earlier attempt, where there was one. */
  keepReport(report: Report): Promise<Report>;
}

const planSchema = z.object({
  startedAt: z.string(),
  request: z.unknown(),
  scope: z.string(),
  batches: z.array(z.array(z.string())),
  gaps: reportSchema.shape.coverage,
});

const batchSchema = z.object({
  report: reportSchema,
  seen: z.array(z.object({ project: z.string(), time: z.string(), clusters: z.array(seenClusterSchema) })),
});

/** @param runId letters, digits, `-` and `_` */
export function openRun(bucket: Bucket, runId: string): RunStore {
  const keyOf = (file: string) => `${googlePrefix}runs/${runId}/${file}.json`;
  const batchKey = (batch: number) => keyOf(`batch-${String(batch).padStart(4, '0')}`);
  const readPlan = () => readAs(bucket, keyOf('plan'), planSchema);
  return {
    readPlan,
    async keepPlan(plan) {
      if (await bucket.create(keyOf('plan'), JSON.stringify(plan))) return plan;
      return (await readPlan()) ?? gone(bucket, keyOf('plan'));
    },
    readBatch: (batch) => readAs(bucket, batchKey(batch), batchSchema),
    async keepBatch(batch, result) {
      await bucket.create(batchKey(batch), JSON.stringify(result));
    },
    async keepReport(report) {
      if (await bucket.create(keyOf('report'), renderJson(report))) return report;
      return (await readAs(bucket, keyOf('report'), reportSchema)) ?? gone(bucket, keyOf('report'));
    },
  };
}

async function readAs<Schema extends z.ZodMiniType>(
  bucket: Bucket,
  key: string,
  schema: Schema,
): Promise<z.infer<Schema> | null> {
  const stored = await readIfThere(bucket, key);
  if (!stored) return null;
  try {
    return schema.parse(JSON.parse(stored.text));
  } catch (error) {
    throw new DamagedStepError(notOurs(bucket.address(key)), { cause: error });
  }
}

function notOurs(address: string): Localized {
  return {
    en: `Cannot read ${address}: it is not what this version writes; start the run again`,
    ja: `${address} を読み取れません: このバージョンが書き込む形式ではありません。もう一度実行してください`,
  };
}

function gone(bucket: Bucket, key: string): never {
  throw new Error(`Cannot read ${bucket.address(key)}: it was there, and is gone; start the run again`);
}
