/** The names of what is deployed to Google Cloud. */
import { gcpAncestorsRole, gcpReadRole, type ReadRole } from '../../shared/collect/gcp/read-role.ts';
import { googleBucketPermissions } from '../../shared/deliver/google-bucket.ts';
import { googleEnvironment } from '../../shared/google-settings.ts';
import type { GoogleDeployment } from './deployment.ts';
import type { Command } from './step.ts';

/** Of the function, its workflow and schedule, and the service account that it runs as. */
export const auditorName = 'clusterwhy';
/** Of the service account with which schedule and workflow call the function. */
export const callerName = 'clusterwhy-caller';
const roleId = 'clusterwhyAuditor';
/** Where the bundle and the files of the deployment are made. */
export const folder = 'dist/gke';

export function emailOf(name: string, { project }: GoogleDeployment): string {
  return `${name}@${project}.iam.gserviceaccount.com`;
}

/** `https://REGION-PROJECT.cloudfunctions.net/NAME`, known before the function is there. */
export function functionUrl({ region, project }: GoogleDeployment): string {
  return `https://${region}-${project}.cloudfunctions.net/${auditorName}`;
}

/** Address of the workflow's executions, to which the schedule posts another. */
export function executionsUrl({ region, project }: GoogleDeployment): string {
  return `https://workflowexecutions.googleapis.com/v1/projects/${project}/locations/${region}/workflows/${auditorName}/executions`;
}

/** Bucket of Cloud Storage in which runs are kept where there is none on AWS; null where nothing is kept. */
export function bucketOf({ variables }: GoogleDeployment): string | null {
  return variables[googleEnvironment.bucket] ?? null;
}

/** A custom role, where it is granted, and to whom. */
export interface Level {
  kind: 'organization' | 'folder' | 'project' | 'bucket';
  /** As gcloud takes it. */
  id: string;
  roleId: string;
  /** Full name of the role. */
  role: string;
  /** Name of the service account that holds it. */
  account: string;
  /** `gcloud organizations`, `gcloud projects` … */
  gcloud: Command;
  /** The flag of `gcloud iam roles`, for where it is defined. */
  flag: string;
  /** The file that holds the role's definition. */
  file: string;
  definition: ReadRole;
}

/** A custom role can be granted only where it is defined, and below; folders define none. */
export function levelsOf(deployment: GoogleDeployment): Level[] {
  const { project } = deployment;
  const bucket = bucketOf(deployment);
  const own = `projects/${project}` as const;
  return [
    ...readLevels(deployment),
    ...(deployment.fanOut ? [level('project', project, own, starterRole)] : []),
    ...(bucket === null ? [] : [level('bucket', `gs://${bucket}`, own, keeperRole)]),
  ];
}

function readLevels({ organization, folder: below, projects }: GoogleDeployment): Level[] {
  if (organization === null)
    return projects.map((id) => level('project', id, `projects/${id}`, readRole('project')));
  const owner = `organizations/${organization}` as const;
  const whole = readRole('organization');
  if (below === null) return [level('organization', organization, owner, whole)];
  // What is inherited from above the folder can be read only where it stands.
  return [level('folder', below, owner, whole), level('organization', organization, owner, ancestorsRole)];
}

interface Granted extends Pick<Level, 'roleId' | 'account' | 'definition'> {
  /** Name of the definition's file. */
  file: string;
}

function readRole(kind: 'organization' | 'project'): Granted {
  return { roleId, account: auditorName, definition: gcpReadRole(kind), file: 'role' };
}

const ancestorsRole: Granted = {
  roleId: 'clusterwhyAncestors',
  account: auditorName,
  definition: gcpAncestorsRole(),
  file: 'ancestors-role',
};

const starterRole: Granted = {
  roleId: 'clusterwhyStarter',
  account: callerName,
  definition: {
    title: 'clusterwhy starter',
    description: 'Starts the workflow of the audits.',
    stage: 'GA',
    includedPermissions: ['workflows.executions.create'],
  },
  file: 'starter-role',
};

const keeperRole: Granted = {
  roleId: 'clusterwhyKeeper',
  account: auditorName,
  definition: {
    title: 'clusterwhy keeper',
    description: 'Keeps what runs find in their own bucket.',
    stage: 'GA',
    includedPermissions: [...googleBucketPermissions],
  },
  file: 'keeper-role',
};

const grouping: Record<Level['kind'], Command> = {
  organization: ['gcloud', 'organizations'],
  folder: ['gcloud', 'resource-manager', 'folders'],
  project: ['gcloud', 'projects'],
  bucket: ['gcloud', 'storage', 'buckets'],
};

/** @param owner where the role is defined, `organizations/…` or `projects/…` */
function level(kind: Level['kind'], id: string, owner: string, { file, ...granted }: Granted): Level {
  const [level = '', name = ''] = owner.split('/');
  return {
    kind,
    id,
    ...granted,
    role: `${owner}/roles/${granted.roleId}`,
    gcloud: grouping[kind],
    flag: `--${level.replace(/s$/, '')}=${name}`,
    file: `${folder}/${file}.json`,
  };
}

/** Prints something where the account holds the role on this level; null for a bucket, whose policy gcloud cannot filter. */
export function bindingOf(level: Level, deployment: GoogleDeployment): Command | null {
  const { kind, gcloud, id, role, account } = level;
  if (kind === 'bucket') return null;
  const member = `serviceAccount:${emailOf(account, deployment)}`;
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
