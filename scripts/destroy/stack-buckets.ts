import {
  DescribeStacksCommand,
  paginateListStackResources,
  type CloudFormationClient,
} from '@aws-sdk/client-cloudformation';

/** Names of the buckets of a stack, the access logs last: S3 writes them for as long as the others exist. */
export async function stackBuckets(client: CloudFormationClient, stackName: string): Promise<string[]> {
  const buckets: { id: string; name: string }[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: stackName })) {
    for (const {
      ResourceType,
      LogicalResourceId: id = '',
      PhysicalResourceId: name,
    } of page.StackResourceSummaries ?? [])
      if (ResourceType === 'AWS::S3::Bucket' && name !== undefined) buckets.push({ id, name });
  }
  const isLog = ({ id }: { id: string }) => Number(id.includes('AccessLogs'));
  return buckets.sort((a, b) => isLog(a) - isLog(b)).map(({ name }) => name);
}

/** Whether there is a stack of that name; one that is deleted is none. */
export async function stackExists(client: CloudFormationClient, stackName: string): Promise<boolean> {
  try {
    await client.send(new DescribeStacksCommand({ StackName: stackName }));
    return true;
  } catch (error) {
    // CloudFormation has no error of its own for this: `Stack with id clusterwhy does not exist`.
    if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message))
      return false;
    throw new Error(
      `Cannot look for the stack ${stackName}: ${(error as Error).message}; check the credentials (--profile) and the region (AWS_REGION)`,
      { cause: error },
    );
  }
}
