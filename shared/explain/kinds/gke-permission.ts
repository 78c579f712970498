/** Rows G4 and G6: accounts, agents, roles and APIs that GKE itself works with. */
import { sh } from '../../shell.ts';
import { like, type ErrorKind, type FilledValues, type Suspect, type Values } from '../error-kind.ts';
import { ofProject } from './gke-connection.ts';

const article = 'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors';
const leastPrivilege =
  'https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa';
const agents = 'https://cloud.google.com/iam/docs/service-agents';

const projectNumber = (v: FilledValues) =>
  sh`PROJECT_NUMBER=$(gcloud projects describe ${v.project} --format 'get(projectNumber)')`;

/** The article's check and repair of the agent that GKE works with. */
function serviceAgent(v: FilledValues): Suspect {
  return {
    cause:
      'The GKE service agent has lost its role (service-PROJECT_NUMBER@container-engine-robot.iam.gserviceaccount.com)',
    decides:
      'Where the first does not print roles/container.serviceAgent, bind it again with the next two; a condition or "deleted:" in the policy counts as lost.',
    commands: [
      sh`gcloud projects get-iam-policy ${v.project} --flatten=${'bindings[].members'} --filter=${'bindings.members:container-engine-robot'} --format=${'value(bindings.role)'}`,
      projectNumber(v),
      `${sh`gcloud projects add-iam-policy-binding ${v.project}`} --member "serviceAccount:service-\${PROJECT_NUMBER?}@container-engine-robot.iam.gserviceaccount.com" --role roles/container.serviceAgent`,
    ],
  };
}

function apisAgent(v: FilledValues): Suspect {
  return {
    cause:
      'The Google APIs service agent has lost its role (PROJECT_NUMBER@cloudservices.gserviceaccount.com)',
    decides:
      'Where the first prints neither roles/editor nor roles/compute.instanceGroupManagerServiceAgent, bind the latter; it is enough.',
    commands: [
      sh`gcloud projects get-iam-policy ${v.project} --flatten=${'bindings[].members'} --filter=${'bindings.members:cloudservices.gserviceaccount.com'} --format=${'value(bindings.role)'}`,
      projectNumber(v),
      `${sh`gcloud projects add-iam-policy-binding ${v.project}`} --member "serviceAccount:\${PROJECT_NUMBER?}@cloudservices.gserviceaccount.com" --role roles/compute.instanceGroupManagerServiceAgent`,
    ],
  };
}

function apisOff(v: FilledValues): Suspect {
  return {
    cause: 'The Kubernetes Engine or the Compute Engine API was turned off',
    decides:
      'Where one of the two is missing from the first, turn it on; that also makes the agents and their roles again. As the last resort, where it is on and nothing else helps, turn it off and on again: the third refuses while clusters run, and must.',
    commands: [
      sh`gcloud services list --enabled --filter=${'config.name:(container.googleapis.com compute.googleapis.com)'} --project ${v.project}`,
      sh`gcloud services enable container.googleapis.com compute.googleapis.com --project ${v.project}`,
      sh`gcloud services disable container.googleapis.com --project ${v.project}`,
    ],
  };
}

/** The account of the nodes; the article's way is another account with --service-account, or none. */
function nodeAccount(v: FilledValues, known: Values): Suspect {
  return {
    cause: 'The service account of the nodes lacks the least that nodes need, or is disabled or deleted',
    decides:
      'Where the first says disabled or NOT_FOUND, enable or restore it; where the role roles/container.defaultNodeServiceAccount is missing, bind it with the second. Name the account in the command that creates the cluster (--service-account), or leave the option out for the Compute Engine default account.',
    commands: [
      sh`gcloud iam service-accounts describe ${v.serviceAccountEmail} ${ofProject(known)}`.trimEnd(),
      sh`gcloud projects add-iam-policy-binding ${v.project} --member=${`serviceAccount:${v.serviceAccountEmail}`} --role=roles/container.defaultNodeServiceAccount --condition=None`,
      sh`gcloud container clusters create-auto ${v.cluster} --location=${v.location} --service-account=${v.serviceAccountEmail} ${ofProject(known)}`.trimEnd(),
    ],
  };
}

function whoTookIt(v: FilledValues): Suspect {
  return {
    cause: 'Somebody, or Terraform with a whole policy (google_project_iam_policy), removed a binding',
    decides: 'The log says who and when; without the cause mended it will be removed again.',
    commands: [
      sh`gcloud logging read ${'protoPayload.methodName=SetIamPolicy AND protoPayload.serviceData.policyDelta.bindingDeltas.action=REMOVE'} --freshness=30d --project ${v.project} --format=${'table(timestamp,protoPayload.authenticationInfo.principalEmail)'}`,
    ],
  };
}

const permission = String.raw`(?<permission>[a-z][a-z0-9]{1,30}(?:\.[a-zA-Z0-9]{1,60}){2,4}|[A-Z_]{4,40})`;
const resource = String.raw`(?<resource>[^'"\s]{1,300})`;

