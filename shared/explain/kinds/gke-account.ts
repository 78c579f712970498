/** Rows G4 and G6: a service account that GKE was to use, and that is gone, or that the caller may not use. */
import { sh } from '../../shell.ts';
import { like, type ErrorKind } from '../error-kind.ts';
import { ofProject } from './gke-connection.ts';

const leastPrivilege =
  'https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa';

const email = String.raw`(?<serviceAccountEmail>[\w.-]{1,80}@[\w.-]{3,100}gserviceaccount\.com)`;

const accountMissing: ErrorKind = {
  id: 'gke-account-missing',
  row: 'G6',
  title: 'A service account that GKE was to use is deleted or disabled',
  cloud: 'gcp',
  needles: [
    'Gaia id not found',
    'does not exist',
    'ervice account',
    'account cannot be found',
    'scale.up.error.service.account.deleted',
  ],
  patterns: [
    like(new RegExp(String.raw`Gaia id not found for email "?${email}`, 'i')),
    like(/Gaia id not found/),
    like(
      new RegExp(
        String.raw`Service account "?${email}"? (?:does not exist|was not found|is disabled|has been (?:disabled|deleted))`,
        'i',
      ),
    ),
    like(/Generic::not_found: account cannot be found/),
    like(/scale\.up\.error\.service\.account\.deleted/),
  ],
  covers: ['gke-not-found', 'google-permission-denied'],
  meaning: (v, known) => ({
    happened: `${known.serviceAccountEmail ?? 'A service account'} cannot be used: it does not exist any more, or is disabled.`,
    usually:
      known.serviceAccountEmail?.includes('-compute@developer') === true
        ? 'It is the Compute Engine default account, which GKE looks up even where node pools use another; usually somebody deleted it as a precaution.'
        : 'Usually it was deleted or disabled while a cluster or a configuration still names it; made again under its name it is another account, and the old bindings do not hold.',
    excludes: ['It is no missing cluster, though the code may be 404.'],
    suspects: [
      {
        cause: 'It was deleted in the last 30 days',
        decides:
          'Where the first finds its unique id, undelete it with the second: its bindings come back with it.',
        commands: [
          sh`gcloud logging read ${'protoPayload.methodName:DeleteServiceAccount'} --freshness=30d --format=${'table(timestamp,protoPayload.authenticationInfo.principalEmail,resource.labels.email_id,resource.labels.unique_id)'} ${ofProject(known)}`.trimEnd(),
          sh`gcloud iam service-accounts undelete ${v.uniqueId}`,
        ],
      },
      {
        cause: 'It is disabled',
        decides: 'Where the first prints "disabled: true", enable it.',
        commands: [
          sh`gcloud iam service-accounts describe ${v.serviceAccountEmail}`,
          sh`gcloud iam service-accounts enable ${v.serviceAccountEmail}`,
        ],
      },
      {
        cause: 'It is gone for good',
        decides: 'Make another with the least role that nodes need, and node pools that use it.',
        commands: [
          sh`gcloud iam service-accounts create gke-nodes ${ofProject(known)}`.trimEnd(),
          sh`gcloud projects add-iam-policy-binding ${v.project} --member=${`serviceAccount:gke-nodes@${v.project}.iam.gserviceaccount.com`} --role=roles/container.defaultNodeServiceAccount --condition=None`,
        ],
      },
    ],
  }),
  rules: ['gke/default-service-account', 'gke/node-service-account'],
  references: ['https://cloud.google.com/iam/docs/service-accounts-delete-undelete', leastPrivilege],
  examples: [
    {
      from: 'Terraform',
      text: 'Error: googleapi: Error 404: Generic::not_found: Not found; Gaia id not found for email 267405132800-compute@developer.gserviceaccount.com., notFound',
      values: {
        serviceAccountEmail: '267405132800-compute@developer.gserviceaccount.com',
        projectNumber: '267405132800',
      },
    },
    {
      from: 'gcloud',
      text: 'ERROR: (gcloud.container.clusters.create) ResponseError: code=400, message=Service account "188392449174-compute@developer.gserviceaccount.com" does not exist.',
      values: { serviceAccountEmail: '188392449174-compute@developer.gserviceaccount.com' },
    },
    {
      from: 'Terraform',
      text: 'Error: googleapi: Error 400: Generic::not_found: account cannot be found., badRequest',
    },
  ],
};

const actAs: ErrorKind = {
  id: 'gke-act-as-denied',
  row: 'G4',
  title: 'The caller may not use the service account of the nodes',
  cloud: 'gcp',
  needles: [
    'does not have access to service account',
    'iam.serviceAccounts.actAs',
    'SERVICE_ACCOUNT_ACCESS_DENIED',
  ],
  patterns: [
    like(new RegExp(String.raw`The user does not have access to service account "?(?:${email}|default)`)),
    like(/iam\.serviceAccounts\.actAs/),
    like(/SERVICE_ACCOUNT_ACCESS_DENIED/),
  ],
  covers: ['gke-permission-missing', 'google-permission-denied'],
  meaning: (v, known) => ({
    happened: `Whoever creates the cluster or pool may not act as ${known.serviceAccountEmail ?? 'the service account of its nodes'}.`,
    usually:
      'Usually the account that runs gcloud or Terraform may manage clusters, and lacks roles/iam.serviceAccountUser on that account.',
    excludes: ['The account of the nodes exists: else the text would say so.'],
    suspects: [
      {
        cause: 'The caller lacks roles/iam.serviceAccountUser on the account',
        decides: 'Where the first does not name the caller, grant it on this one account.',
        commands: [
          sh`gcloud iam service-accounts get-iam-policy ${v.serviceAccountEmail}`,
          sh`gcloud iam service-accounts add-iam-policy-binding ${v.serviceAccountEmail} --member=${`user:${v.principal}`} --role=roles/iam.serviceAccountUser`,
        ],
      },
    ],
  }),
  rules: ['gke/permission-missing'],
  references: ['https://cloud.google.com/iam/docs/service-accounts-actas'],
  examples: [
    {
      from: 'Terraform',
      text: 'googleapi: Error 400: The user does not have access to service account "default"., badRequest',
    },
    {
      from: 'gcloud',
      text: 'ERROR: (gcloud.container.clusters.create) ResponseError: code=400, message=The user does not have access to service account "nodes@shop-prod.iam.gserviceaccount.com". Ask a project owner to grant you the iam.serviceAccountUser role on the service account.',
      values: { serviceAccountEmail: 'nodes@shop-prod.iam.gserviceaccount.com', project: 'shop-prod' },
    },
  ],
};

export const gkeAccountKinds = [accountMissing, actAs];
