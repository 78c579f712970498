import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Accepts findings of cdk-nag's AwsSolutions on a construct and what is below it.
 * @param ids without the pack's name: `SQS3`, `IAM5[Resource::*]`
 * @param reason one that a reviewer of the stack would accept
 */
export function acknowledge(construct: IConstruct, ids: string | readonly string[], reason: string): void {
  for (const id of [ids].flat()) Validations.of(construct).acknowledge({ id: `AwsSolutions-${id}`, reason });
}