function demandedBy(known: Values): string {
  return `${known.permission ?? 'a permission'}${known.resource === undefined ? '' : ` for ${known.resource}`}`;
}

/** Permissions that the account of the nodes itself needs while they run. */
function isOfNodes({ permission: name }: Values): boolean {
  return /^(logging|monitoring|autoscaling)\./.test(name ?? '');
}

const permissionMissing: ErrorKind = {
  id: 'gke-permission-missing',
  row: 'G4',
  title: 'An account that GKE works with lacks a permission (403)',
  cloud: 'gcp',
  needles: [
    'Required permission',
    'required permission',
    'permission for',
    'permission(s) for',
    'Retry budget exhausted',
    'リトライ バジェットが残っていない',
  ],
  patterns: [
    like(
      new RegExp(
        String.raw`Retry budget exhausted(?: \(\d{1,3} attempts\))?: Google Compute Engine: Required (?:permission )?['"]${permission}['"](?: permission)? for ['"]${resource}['"]`,
        'i',
      ),
    ),
    like(
      new RegExp(
        String.raw`Google Compute Engine: Required (?:permission )?['"]${permission}['"](?: permission)? for ['"]${resource}['"]`,
        'i',
      ),
    ),
    like(
      new RegExp(
        String.raw`Required (?:permission )?['"](?<permission>(?:compute|container|logging|monitoring|autoscaling|iam|cloudkms|artifactregistry)(?:\.[a-zA-Z0-9]{1,60}){2,4})['"](?: permission(?:\(s\))?)?(?: for ['"]${resource}['"])?(?: \(when acting as '(?<serviceAccountEmail>[\w.@-]{5,120})')?`,
        'i',
      ),
    ),
    like(/Retry budget exhausted/),
    like(/リトライ バジェットが残っていない/),
  ],
  covers: ['google-permission-denied'],
  meaning: (v, known) => ({
    happened: `Google refused ${demandedBy(known)}${known.serviceAccountEmail === undefined ? ' to the account that works for the cluster' : ` to ${known.serviceAccountEmail}`}.`,
    usually: isOfNodes(known)
      ? 'It is a permission that nodes need: usually the service account of the node pool lacks roles/container.defaultNodeServiceAccount.'
      : 'Usually the service account that is given to the cluster lacks the least permissions, or the service agent of GKE has lost its role in the project.',
    excludes: ['It is not the access of the person to the cluster: that would be container.clusters.get.'],
    suspects: isOfNodes(known)
      ? [nodeAccount(v, known), whoTookIt(v)]
      : [nodeAccount(v, known), serviceAgent(v), apisAgent(v), whoTookIt(v)],
  }),
  rules: [
    'gke/permission-missing',
    'gke/service-agent-binding',
    'gke/google-apis-agent-binding',
    'gke/node-service-account-permissions',
    'gke/node-service-account',
  ],
  references: [article, leastPrivilege],
  examples: [
    {
      from: 'the article',
      text: "Error: googleapi: Error 403: Retry budget exhausted: Google Compute Engine:\nRequired permission 'PERMISSION_NAME' for 'RESOURCE_NAME'.",
    },
    {
      from: 'Terraform',
      text: "│ Error: googleapi: Error 403: Retry budget exhausted: Google Compute Engine:\n│ Required permission 'compute.regions.get' for 'projects/shop-prod/regions/europe-west1'.",
      values: {
        permission: 'compute.regions.get',
        resource: 'projects/shop-prod/regions/europe-west1',
        project: 'shop-prod',
      },
    },
    {
      from: 'Crossplane',
      text: "cannot create GKE cluster: googleapi: Error 403: Retry budget exhausted (5 attempts): Google Compute Engine: Required 'compute.regions.get' permission for 'projects/shop-prod/regions/europe-west3'., forbidden",
      values: { permission: 'compute.regions.get', project: 'shop-prod' },
    },
    {
      from: 'Terraform',
      text: 'Error: googleapi: Error 403: Google Compute Engine: Required \'compute.networks.get\' permission for \'projects/shop-prod/global/networks/default\'.\nDetails:\n[\n  {\n    "@type": "type.googleapis.com/google.rpc.RequestInfo",\n    "requestId": "0xabc"\n  }\n]\n, forbidden',
      values: { permission: 'compute.networks.get', project: 'shop-prod' },
    },
    {
      from: 'GKE',
      text: "[PERMISSIONS_ERROR]: Instance 'gke-shop-pool-1' creation failed: Required 'compute.instances.create' permission for 'projects/shop-prod/zones/europe-west1-b/instances/gke-shop-pool-1' (when acting as '123456789012@cloudservices.gserviceaccount.com')",
      values: {
        permission: 'compute.instances.create',
        serviceAccountEmail: '123456789012@cloudservices.gserviceaccount.com',
      },
    },
    { from: 'the article in Japanese', text: 'エラー 403: リトライ バジェットが残っていない' },
  ],
};

