/** `clusterwhy permissions`: the exact permissions that an audit reads with. */
import { awsReadPolicy } from '../../shared/collect/aws/read-policy.ts';
import { gcpReadRole } from '../../shared/collect/gcp/read-role.ts';
import type { Session } from './session.ts';

const printed = { aws: () => awsReadPolicy(), gcp: () => gcpReadRole() };

export type PermissionsOf = keyof typeof printed;

/** An IAM policy for AWS, the definition of a custom role for Google Cloud, or both by cloud. */
export async function printPermissions(session: Session, cloud: PermissionsOf | undefined): Promise<number> {
  const wanted = cloud ? printed[cloud]() : { aws: printed.aws(), gcp: printed.gcp() };
  await session.write(`${JSON.stringify(wanted, null, 2)}\n`);
  return 0;
}
