/** Every step of deploying the auditor to Google Cloud; all of them can be done again. */
import { googleFanOut, googlePrefix } from '../../shared/deployment.ts';
import type { Canary } from '../../shared/google-canary.ts';
import { environment, readSettings } from '../../shared/settings.ts';
import manifest from '../../package.json' with { type: 'json' };
import type { GoogleDeployment } from './deployment.ts';
import {
  auditorName,
  bindingOf,
  bucketOf,
  callerName,
  emailOf,
  executionsUrl,
  folder,
  functionUrl,
  levelsOf,
  type Level,
} from './names.ts';
import type { Command, Step } from './step.ts';
import { longestStep, workflowOf } from './workflow.ts';

/** What the function itself runs on, and what it asks: requests count against the project that it lives in. */
const apis = [
  'artifactregistry',
  'cloudasset',
  'cloudbuild',
  'cloudfunctions',
  'cloudkms',
  'cloudresourcemanager',
  'cloudscheduler',
  'compute',
  'container',
  'iam',
  'iamcredentials',
  'logging',
  'run',
  'secretmanager',
  'serviceusage',
].map((name) => `${name}.googleapis.com`);

const workflowApis = ['workflowexecutions', 'workflows'].map((name) => `${name}.googleapis.com`);
const bucketApis = ['storage.googleapis.com'];

/** Half an hour: the longest that Cloud Scheduler and Workflows wait for an answer. */
const longestRun = `${longestStep}s`;

export function deploySteps(deployment: GoogleDeployment): Step[] {
  const { project } = deployment;
  return [
    {
      does: 'Find the project',
      run: ['gcloud', 'projects', 'describe', project, '--format=value(projectId)'],
    },
    ...bundleSteps(),
    {
      does: 'Enable the APIs',
      run: [
        ...['gcloud', 'services', 'enable', ...apis],
        ...(bucketOf(deployment) === null ? [] : bucketApis),
        ...(deployment.fanOut ? workflowApis : []),
        `--project=${project}`,
      ],
    },
    accountStep(deployment, auditorName, 'clusterwhy, which audits'),
    accountStep(deployment, callerName, 'clusterwhy, which starts the audits'),
    ...bucketSteps(deployment),
    ...levelsOf(deployment).flatMap((level) => roleSteps(deployment, level)),
    ...secretSteps(deployment),
    ...functionSteps(deployment),
    ...workflowSteps(deployment),
    scheduleStep(deployment),
    {
      does: 'Tell the unique id of the service account, the setting googleServiceAccountId of the stack on AWS',
      run: [
        ...['gcloud', 'iam', 'service-accounts', 'describe', emailOf(auditorName, deployment)],
        ...['--format=value(uniqueId)', `--project=${project}`],
      ],
    },
  ];
}

/** The framework stays outside of the bundle: the one that Google starts must be the one that is registered with. */
function bundleSteps(): Step[] {
  const framework = '@google-cloud/functions-framework';
  const content = {
    name: 'clusterwhy-gke',
    version: manifest.version,
    private: true,
    main: 'index.js',
    dependencies: { [framework]: manifest.dependencies[framework] },
  };
  return [
    {
      does: 'Bundle the function',
      run: [
        ...['npx', 'esbuild', 'functions/gke.ts', '--bundle', '--minify', '--platform=node'],
        ...['--target=node22', '--format=cjs', '--main-fields=module,main', '--jsx=automatic'],
        ...['--jsx-import-source=preact', `--external:${framework}`, '--log-level=warning'],
        `--outfile=${folder}/index.js`,
      ],
    },
    { does: 'Say what the bundle needs', file: `${folder}/package.json`, content: json(content) },
  ];
}

function accountStep(deployment: GoogleDeployment, name: string, title: string): Step {
  const { project } = deployment;
  const accounts: Command = ['gcloud', 'iam', 'service-accounts'];
  return {
    does: `Make the service account ${name}`,
    ifPrints: [
      ...[...accounts, 'describe', emailOf(name, deployment)],
      ...['--format=value(email)', `--project=${project}`],
    ],
    then: null,
    otherwise: [...accounts, 'create', name, `--display-name=${title}`, `--project=${project}`],
  };
}

