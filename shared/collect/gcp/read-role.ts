/** The custom role that lets the auditor read projects, and nothing else; derived from what the readers declare. */
import { gcpPermissions } from './google-project.ts';
import { rolePermission } from './run.ts';

/** What `gcloud iam roles create --file` takes. */
export interface ReadRole {
  title: string;
  description: string;
  stage: 'GA';
  includedPermissions: string[];
}

/**
 * A role of an organization holds all permissions. IAM refuses those of folders and organizations in a role of a
 * project, where they could have no effect (cloud.google.com/iam/docs/creating-custom-roles).
 */
export function gcpReadRole(level: 'organization' | 'project' = 'organization'): ReadRole {
  return {
    title: 'clusterwhy auditor',
    description: 'Reads what a report on GKE identity rests on, and changes nothing.',
    stage: 'GA',
    includedPermissions: gcpPermissions().filter(
      (permission) => level === 'organization' || !isAbove(permission),
    ),
  };
}

/** The custom role for what is inherited from above a folder, where the read role is granted on that folder alone. */
export function gcpAncestorsRole(): ReadRole {
  return {
    title: 'clusterwhy ancestors',
    description: 'Reads the policies above a folder whose projects are audited, and the roles in them.',
    stage: 'GA',
    includedPermissions: gcpPermissions().filter(
      (permission) => isAbove(permission) || permission === rolePermission,
    ),
  };
}

function isAbove(permission: string): boolean {
  return /^resourcemanager\.(folders|organizations)\./.test(permission);
}
