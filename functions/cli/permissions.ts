/** `clusterwhy permissions`: the exact permissions that an audit reads with. */
import { awsReadPolicy } from '../../shared/collect/aws/read-policy.ts';
import type { Session } from './session.ts';

export async function printPermissions(session: Session): Promise<number> {
  await session.write(`${JSON.stringify(awsReadPolicy(), null, 2)}\n`);
  return 0;
}
