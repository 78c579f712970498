/** Every step of removing the auditor from Google Cloud: the reverse of deploying it. APIs stay enabled. */
import type { GoogleDeployment } from './deployment.ts';
import { auditorName, bindingOf, callerName, emailOf, levelsOf, roleId, type Level } from './names.ts';
import type { Command, Step } from './step.ts';

export function destroySteps(deployment: GoogleDeployment): Step[] {
  const { project, region } = deployment;
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
    there('Remove the function', ['gcloud', 'functions'], [auditorName, `--region=${region}`]),
    ...secretSteps(deployment),
    ...levelsOf(deployment).flatMap((level) => levelSteps(deployment, level)),
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
  const { kind, id, gcloud, flag, role } = level;
  const member = `serviceAccount:${emailOf(auditorName, deployment)}`;
  return [
    {
      does: `Take the role on the ${kind} ${id} back`,
      ifPrints: bindingOf(level, deployment),
      then: [
        ...[...gcloud, 'remove-iam-policy-binding', id],
        ...[`--member=${member}`, `--role=${role}`, '--condition=None', '--format=none'],
      ],
      otherwise: null,
    },
    {
      does: `Delete the role of the ${kind} ${id}`,
      // A list leaves out what is deleted already.
      ifPrints: ['gcloud', 'iam', 'roles', 'list', flag, `--filter=name=${role}`, '--format=value(name)'],
      then: ['gcloud', 'iam', 'roles', 'delete', roleId, flag, '--quiet'],
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
