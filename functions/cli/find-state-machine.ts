import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { stackOutputs } from '../../shared/deployment.ts';
import { awsSignIn } from './sign-in.ts';
import { UserError } from './user-error.ts';

/** The ARN of the state machine that a deployed stack names; needs cloudformation:DescribeStacks. */
export async function findStateMachine(client: CloudFormationClient, stack: string): Promise<string> {
  const arn = await findOutput(client, stack, 'stateMachineArn');
  if (arn) return arn;
  throw new UserError({
    en: `The stack ${stack} names no state machine: it is not one of clusterwhy, or not deployed yet; give --stack or --state-machine`,
    ja: `スタック ${stack} にはステートマシンの出力がありません: clusterwhy のスタックではないか、まだデプロイされていません。--stack または --state-machine を指定してください`,
  });
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
    throw notFound(stack, error);
  }
}

function notFound(stack: string, error: unknown): UserError {
  const why = (error as Error).message;
  const remedy = /Could not load credentials|expired/i.test(String(error)) ? awsSignIn : nameIt;
  return new UserError(
    {
      en: `Cannot find the stack ${stack}: ${why}; ${remedy.en}`,
      ja: `スタック ${stack} が見つかりません: ${why}。${remedy.ja}`,
    },
    { cause: error },
  );
}

const nameIt = {
  en: 'give the --region in which it is deployed, its name as --stack, or --state-machine ARN',
  ja: 'デプロイ先のリージョンを --region で、スタックの名前を --stack で、または --state-machine ARN を指定してください',
};
