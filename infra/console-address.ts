import { Aws, CfnMapping, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Domains of the console: docs.aws.amazon.com/general/latest/gr/rande.html and the guides of the partitions. */
const domains = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** `https://REGION.console.aws.amazon.com`, for the region and partition in which the stack is deployed. */
export function consoleAddress(scope: IConstruct): string {
  const stack = Stack.of(scope);
  const known = stack.node.tryFindChild('Console') as CfnMapping | undefined;
  const mapping =
    known ??
    new CfnMapping(stack, 'Console', {
      mapping: Object.fromEntries(
        Object.entries(domains).map(([partition, domain]) => [partition, { domain }]),
      ),
    });
  return `https://${Aws.REGION}.${mapping.findInMap(Aws.PARTITION, 'domain')}`;
}
