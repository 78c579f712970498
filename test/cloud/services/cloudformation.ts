import type { DescribeStacksOutput } from '@aws-sdk/client-cloudformation';
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import { queryService, type QueryInput } from '../protocols/query.ts';

export const cloudformation = queryService({
  signingName: 'cloudformation',
  regional: true,
  namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
  operations: {
    DescribeStacks: { action: 'cloudformation:DescribeStacks', run: describeStacks },
  },
});

function describeStacks(input: QueryInput, { cloud }: Call): DescribeStacksOutput {
  const name = input.text('StackName') ?? '';
  const outputs = cloud.stacks.get(name);
  if (!outputs) throw new AwsError('ValidationError', `Stack with id ${name} does not exist`);
  return {
    Stacks: [
      {
        StackName: name,
        CreationTime: cloud.builtFor,
        StackStatus: 'CREATE_COMPLETE',
        Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
      },
    ],
  };
}
