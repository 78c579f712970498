import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { stackOutputs } from '../../shared/deployment.ts';
import { UserError } from './user-error.ts';

/** The ARN of the state machine that a deployed stack names; needs cloudformation:DescribeStacks. */
export async function findStateMachine(client: CloudFormationClient, stack: string): Promise<string> {
  const arn = await findOutput(client, stack, 'stateMachineArn');
  if (arn) return arn;
  throw new UserError(
    `The stack ${stack} names no state machine: it is not one of clusterwhy, or not deployed yet; give --stack or --state-machine`,
  );
}

/** An output of a deployed stack; undefined where it has none of this name. Needs cloudformation:DescribeStacks. */
export async function findOutput(
  client: CloudFormationClient,
  stack: string,
  name: keyof typeof stackOutputs,
): Promise<string | undefined> {
  const outputs = await outputsOf(client, stack);
  return outputs.find(({ OutputKey }) => OutputKey === stackOutputs[name])?.OutputValue;
}

async function outputsOf(client: CloudFormationClient, stack: string) {
  const { DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    return Stacks?.[0]?.Outputs ?? [];
  } catch (error) {
    if (/Could not load credentials|expired/i.test(String(error)))
      throw new UserError(
        `Cannot find the stack ${stack}: ${(error as Error).message}; sign in with \`aws login\` or \`aws sso login\`, set AWS_PROFILE, or pass --profile`,
        { cause: error },
      );
    throw new UserError(
      `Cannot find the stack ${stack}: ${(error as Error).message}; give the --region in which it is deployed, its name as --stack, or --state-machine ARN`,
      { cause: error },
    );
  }
}
