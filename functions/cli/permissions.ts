/** `clusterwhy permissions`: the exact permissions that an audit reads with. */
import { awsReadPolicy } from '../../shared/collect/aws/read-policy.ts';
import { clusterRoleManifest } from '../../shared/collect/kubernetes/cluster-role.ts';
import { gcpReadRole } from '../../shared/collect/gcp/read-role.ts';
import type { Session } from './session.ts';

const printed = {
  aws: () => `${JSON.stringify(awsReadPolicy(), null, 2)}\n`,
  gcp: () => `${JSON.stringify(gcpReadRole(), null, 2)}\n`,
  kubernetes: () => clusterRoleManifest(),
};

export type PermissionsOf = keyof typeof printed;

/** An IAM policy for AWS, the definition of a custom role for Google Cloud, or both by cloud; YAML for Kubernetes. */
export async function printPermissions(session: Session, cloud: PermissionsOf | undefined): Promise<number> {
  const both = { aws: awsReadPolicy(), gcp: gcpReadRole() };
  await session.write(cloud ? printed[cloud]() : `${JSON.stringify(both, null, 2)}\n`);
  return 0;
}
