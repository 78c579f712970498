/** What is deployed to Google Cloud and where, read from the arguments of `npm run deploy:gke` and checked. */
import { parseArgs } from 'node:util';
import { readCanaries, type Canary } from '../../shared/google-canary.ts';
import { googleEnvironment } from '../../shared/google-settings.ts';
import { environment, readSettings } from '../../shared/settings.ts';

export interface GoogleDeployment {
  /** Id of the project that the auditor lives in. */
  project: string;
  region: string;
  /** Number of the organization that is audited; null where single projects are. */
  organization: string | null;
  /** Number of the folder below it that is audited instead; null where the whole organization or single projects are. */
  folder: string | null;
  /** Ids of the projects that are audited, where no organization is. */
  projects: string[];
  /** Unix cron, `0 6 * * *`. */
  schedule: string;
  timeZone: string;
  /** How far back a run looks. */
  since: string;
  /** Principals that must reach a cluster. */
  canaries: Canary[];
  /** Whether the clusters' own API servers are asked for service accounts. */
  kubernetes: boolean;
  /** Whether every cluster's endpoint is tried step by step. */
  connect: boolean;
  /** Whether a workflow cuts a run up into several calls of the function, for more projects than one could audit. */
  fanOut: boolean;
  /** Environment of the function. */
  variables: Record<string, string>;
  /** Name of the secret in Secret Manager that holds the mail server's password; null where there is none. */
  smtpPasswordSecret: string | null;
  dryRun: boolean;
}

const text = { type: 'string' } as const;

const options = {
  project: text,
  region: text,
  organization: text,
  folder: text,
  projects: text,
  schedule: text,
  'time-zone': text,
  since: text,
  canary: { type: 'string', multiple: true },
  kubernetes: { type: 'boolean' },
  connect: { type: 'boolean' },
  'fan-out': { type: 'boolean' },
  state: { type: 'boolean' },
  mutes: text,
  bucket: text,
  topic: text,
  'aws-role': text,
  'aws-region': text,
  'aws-audience': text,
  'mail-from': text,
  'mail-to': text,
  'smtp-url': text,
  lang: text,
  'smtp-password-secret': text,
  'dry-run': { type: 'boolean' },
} as const;

type Given = ReturnType<typeof parse>;

/** The variables that an argument sets. */
const variableOf: Partial<Record<keyof typeof options, string>> = {
  bucket: environment.bucket,
  topic: environment.topicArn,
  'aws-role': environment.awsRoleArn,
  'aws-audience': environment.awsAudience,
  'aws-region': 'AWS_REGION',
  'mail-from': environment.mailFrom,
  'mail-to': environment.mailTo,
  'smtp-url': environment.smtpUrl,
  lang: environment.language,
  mutes: environment.mutes,
};

const projectId = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/;

/** @throws {Error} that names the argument, its value and what is allowed */
export function readDeployment(args: readonly string[]): GoogleDeployment {
  const given = parse(args);
  const project = matching(given, 'project', projectId, 'the id of the project that the auditor lives in');
  const region = matching(given, 'region', /^[a-z]+-[a-z]+\d+$/, 'a region, such as europe-west1');
  const audited = readAudited(given, project);
  const { organization, projects } = audited;
  return {
    project,
    region,
    ...audited,
    ...readSchedule(given),
    canaries: readCanaries(
      given.canary ?? [],
      organization === null && projects.length === 1 ? projects[0] : undefined,
    ),
    kubernetes: given.kubernetes ?? false,
    connect: given.connect ?? false,
    variables: { ...readVariables(given), ...googleVariables(given, project, audited) },
    smtpPasswordSecret: given['smtp-password-secret']
      ? matching(given, 'smtp-password-secret', /^[\w-]{1,255}$/, 'the name of a secret in Secret Manager')
      : null,
    dryRun: given['dry-run'] ?? false,
  };
}

type Audited = Pick<GoogleDeployment, 'organization' | 'folder' | 'projects' | 'fanOut'>;