/** A role that was deleted keeps its name for weeks, and can only be brought back. */
function roleSteps(deployment: GoogleDeployment, level: Level): Step[] {
  const { kind, id, flag, file, roleId, definition } = level;
  const roles: Command = ['gcloud', 'iam', 'roles'];
  const describe: Command = [...roles, 'describe', roleId, flag];
  return [
    { does: `Write the role for the ${kind} ${id}`, file, content: json(definition) },
    {
      does: `Bring back the role of the ${kind} ${id}, where it was deleted`,
      ifPrints: [...describe, '--format=value(deleted)'],
      then: [...roles, 'undelete', roleId, flag],
      otherwise: null,
    },
    {
      does: `Define the role of the ${kind} ${id}`,
      ifPrints: [...describe, '--format=value(name)'],
      then: [...roles, 'update', roleId, flag, `--file=${file}`, '--quiet'],
      otherwise: [...roles, 'create', roleId, flag, `--file=${file}`, '--quiet'],
    },
    grantStep(deployment, level),
  ];
}

/** The role of a bucket is granted anew each time, which changes nothing where it was. */
function grantStep(deployment: GoogleDeployment, level: Level): Step {
  const { kind, id, gcloud, role, account } = level;
  const does = `Grant the role on the ${kind} ${id}`;
  const member = `--member=serviceAccount:${emailOf(account, deployment)}`;
  const grant = [...gcloud, 'add-iam-policy-binding', id, member, `--role=${role}`];
  const binding = bindingOf(level, deployment);
  if (binding === null) return { does, run: [...grant, '--format=none'] };
  return {
    does,
    ifPrints: binding,
    then: null,
    otherwise: [...grant, '--condition=None', '--format=none'],
  };
}

/** What a run leaves is of use for a while; the history of the clusters stays, and the last report. */
function bucketSteps(deployment: GoogleDeployment): Step[] {
  const bucket = bucketOf(deployment);
  if (bucket === null) return [];
  const { project, region } = deployment;
  const file = `${folder}/lifecycle.json`;
  const matchesPrefix = [`${googlePrefix}runs/`, `${googlePrefix}deliveries/`];
  const rule = [{ action: { type: 'Delete' }, condition: { age: 60, matchesPrefix } }];
  return [
    { does: 'Write how long the bucket keeps what runs leave', file, content: json({ rule }) },
    {
      does: 'Make the bucket',
      ifPrints: [
        ...['gcloud', 'storage', 'buckets', 'describe', `gs://${bucket}`],
        ...['--format=value(name)', `--project=${project}`],
      ],
      then: null,
      otherwise: [
        ...['gcloud', 'storage', 'buckets', 'create', `gs://${bucket}`, `--location=${region}`],
        ...['--uniform-bucket-level-access', '--public-access-prevention', `--lifecycle-file=${file}`],
        `--project=${project}`,
      ],
    },
  ];
}

function secretSteps(deployment: GoogleDeployment): Step[] {
  const { smtpPasswordSecret: secret, project } = deployment;
  if (secret === null) return [];
  const member = `serviceAccount:${emailOf(auditorName, deployment)}`;
  return [
    {
      does: "Let the function read the mail server's password",
      run: [
        ...['gcloud', 'secrets', 'add-iam-policy-binding', secret, `--member=${member}`],
        ...['--role=roles/secretmanager.secretAccessor', '--format=none', `--project=${project}`],
      ],
    },
  ];
}

function functionSteps(deployment: GoogleDeployment): Step[] {
  const { project, region, variables, smtpPasswordSecret: secret } = deployment;
  const file = `${folder}/variables.json`;
  return [
    { does: 'Write the settings of the function', file, content: json(variables) },
    {
      does: 'Deploy the function',
      run: [
        ...['gcloud', 'functions', 'deploy', auditorName, '--gen2', '--runtime=nodejs22'],
        ...[`--region=${region}`, `--source=${folder}`, '--entry-point=gke', '--trigger-http'],
        ...['--no-allow-unauthenticated', `--service-account=${emailOf(auditorName, deployment)}`],
        ...[...sizeOf(deployment), `--timeout=${longestRun}`, '--concurrency=1'],
        ...[`--env-vars-file=${file}`],
        secret === null ? '--clear-secrets' : `--set-secrets=${environment.smtpPassword}=${secret}:latest`,
        ...['--quiet', `--project=${project}`],
      ],
    },
    {
      does: 'Let the schedule call the function',
      run: [
        ...['gcloud', 'functions', 'add-invoker-policy-binding', auditorName, `--region=${region}`],
        ...[`--member=serviceAccount:${emailOf(callerName, deployment)}`, `--project=${project}`],
      ],
    },
  ];
}

