import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { S3Client } from '@aws-sdk/client-s3';
import type { DestroyArguments } from './arguments.ts';
import { deleteBucket } from './delete-bucket.ts';
import { stackBuckets, stackExists } from './stack-buckets.ts';

export interface DestroyMeans {
  cloudFormation: CloudFormationClient;
  s3: S3Client;
  /** Runs `cdk` with arguments; its exit code. */
  runCdk: (args: readonly string[]) => number;
  say: (line: string) => void;
}

/**
 * Removes the stack and those that forward to it, and its buckets where that is asked for; the exit code.
 * @throws {Error} where there is no such stack, or a bucket cannot be deleted.
 */
export async function destroyStack(
  { stackName, deleteReports, forCdk }: DestroyArguments,
  { cloudFormation, s3, runCdk, say }: DestroyMeans,
): Promise<number> {
  if (!(await stackExists(cloudFormation, stackName)))
    throw new Error(
      `Cannot destroy ${stackName}: there is no such stack in ${await cloudFormation.config.region()}; choose its region with AWS_REGION, or its name with -c stackName=NAME`,
    );
  // Nobody knows their names once the stack is gone.
  const buckets = await stackBuckets(cloudFormation, stackName);
  const code = runCdk(['destroy', '--all', ...forCdk]);
  if (code !== 0) return code;
  if (await stackExists(cloudFormation, stackName)) {
    say(`The stack ${stackName} is still there, and so are its reports.`);
    return 1;
  }
  for (const bucket of buckets) {
    if (deleteReports)
      say(`Deleted s3://${bucket} with ${await deleteBucket(s3, bucket)} versions of objects`);
    else say(`Kept s3://${bucket}`);
  }
  return 0;
}
