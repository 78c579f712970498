import { Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { allow } from './allow.ts';

/** What Lambda does with the function's role to put it into a VPC (docs.aws.amazon.com/lambda, "VPC permissions"). */
const actions = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * Lets Lambda make the network interfaces of a function in a VPC, and keeps the function's own code from doing the same:
 * only its calls carry the function's ARN. The interfaces do not exist yet, so they cannot be named.
 */
export function allowNetwork(role: Role): void {
  allow(role, {
    sid: 'AttachToVpc',
    actions,
    resources: ['*'],
    widerBecause: 'Lambda makes the interfaces; the code of the function is kept from it by a Deny.',
  });
  role.addToPolicy(
    new PolicyStatement({
      sid: 'CodeMayNotAttach',
      effect: Effect.DENY,
      // What only describes, it may have to read itself.
      actions: actions.filter((action) => !action.startsWith('ec2:Describe')),
      resources: ['*'],
      conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
    }),
  );
}