/** The digest of a run over many projects holds all their reports; a batch that comes again finds an instance free. */
function sizeOf({ fanOut }: GoogleDeployment): string[] {
  return fanOut
    ? ['--memory=2Gi', `--max-instances=${googleFanOut.batchesAtATime + 2}`]
    : ['--memory=512Mi', '--max-instances=3'];
}

function workflowSteps(deployment: GoogleDeployment): Step[] {
  if (!deployment.fanOut) return [];
  const { project, region } = deployment;
  const file = `${folder}/workflow.json`;
  return [
    {
      does: 'Write the workflow of a run',
      file,
      content: json(workflowOf(functionUrl(deployment))),
    },
    {
      does: 'Deploy the workflow',
      run: [
        ...['gcloud', 'workflows', 'deploy', auditorName, `--location=${region}`, `--source=${file}`],
        ...[`--service-account=${emailOf(callerName, deployment)}`, '--quiet', `--project=${project}`],
      ],
    },
  ];
}

function scheduleStep(deployment: GoogleDeployment): Step {
  const { project, region, schedule, timeZone } = deployment;
  const jobs: Command = ['gcloud', 'scheduler', 'jobs'];
  const place = [`--location=${region}`, `--project=${project}`];
  const shared = [
    ...[`--schedule=${schedule}`, `--time-zone=${timeZone}`, '--http-method=POST'],
    ...(deployment.fanOut ? startsWorkflow(deployment) : callsFunction(deployment)),
  ];
  const type = 'headers=Content-Type=application/json';
  return {
    does: 'Set the schedule',
    ifPrints: [...jobs, 'describe', auditorName, '--format=value(name)', ...place],
    then: [...jobs, 'update', 'http', auditorName, ...shared, `--update-${type}`, ...place],
    otherwise: [...jobs, 'create', 'http', auditorName, ...shared, `--${type}`, ...place],
  };
}

function callsFunction(deployment: GoogleDeployment): string[] {
  const url = functionUrl(deployment);
  return [
    `--uri=${url}`,
    ...[`--message-body=${JSON.stringify(requestOf(deployment))}`, `--attempt-deadline=${longestRun}`],
    ...[`--oidc-service-account-email=${emailOf(callerName, deployment)}`, `--oidc-token-audience=${url}`],
  ];
}

/** An execution's argument is JSON in a text. */
function startsWorkflow(deployment: GoogleDeployment): string[] {
  const body = { argument: JSON.stringify(requestOf(deployment)) };
  return [
    `--uri=${executionsUrl(deployment)}`,
    ...[`--message-body=${JSON.stringify(body)}`, '--attempt-deadline=180s'],
    `--oauth-service-account-email=${emailOf(callerName, deployment)}`,
  ];
}

/** What the schedule asks the function; it can deliver only where it was told where to. */
function requestOf(deployment: GoogleDeployment): object {
  const { since, variables, canaries, kubernetes, connect } = deployment;
  const scope = scopeOf(deployment);
  const { bucket, topicArn, mail } = readSettings(variables);
  const more = {
    ...(canaries.length > 0 && { canaries: canaries.map(given) }),
    ...(kubernetes && { kubernetes }),
    ...(connect && { connect }),
  };
  const isTold = topicArn !== null || mail !== null;
  const hasState = bucket !== null || bucketOf(deployment) !== null;
  return { ...scope, since, ...more, deliver: isTold && hasState ? 'news' : isTold || bucket !== null };
}

function scopeOf({ organization, folder: below, projects }: GoogleDeployment): object {
  if (below !== null) return { folder: below };
  return organization === null ? { projects } : { organization };
}

/** As the function takes it: it knows no null. */
function given({ location, ...canary }: Canary): object {
  return { ...canary, ...(location !== null && { location }) };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
