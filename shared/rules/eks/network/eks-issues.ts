/** What EKS says is wrong with a cluster or a part of it, and what helps. */
import type { Evidence } from '../../../rule.ts';

export interface EksIssue {
  /** What has it: `Node group workers`. */
  of: string;
  code: string;
  message: string;
  resourceIds: string[];
}

/**
 * What helps against an issue, by its code.
 * Source: EKS API Reference, "Issue", "ClusterIssue" and "AddonIssue"; EKS User Guide, "Troubleshoot problems".
 */
const helps: readonly [codes: RegExp, help: string][] = [
  [
    /^(InsufficientFreeAddresses)$/,
    'Free addresses in the subnets, or give the cluster or the node group subnets with room.',
  ],
  [
    /^(Ec2SubnetNotFound|Ec2SubnetMissingIpv6Assignment|Ec2SubnetInvalidConfiguration)$/,
    'Give it subnets that exist and fit: one that it was made with is gone or changed.',
  ],
  [
    /^(VpcNotFound|VpcIdNotFound|InternetGatewayNotFound)$/i,
    'What its network was made of is gone: make the cluster anew in a network that exists.',
  ],
  [
    /^(Ec2SecurityGroupNotFound|Ec2SecurityGroupDeletionFailure)$/,
    'Make the security group that it names again, or give it another.',
  ],
  [
    /^(IamRoleNotFound|IamNodeRoleNotFound|IamInstanceProfileNotFound|IamThrottling)$/,
    'Make the role or instance profile that it names again, under the same name.',
  ],
  [
    /^(NodeCreationFailure)$/,
    'Instances start and do not join: look at their role’s access entry, their way to the endpoints of the cluster, EC2 and ECR, and their user data.',
  ],
  [
    /^(AsgInstanceLaunchFailures|InstanceLimitExceeded|UnhealthyInstances?)$/,
    'EC2 does not start the instances: look at quotas, capacity of the instance types, and the launch template.',
  ],
  [
    /^(Ec2LaunchTemplate\w+|AutoScalingGroup\w+)$/,
    'Put the launch template or the Auto Scaling group back as EKS made it: it was changed or deleted outside of EKS.',
  ],
  [
    /^(AccessDenied|AddonPermissionFailure|ClusterUnreachable)$/,
    'Give EKS back what it needs: its access entries, the cluster role, and the add-on’s role.',
  ],
  [
    /^(InsufficientNumberOfReplicas)$/,
    'Its pods do not run: look at why they are not scheduled or do not start.',
  ],
  [
    /^(ConfigurationConflict|UnsupportedAddonModification)$/,
    'Someone changed what the add-on manages: update it with the option that overwrites, or preserve the change on purpose.',
  ],
  [/^(UnsupportedVersion)$/, 'Move the cluster to a version that EKS supports.'],
  [/^(Kms\w+)$/, 'Enable the key that encrypts its secrets again, and let the cluster role use it.'],
];

/** One or two sentences; what EKS itself says stands in the evidence. */
export function issueAdvice(code: string): string {
  return helps.find(([codes]) => codes.test(code))?.[1] ?? 'Follow what EKS says of it.';
}

/** So many issues are shown. */
const mostIssues = 20;

export function issueEvidence(issues: readonly EksIssue[]): Evidence[] {
  return issues.slice(0, mostIssues).map(({ of, code, message, resourceIds }) => ({
    label: `${of}: ${code}`,
    value: [message || 'EKS gives no further text', resourceIds.slice(0, 5).join(', ')]
      .filter(Boolean)
      .join(' '),
  }));
}
