/** Row G6, and what no row has: refusals of any API of Google Cloud. */
import { sh } from '../../shell.ts';
import { like, type ErrorKind, type Values } from '../error-kind.ts';
import { ofProject } from './gke-connection.ts';

export function demandedBy(known: Values): string {
  return `${known.permission ?? 'a permission'}${known.resource === undefined ? '' : ` for ${known.resource}`}`;
}

const apiDisabled: ErrorKind = {
  id: 'google-api-disabled',
  row: 'G6',
  title: 'An API is turned off in the project',
  cloud: 'gcp',
  needles: ['has not been used in project', 'is not enabled for this project', 'SERVICE_DISABLED'],
  patterns: [
    like(
      /API has not been used in project (?<project>[\w.:-]{1,60}) before or it is disabled(?:\. Enable it by visiting https:\/\/console\.[\w.]{3,60}\/apis\/api\/(?<api>[\w.-]{3,80}\.googleapis\.com))?/,
    ),
    like(
      /API is not enabled for this project[^\n]{0,120}?\/apis\/api\/(?<api>[\w.-]{3,80}\.googleapis\.com)\/overview\?project=(?<project>[\w.:-]{1,60})/,
    ),
    like(/API is not enabled for this project/),
    like(/"?reason"?: ?"?SERVICE_DISABLED/),
    like(/reason = SERVICE_DISABLED/),
  ],
  covers: ['google-permission-denied', 'gke-not-found'],
  meaning: (v, known) => ({
    happened: `${known.api ?? 'An API'} is off in the project${known.project === undefined ? '' : ` ${known.project}`} that the request was counted on.`,
    usually:
      'Usually it was never turned on, or turned off to save or by mistake; for programs the project may be that of the credentials, not the one that you meant.',
    excludes: ['It is no role: nobody can call it while it is off.'],
    suspects: [
      {
        cause: 'The API is off in that project',
        decides:
          'Turn it on where the first does not list it; it takes some minutes. Enabling the Kubernetes Engine API also restores its service agents.',
        commands: [
          sh`gcloud services list --enabled --project ${v.project}`,
          sh`gcloud services enable ${v.api} --project ${v.project}`,
        ],
      },
    ],
  }),
  rules: ['gke/api-disabled'],
  references: ['https://cloud.google.com/service-usage/docs/enable-disable'],
  examples: [
    {
      from: 'Terraform',
      text: 'googleapi: Error 403: Kubernetes Engine API has not been used in project 88979237084 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/container.googleapis.com/overview?project=88979237084 then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry., accessNotConfigured',
      values: { project: '88979237084', api: 'container.googleapis.com' },
    },
    {
      from: 'gcloud',
      text: 'ERROR: (gcloud.beta.container.clusters.create) ResponseError: code=403, message=Kubernetes Engine API is not enabled for this project. Please ensure it is enabled in Google Cloud Console and try again: visit https://console.cloud.google.com/apis/api/container.googleapis.com/overview?project=shop-prod to do so.',
      values: { project: 'shop-prod', api: 'container.googleapis.com' },
    },
    {
      from: 'Google API',
      text: '{"error":{"code":403,"message":"Permission denied.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED","domain":"googleapis.com","metadata":{"service":"container.googleapis.com","consumer":"projects/88979237084"}}]}}',
      values: { project: '88979237084', api: 'container.googleapis.com' },
    },
  ],
};

const perimeter: ErrorKind = {
  id: 'google-service-perimeter',
  row: null,
  title: 'VPC Service Controls forbid the request',
  cloud: 'gcp',
  needles: [
    'Request is prohibited by organization',
    'vpcServiceControlsUniqueIdentifier',
    'SECURITY_POLICY_VIOLATED',
  ],
  patterns: [
    like(
      /Request is prohibited by organization's policy\.? vpcServiceControlsUniqueIdentifier: (?<uniqueId>[\w-]{5,100})/,
    ),
    like(/Request is prohibited by organization's policy/),
    like(/SECURITY_POLICY_VIOLATED/),
  ],
  covers: ['google-permission-denied', 'gke-permission-missing', 'gke-cluster-get-denied'],
  meaning: (v) => ({
    happened: 'The request crossed a service perimeter of the organization; roles were not the question.',
    usually:
      'Usually it came from outside of the networks that the perimeter lets in, or went to a project in another perimeter.',
    excludes: ['It is no missing role: granting more does not help.'],
    suspects: [
      {
        cause: 'An access level or an ingress rule is missing',
        decides: 'Whoever manages the perimeter sees the violated rule under this id.',
        commands: [
          sh`gcloud logging read ${`protoPayload.metadata.vpcServiceControlsUniqueId=${v.uniqueId}`} --organization=${v.organization}`,
        ],
      },
    ],
  }),
  rules: [],
  references: ['https://cloud.google.com/vpc-service-controls/docs/troubleshooting'],
  examples: [
    {
      from: 'gcloud',
      text: "ERROR: (gcloud.container.clusters.list) ResponseError: code=403, message=Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: aBcD1234efGH",
      values: { uniqueId: 'aBcD1234efGH' },
    },
  ],
};

const scopes: ErrorKind = {
  id: 'google-scope-insufficient',
  row: null,
  title: 'The access token lacks a scope',
  cloud: 'gcp',
  needles: ['insufficient authentication scopes', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'],
  patterns: [like(/Request had insufficient authentication scopes/), like(/ACCESS_TOKEN_SCOPE_INSUFFICIENT/)],
  covers: ['google-permission-denied'],
  meaning: (v, known) => ({
    happened: 'The token was made for fewer APIs than the request needs, whatever roles its account has.',
    usually:
      'Usually a pod uses the account of a node whose pool was made with narrow scopes, instead of Workload Identity.',
    excludes: ['Roles do not help: the scope of the token is looked at first.'],
    suspects: [
      {
        cause: 'The node pool has narrow scopes, and the pod uses the account of the node',
        decides:
          'Where the first lacks cloud-platform and the second is not GKE_METADATA, use Workload Identity Federation; the scopes of a pool cannot be changed.',
        commands: [
          sh`gcloud container node-pools describe ${v.nodePool} --cluster=${v.cluster} --location=${v.location} --format=${'value(config.oauthScopes,config.workloadMetadataConfig.mode)'} ${ofProject(known)}`.trimEnd(),
        ],
      },
    ],
  }),
  rules: ['gke/workload-identity-metadata'],
  references: ['https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity'],
  examples: [
    {
      from: 'Python',
      text: 'google.api_core.exceptions.PermissionDenied: 403 Request had insufficient authentication scopes. [reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT"',
    },
  ],
};

const workloadIdentity: ErrorKind = {
  id: 'gke-workload-identity-denied',
  row: null,
  title: 'A pod may not act as its Google service account',
  cloud: 'gcp',
  needles: ['iam.serviceAccounts.getAccessToken', 'Unable to generate access token'],
  patterns: [
    like(/Permission '?(?<permission>iam\.serviceAccounts\.getAccessToken)'? denied/),
    like(/Unable to generate access token; IAM returned 403 Forbidden/),
  ],
  covers: ['google-permission-denied', 'gke-permission-missing'],
  meaning: (v) => ({
    happened:
      'The pod asked for a token of a Google service account, and IAM did not let its Kubernetes service account have one.',
    usually:
      'Usually the binding of roles/iam.workloadIdentityUser is missing or names another namespace or name, or the annotation names another Google account.',
    excludes: [
      'It is no role of the Google account: those are looked at with the token, which there is none of.',
    ],
    suspects: [
      {
        cause: 'The Google account does not let this Kubernetes service account in',
        decides:
          'The policy of the first must hold serviceAccount:PROJECT_ID.svc.id.goog[NAMESPACE/SERVICE_ACCOUNT] with roles/iam.workloadIdentityUser; bind it with the second.',
        commands: [
          sh`gcloud iam service-accounts get-iam-policy ${v.serviceAccountEmail}`,
          sh`gcloud iam service-accounts add-iam-policy-binding ${v.serviceAccountEmail} --role=roles/iam.workloadIdentityUser --member=${`serviceAccount:${v.project}.svc.id.goog[${v.namespace}/${v.serviceAccount}]`}`,
        ],
      },
      {
        cause: 'The annotation of the Kubernetes service account names another Google account, or none',
        decides: 'iam.gke.io/gcp-service-account must be the account of the policy.',
        commands: [
          sh`kubectl get serviceaccount ${v.serviceAccount} -n ${v.namespace} -o jsonpath='{.metadata.annotations}'`,
        ],
      },
    ],
  }),
  rules: ['gke/workload-identity-binding', 'gke/workload-identity-metadata'],
  references: ['https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity'],
  examples: [
    {
      from: 'Go',
      text: "rpc error: code = PermissionDenied desc = Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
      values: { permission: 'iam.serviceAccounts.getAccessToken' },
    },
    {
      from: 'metadata server',
      text: 'Unable to generate access token; IAM returned 403 Forbidden: The caller does not have permission',
    },
  ],
};

const permissionDenied: ErrorKind = {
  id: 'google-permission-denied',
  row: null,
  title: 'The caller lacks a permission on Google Cloud',
  cloud: 'gcp',
  needles: [
    ' denied on ',
    'is required to perform this operation',
    'permission(s) for',
    'IAM_PERMISSION_DENIED',
  ],
  patterns: [
    like(
      /Permission '(?<permission>[a-z][a-z0-9]{1,30}(?:\.[a-zA-Z0-9]{1,60}){2,4})' denied on (?:resource )?'?(?<resource>[^'\s]{1,200})'?/,
    ),
    like(
      /Permission (?<permission>[a-z][a-z0-9]{1,30}(?:\.[a-zA-Z0-9]{1,60}){2,4}) is required to perform this operation on project projects\/(?<project>[\w-]{1,60})/,
    ),
    like(
      /Required "(?<permission>container\.[a-zA-Z.]{3,80})" permission\(s\) for "(?<resource>[^"\s]{1,300})"/,
    ),
    like(/reason = IAM_PERMISSION_DENIED/),
    like(/reason"?: ?"?IAM_PERMISSION_DENIED/),
  ],
  meaning: (v, known) => ({
    happened: `The caller was refused ${demandedBy(known)}.`,
    usually:
      'Usually gcloud, Terraform or the program is signed in as another account than the one that has the role.',
    suspects: [
      {
        cause: 'Another account calls, or it has no role with the permission',
        decides:
          'The first tells who calls, the second what it has. Grant the smallest role that holds the permission.',
        commands: [
          'gcloud auth list',
          sh`gcloud projects get-iam-policy ${v.project} --flatten=${'bindings[].members'} --filter=${`bindings.members:${v.principal}`} --format=${'value(bindings.role)'}`,
        ],
      },
    ],
  }),
  rules: ['gke/permission-missing'],
  references: ['https://cloud.google.com/iam/docs/permissions-reference'],
  examples: [
    {
      from: 'Terraform',
      text: 'Error creating service account: googleapi: Error 403: Permission iam.serviceAccounts.create is required to perform this operation on project projects/shop-prod., forbidden',
      values: { permission: 'iam.serviceAccounts.create', project: 'shop-prod' },
    },
    {
      from: 'Google API',
      text: '{"error":{"code":403,"message":"Permission denied.","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"IAM_PERMISSION_DENIED","domain":"iam.googleapis.com","metadata":{"permission":"artifactregistry.repositories.downloadArtifacts","resource":"projects/shop-prod/locations/eu/repositories/app"}}]}}',
      values: { permission: 'artifactregistry.repositories.downloadArtifacts', project: 'shop-prod' },
    },
  ],
};

export const googleDeniedKinds = [apiDisabled, perimeter, scopes, workloadIdentity, permissionDenied];
