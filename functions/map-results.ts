/**
 * What the executions of a Distributed Map answered, from the files of its result writer
 * (docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html).
 */
import * as z from 'zod/mini';
import type { Bucket } from '../shared/deliver/bucket.ts';

/** The key of an account's report, or why there is none: the error and its cause as Step Functions tells them. */
export type MapResult = { account: string; key: string } | { account: string; error: string; cause: string };

const files = z.array(z.object({ Key: z.string() }));
const manifestSchema = z.object({
  ResultFiles: z.object({ SUCCEEDED: files, FAILED: files, PENDING: z.optional(files) }),
});

const executionsSchema = z.array(
  z.object({
    Input: z.string(),
    Output: z.optional(z.string()),
    Error: z.optional(z.string()),
    Cause: z.optional(z.string()),
    Status: z.string(),
  }),
);

const answerSchema = z.object({
  account: z.string(),
  key: z.optional(z.string()),
  error: z.optional(z.string()),
  cause: z.optional(z.string()),
});

/** File by file: Step Functions keeps each below 5 GB, and writes many small ones. */
export async function* readMapResults(bucket: Bucket, manifestKey: string): AsyncGenerator<MapResult> {
  const { ResultFiles } = await readJson(bucket, manifestKey, manifestSchema);
  for (const { Key } of Object.values(ResultFiles).flatMap((some) => some ?? [])) {
    for (const execution of await readJson(bucket, Key, executionsSchema)) yield resultOf(execution);
  }
}

function resultOf({
  Input,
  Output,
  Error: name,
  Cause,
  Status,
}: z.infer<typeof executionsSchema>[number]): MapResult {
  if (Output === undefined) {
    const { account } = answerSchema.parse(JSON.parse(Input));
    return { account, error: name ?? Status, cause: Cause ?? '' };
  }
  const { account, key, error = 'Unknown', cause = '' } = answerSchema.parse(JSON.parse(Output));
  return key === undefined ? { account, error, cause } : { account, key };
}

async function readJson<Schema extends z.ZodMiniType>(
  bucket: Bucket,
  key: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const stored = await bucket.read(key);
  try {
    return schema.parse(JSON.parse(stored?.text ?? ''));
  } catch (error) {
    throw new Error(
      `Cannot read the results of the audits in s3://${bucket.name}/${key}: ${stored ? 'they have another form than Step Functions writes' : 'there is no such object'}; start the run again`,
      { cause: error },
    );
  }
}