/** What is audited: an organization, a folder of one, or projects. */
function readAudited(given: Given, project: string): Audited {
  const numbered = (name: 'organization' | 'folder') =>
    given[name] ? matching(given, name, /^\d{1,20}$/, `the number of ${a[name]}`) : null;
  const organization = numbered('organization');
  const folder = numbered('folder');
  const projects = listOf(given.projects ?? project);
  const wrong = projects.find((id) => !projectId.test(id));
  if (wrong !== undefined) throw refusal('projects', wrong, 'ids of projects separated by commas');
  if (organization !== null && given.projects !== undefined)
    throw new Error('Cannot deploy: give --organization or --projects, only one of them');
  if (folder !== null && organization === null)
    throw new Error(
      'Cannot deploy: give --organization beside --folder, for a folder takes a custom role of its organization',
    );
  const fanOut = given['fan-out'] ?? false;
  if (fanOut && organization === null)
    throw new Error('Cannot deploy: --fan-out is for an organization or a folder; give --organization');
  return { organization, folder, projects: organization === null ? projects : [], fanOut };
}

const a = { organization: 'an organization', folder: 'a folder' };

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw new Error(`Cannot deploy: ${(cause as Error).message.split('. ')[0]}`, { cause });
  }
}

function readSchedule(given: Given): Pick<GoogleDeployment, 'schedule' | 'timeZone' | 'since'> {
  const filled = { schedule: '0 6 * * *', 'time-zone': 'UTC', since: '26h', ...given };
  const fields = /^[\d*/,A-Za-z-]+( [\d*/,A-Za-z-]+){4}$/;
  return {
    schedule: matching(filled, 'schedule', fields, 'five fields of cron, such as "0 6 * * *"'),
    timeZone: matching(filled, 'time-zone', /^[\w+/-]{1,64}$/, 'a time zone, such as Europe/Stockholm'),
    since: matching(filled, 'since', /^\d{1,5}[mhd]$/, 'a span of time, such as 24h'),
  };
}

/**
 * What the function is told of its own deployment. A run that is cut up needs a bucket, and so does the comparison with the
 * last report; where it delivers to AWS, it has one.
 */
function googleVariables(
  { bucket, state = false }: Given,
  project: string,
  { organization, folder, projects, fanOut }: Audited,
): Record<string, string> {
  const scope =
    folder !== null
      ? `folders/${folder}`
      : organization !== null
        ? `organizations/${organization}`
        : `projects/${[...projects].sort().join(',')}`;
  return {
    [googleEnvironment.wholeScope]: scope,
    ...((fanOut || state) && bucket === undefined && { [googleEnvironment.bucket]: `${project}-clusterwhy` }),
  };
}

/** The same checks as the function makes when it starts, before anything is deployed. */
function readVariables(given: Given): Record<string, string> {
  const entries = Object.entries(variableOf).flatMap(([name, variable]) => {
    const value = given[name as keyof typeof variableOf];
    return typeof value === 'string' ? [[variable, value] as const] : [];
  });
  const variables = Object.fromEntries(entries);
  const hasBucket = given.bucket !== undefined || (given.state ?? false) || (given['fan-out'] ?? false);
  if (given.mutes !== undefined && !hasBucket)
    throw new Error(
      'Cannot use --mutes: give --state or --bucket beside it, for the file is kept in the bucket',
    );
  const { bucket, topicArn, federation, mail } = readSettings(variables);
  const toAws = bucket !== null || topicArn !== null;
  if (toAws && (federation === null || !variables['AWS_REGION']))
    throw new Error('Cannot deliver to AWS: give --aws-role and --aws-region beside --bucket and --topic');
  if (mail?.transport.kind === 'ses') throw new Error('Cannot mail from Google Cloud: give --smtp-url');
  if (mail?.transport.kind === 'smtp' && mail.transport.password !== null)
    throw new Error(
      'Cannot deploy a password: keep it in Secret Manager, name it with --smtp-password-secret, and leave it out of --smtp-url',
    );
  return variables;
}

function matching<Name extends string>(
  given: Partial<Record<Name, unknown>>,
  name: Name,
  pattern: RegExp,
  allowed: string,
): string {
  const value = given[name];
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw refusal(name, value, allowed);
}

function refusal(name: string, value: unknown, allowed: string): Error {
  if (value === undefined) return new Error(`Cannot deploy: give --${name}, ${allowed}`);
  return new Error(`Cannot use --${name} ${JSON.stringify(value)}: it must be ${allowed}`);
}

function listOf(value: string): string[] {
  const items = value.split(',').map((item) => item.trim());
  return [...new Set(items.filter((item) => item !== ''))];
}
