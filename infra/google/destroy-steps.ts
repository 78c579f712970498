/** Every step of removing the auditor from Google Cloud: the reverse of deploying it. APIs stay enabled. */
import type { GoogleDeployment } from './deployment.ts';
import { auditorName, bindingOf, bucketOf, callerName, emailOf, levelsOf, type Level } from './names.ts';
import type { Command, Step } from './step.ts';

export function destroySteps(deployment: GoogleDeployment): Step[] {
  const { project, region, fanOut } = deployment;
  const there = (does: string, command: Command, name: Command): Step => ({
    does,
    ifPrints: [...command, 'describe', ...name, '--format=value(name)', `--project=${project}`],
    then: [...command, 'delete', ...name, '--quiet', `--project=${project}`],
    otherwise: null,
  });
  return [
    // Where nobody is signed in nothing seems to be there: that must not pass for being removed.
    {
      does: 'Find the project',
      run: ['gcloud', 'projects', 'describe', project, '--format=value(projectId)'],
    },
    there('Remove the schedule', ['gcloud', 'scheduler', 'jobs'], [auditorName, `--location=${region}`]),
    ...(fanOut
      ? [there('Remove the workflow', ['gcloud', 'workflows'], [auditorName, `--location=${region}`])]
      : []),
    there('Remove the function', ['gcloud', 'functions'], [auditorName, `--region=${region}`]),
    ...secretSteps(deployment),
    ...levelsOf(deployment).flatMap((level) => levelSteps(deployment, level)),
    ...bucketSteps(deployment),
    ...[callerName, auditorName].map((name) =>
      there(
        `Remove the service account ${name}`,
        ['gcloud', 'iam', 'service-accounts'],
        [emailOf(name, deployment)],
      ),
    ),
  ];
}

function levelSteps(deployment: GoogleDeployment, level: Level): Step[] {
  const { kind, id, flag, role, roleId } = level;
  return [
    ...takeBackSteps(deployment, level),
    {
      does: `Delete the role of the ${kind} ${id}`,
      // A list leaves out what is deleted already.
      ifPrints: ['gcloud', 'iam', 'roles', 'list', flag, `--filter=name=${role}`, '--format=value(name)'],
      then: ['gcloud', 'iam', 'roles', 'delete', roleId, flag, '--quiet'],
      otherwise: null,
    },
  ];
}

/** What is granted on a bucket goes with it. */
function takeBackSteps(deployment: GoogleDeployment, level: Level): Step[] {
  const { kind, id, gcloud, role, account } = level;
  const binding = bindingOf(level, deployment);
  if (binding === null) return [];
  const member = `--member=serviceAccount:${emailOf(account, deployment)}`;
  return [
    {
      does: `Take the role on the ${kind} ${id} back`,
      ifPrints: binding,
      then: [
        ...[...gcloud, 'remove-iam-policy-binding', id, member, `--role=${role}`],
        ...['--condition=None', '--format=none'],
      ],
      otherwise: null,
    },
  ];
}

function bucketSteps(deployment: GoogleDeployment): Step[] {
  const bucket = bucketOf(deployment);
  if (bucket === null) return [];
  const project = `--project=${deployment.project}`;
  return [
    {
      does: 'Remove the bucket, with what runs left in it',
      ifPrints: [
        ...['gcloud', 'storage', 'buckets', 'describe', `gs://${bucket}`, '--format=value(name)', project],
      ],
      then: ['gcloud', 'storage', 'rm', '--recursive', `gs://${bucket}`, '--quiet', project],
      otherwise: null,
    },
  ];
}

function secretSteps(deployment: GoogleDeployment): Step[] {
  const { smtpPasswordSecret: secret, project } = deployment;
  if (secret === null) return [];
  const member = `serviceAccount:${emailOf(auditorName, deployment)}`;
  const secrets: Command = ['gcloud', 'secrets'];
  return [
    {
      does: "Take the right to read the mail server's password back",
      ifPrints: [
        ...[...secrets, 'get-iam-policy', secret, '--flatten=bindings[].members'],
        ...[`--filter=bindings.members=${member}`, '--format=value(bindings.role)', `--project=${project}`],
      ],
      then: [
        ...[...secrets, 'remove-iam-policy-binding', secret, `--member=${member}`],
        ...['--role=roles/secretmanager.secretAccessor', '--format=none', `--project=${project}`],
      ],
      otherwise: null,
    },
  ];
}
