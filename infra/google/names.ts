/** The names of what is deployed to Google Cloud. */
import type { Command } from './step.ts';
import type { GoogleDeployment } from './deployment.ts';

/** Of the function, its schedule and the service account that it runs as. */
export const auditorName = 'clusterwhy';
/** Of the service account with which the schedule calls the function. */
export const callerName = 'clusterwhy-caller';
export const roleId = 'clusterwhyAuditor';
/** Where the bundle and the files of the deployment are made. */
export const folder = 'dist/gke';

export function emailOf(name: string, { project }: GoogleDeployment): string {
  return `${name}@${project}.iam.gserviceaccount.com`;
}

/** `https://REGION-PROJECT.cloudfunctions.net/NAME`, known before the function is there. */
export function functionUrl({ region, project }: GoogleDeployment): string {
  return `https://${region}-${project}.cloudfunctions.net/${auditorName}`;
}

/** Where the auditor's role is defined and granted. */
export interface Level {
  kind: 'organization' | 'project';
  id: string;
  /** Full name of the custom role. */
  role: string;
  /** `gcloud organizations` or `gcloud projects`. */
  gcloud: Command;
  /** The flag of `gcloud iam roles`. */
  flag: string;
  /** The file that holds the role's definition. */
  file: string;
}

/** A custom role can be granted only where it is defined, and below. */
export function levelsOf({ organization, projects }: GoogleDeployment): Level[] {
  const ids = organization === null ? projects : [organization];
  const kind = organization === null ? 'project' : 'organization';
  return ids.map((id) => ({
    kind,
    id,
    role: `${kind}s/${id}/roles/${roleId}`,
    gcloud: ['gcloud', `${kind}s`],
    flag: `--${kind}=${id}`,
    file: `${folder}/role.json`,
  }));
}

/** Prints something where the account holds the role on this level. */
export function bindingOf({ gcloud, id, role }: Level, deployment: GoogleDeployment): Command {
  const member = `serviceAccount:${emailOf(auditorName, deployment)}`;
  const filter = `bindings.role=${role} AND bindings.members=${member}`;
  return [
    ...gcloud,
    'get-iam-policy',
    id,
    '--flatten=bindings[].members',
    `--filter=${filter}`,
    '--format=value(bindings.role)',
  ];
}
