/** A project as GKE's identities meet it: its policies with those above it, and the verdicts on what GKE needs there. */
import {
  defaultNodePermissions,
  defaultNodeRole,
  holdsPermissions,
  holdsRole,
  type Access,
  type Verdict,
} from './google-access.ts';
import type { NodeAccount, NodeAccountUse } from './google-identity.ts';
import type { GkeCluster } from './google-cluster.ts';
import {
  unreadBecause,
  type IamPolicy,
  type Lookup,
  type PolicyLevel,
  type RoleDefinition,
} from './google-policy.ts';
import { compareMinor } from './google-version.ts';

/** What the verdicts on a project rest on. */
export interface ProjectPolicies {
  project: { id: string; number: string; parent: string | null };
  iamPolicy: IamPolicy;
  /** Undefined where no ancestor was read. */
  inheritedPolicies: PolicyLevel[] | undefined;
  roleDefinitions: Record<string, Lookup<RoleDefinition>> | undefined;
}

/** The role of the GKE service agent; without it no cluster can be made or managed. */
export const gkeAgentRole = 'roles/container.serviceAgent';
/** What new projects grant to the Google APIs service agent; older ones grant Editor. */
export const apisAgentRole = 'roles/compute.instanceGroupManagerServiceAgent';
/** The role of the GKE node service agent, for nodes from 1.33 on. */
export const nodeAgentRole = 'roles/container.defaultNodeServiceAgent';
/** The role of the Compute Engine service agent. */
export const computeAgentRole = 'roles/compute.serviceAgent';
/** What the GKE service agent needs on the host project of a Shared VPC. */
export const hostAgentRole = 'roles/container.hostServiceAgentUser';

/** The project's own policy, and what it inherits; ancestors that were not read are levels that say so. */
export function accessTo(policies: ProjectPolicies, time: string): Access {
  const { project, iamPolicy, inheritedPolicies, roleDefinitions } = policies;
  const resource = `projects/${project.id}`;
  const unread: PolicyLevel[] =
    project.parent === null
      ? []
      : [{ resource: project.parent, state: 'unread', why: unreadBecause.notAskedFor }];
  return {
    policies: [{ resource, state: 'read', policy: iamPolicy }, ...(inheritedPolicies ?? unread)],
    roles: roleDefinitions,
    time,
  };
}

/** The principal of a service account, as policies name it. */
export function accountMember(email: string): string {
  return `serviceAccount:${email}`;
}

/** Whether a principal can do what the GKE service agent does. */
export function judgeGkeAgent(access: Access, principal: string): Verdict {
  return holdsRole(access, principal, gkeAgentRole);
}

/**
 * Whether a principal can make and delete nodes as the Google APIs service agent does. Either role is enough: Google
 * grants Editor in older projects and the managed-instance-group role in newer ones.
 */
export function judgeApisAgent(access: Access, principal: string): Verdict {
  return holdsRole(access, principal, apisAgentRole, ['roles/editor', 'roles/owner']);
}

/** Whether a principal can write logs and metrics of nodes as the GKE node service agent does. */
export function judgeNodeAgent(access: Access, principal: string): Verdict {
  return holdsRole(access, principal, nodeAgentRole);
}

/** The uses whose nodes log with their own account: 1.33 and earlier. Unknown versions are left out. */
export function usesOwnAccount(account: NodeAccount): NodeAccountUse[] {
  return account.uses.filter(({ cluster, version }) => {
    const order = compareMinor(version, '1.33');
    return order !== null && order <= 0 && neededFor(cluster).length > 0;
  });
}

/** The clusters with nodes of 1.33 and later, which log with the GKE node service agent. */
export function clustersWithNodeAgent(clusters: readonly GkeCluster[]): GkeCluster[] {
  return clusters.filter((cluster) => {
    const own =
      cluster.autopilot || cluster.nodePools.length === 0
        ? [cluster.nodeVersion ?? cluster.masterVersion]
        : [];
    const versions = [...own, ...cluster.nodePools.map(({ version }) => version)];
    const hasNewNodes = versions.some((version) => (compareMinor(version, '1.33') ?? -1) >= 0);
    return hasNewNodes && neededFor(cluster).length > 0;
  });
}

/**
 * The permissions that Google's own check calls critical for a node account, without those of what is turned off.
 * Listing metrics is in the role, but nothing that nodes do fails without it.
 */
export function neededFor({ loggingService, monitoringService }: GkeCluster): string[] {
  const isOff = (permission: string) =>
    (loggingService === 'none' && permission.startsWith('logging.')) ||
    (monitoringService === 'none' && !permission.startsWith('logging.'));
  return defaultNodePermissions.filter((permission) => !permission.endsWith('.list') && !isOff(permission));
}

/** Whether a node account can do what the uses need in the cluster's project. */
export function judgeNodeAccount(
  access: Access,
  principal: string,
  uses: readonly NodeAccountUse[],
): Verdict {
  const needed = [...new Set(uses.flatMap(({ cluster }) => neededFor(cluster)))];
  return holdsPermissions(access, principal, needed, [defaultNodeRole]);
}
