/** Who calls, from where, and the cloud that is called. */
import type { CloudState, LiveAccount } from './cloud-state.ts';

export interface Call {
  cloud: CloudState;
  /** The caller's account. */
  account: LiveAccount;
  /** ARN of the caller. */
  caller: string;
  accessKeyId: string | null;
  /** Of the signature; us-east-1 for services that have no regions; for unsigned calls that of the host. */
  region: string;
  requestId: string;
  sourceIp: string;
  userAgent: string;
}
