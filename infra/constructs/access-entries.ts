import { Stack } from 'aws-cdk-lib';
import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { auditorGroup } from '../../shared/collect/kubernetes/permission.ts';

interface AccessEntriesProps {
  /** Names of clusters in the stack's account and region, which take access entries. */
  clusters: readonly string[];
  /** Who is let in. */
  role: IRole;
}

/**
 * Lets a role look into EKS clusters: EKS's view policy, and the group whose ClusterRole `clusterwhy permissions kubernetes`
 * prints, which whoever administers a cluster applies there.
 */
export class AccessEntries extends Construct {
  constructor(scope: Construct, id: string, { clusters, role }: AccessEntriesProps) {
    super(scope, id);
    const { partition } = Stack.of(this);
    for (const clusterName of clusters)
      new CfnAccessEntry(this, clusterName, {
        clusterName,
        principalArn: role.roleArn,
        kubernetesGroups: [auditorGroup],
        accessPolicies: [
          {
            policyArn: `arn:${partition}:eks::aws:cluster-access-policy/AmazonEKSViewPolicy`,
            accessScope: { type: 'cluster' },
          },
        ],
      });
  }
}