const hostAgent: ErrorKind = {
  id: 'gke-host-service-agent',
  row: 'G4',
  title: 'The GKE service agent lacks its role in the host project of the Shared VPC',
  cloud: 'gcp',
  needles: ['hostServiceAgent.use', 'service account is missing'],
  patterns: [
    like(
      /[Rr]equired "(?<permission>container\.hostServiceAgent\.use)" permission\(s\) for "(?:projects\/)?(?<project>[^"\s]{1,60})"/,
    ),
    like(/container\.hostServiceAgent\.use/),
  ],
  covers: [
    'gke-edit-permission-missing',
    'gke-permission-missing',
    'gke-cluster-get-denied',
    'google-permission-denied',
  ],
  meaning: (v) => ({
    happened:
      'The network of the cluster belongs to another project, in which the GKE service agent of this one may not act.',
    usually: 'Usually roles/container.hostServiceAgentUser was never granted there, or Terraform removed it.',
    excludes: ['It is no permission of yours.'],
    suspects: [
      {
        cause: 'The agent lacks roles/container.hostServiceAgentUser in the host project',
        decides:
          'Where the first does not print it, bind it with the second (the number is that of the project of the cluster). The subnet needs roles/compute.networkUser for the same agent, too.',
        commands: [
          sh`gcloud projects get-iam-policy ${v.project} --flatten=${'bindings[].members'} --filter=${'bindings.role:roles/container.hostServiceAgentUser'} --format=${'value(bindings.members)'}`,
          sh`gcloud projects add-iam-policy-binding ${v.project} --member=${`serviceAccount:service-${v.projectNumber}@container-engine-robot.iam.gserviceaccount.com`} --role=roles/container.hostServiceAgentUser`,
        ],
      },
    ],
  }),
  rules: ['gke/shared-vpc-binding'],
  references: ['https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-shared-vpc'],
  examples: [
    {
      from: 'gcloud',
      text: 'Kubernetes Engine Service Agent is missing required permissions on this project. See Troubleshooting | Kubernetes Engine Documentation for more info: required "container.hostServiceAgent.use" permission(s) for "projects/host-net".',
      values: { permission: 'container.hostServiceAgent.use', project: 'host-net' },
    },
  ],
};

const editMissing: ErrorKind = {
  id: 'gke-edit-permission-missing',
  row: 'G6',
  title: 'An account or agent of the project has lost its rights (400 or 403)',
  cloud: 'gcp',
  needles: [
    'edit permissions on account',
    'missing required permissions on this project',
    'service account is missing required permissions',
    'GKE_SERVICE_ACCOUNT_DELETED',
    'アカウントに編集権限がない',
  ],
  patterns: [
    like(/missing edit permissions on account/i),
    like(
      /Kubernetes Engine (?:Service Agent|service account) is missing required permissions on this project/i,
    ),
    like(/GKE_SERVICE_ACCOUNT_DELETED/),
    like(/アカウントに編集権限がない/),
  ],
  meaning: (v, known) => ({
    happened:
      'One of the accounts that Google made for the project was edited or deleted, or an API was turned off; clusters can then neither be created nor managed.',
    usually:
      'Usually a binding was removed from the policy of the project, by hand or by a tool that writes the whole policy.',
    excludes: ['It is no permission of the person who called.'],
    suspects: [
      serviceAgent(v),
      apisAgent(v),
      {
        cause: 'The Compute Engine default service account is disabled or deleted, and nodes use it',
        decides:
          'Where the first shows it disabled, enable it with the second; deleted less than 30 days ago, undelete it by its unique id. It does not need Editor.',
        commands: [
          sh`gcloud iam service-accounts list --filter=${'email:-compute@developer.gserviceaccount.com'} --format=${'table(email,disabled)'} ${ofProject(known)}`.trimEnd(),
          sh`gcloud iam service-accounts enable ${`${v.projectNumber}-compute@developer.gserviceaccount.com`} ${ofProject(known)}`.trimEnd(),
          sh`gcloud iam service-accounts undelete ${v.uniqueId}`,
        ],
      },
      apisOff(v),
      whoTookIt(v),
    ],
  }),
  covers: [],
  rules: [
    'gke/service-agent-binding',
    'gke/google-apis-agent-binding',
    'gke/default-service-account',
    'gke/api-disabled',
    'gke/node-agent-binding',
  ],
  references: [article, agents],
  examples: [
    { from: 'the article', text: 'Error 400/403: Missing edit permissions on account' },
    {
      from: 'GKE',
      text: 'The Kubernetes Engine service account is missing required permissions on this project. See Troubleshooting.',
    },
    { from: 'the article in Japanese', text: 'エラー 400/403: アカウントに編集権限がない' },
  ],
};

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

export const gkePermissionKinds = [
  permissionMissing,
  hostAgent,
  editMissing,
  accountMissing,
  actAs,
  apiDisabled,
  perimeter,
  scopes,
  workloadIdentity,
  permissionDenied,
];
