/** Rows G4 and G6: roles and agents that GKE itself works with. */
import { sh } from '../../shell.ts';
import { en, ja } from '../../words.ts';
import { like, type ErrorKind, type FilledValues, type Suspect, type Values } from '../error-kind.ts';
import { ofProject } from './gke-connection.ts';
import { demandedBy } from './google-denied.ts';

const article = 'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors';
const leastPrivilege =
  'https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa';
const agents = 'https://cloud.google.com/iam/docs/service-agents';

const projectNumber = (v: FilledValues) =>
  sh`PROJECT_NUMBER=$(gcloud projects describe ${v.project} --format 'get(projectNumber)')`;

/** The article's check and repair of the agent that GKE works with. */
function serviceAgent(v: FilledValues): Suspect {
  return {
    cause: {
      en: 'The GKE service agent has lost its role (service-PROJECT_NUMBER@container-engine-robot.iam.gserviceaccount.com)',
      ja: 'GKE サービスエージェント (service-PROJECT_NUMBER@container-engine-robot.iam.gserviceaccount.com) がロールを失っています',
    },
    decides: {
      en: 'Where the first does not print roles/container.serviceAgent, bind it again with the next two; a condition or "deleted:" in the policy counts as lost.',
      ja: '1 番目のコマンドで roles/container.serviceAgent が表示されない場合は、続く 2 つのコマンドでバインドし直してください。ポリシーで条件または "deleted:" が付いている場合も、失われているとみなします。',
    },
    commands: [
      sh`gcloud projects get-iam-policy ${v.project} --flatten=${'bindings[].members'} --filter=${'bindings.members:container-engine-robot'} --format=${'value(bindings.role)'}`,
      projectNumber(v),
      `${sh`gcloud projects add-iam-policy-binding ${v.project}`} --member "serviceAccount:service-\${PROJECT_NUMBER?}@container-engine-robot.iam.gserviceaccount.com" --role roles/container.serviceAgent`,
    ],
  };
}

function apisAgent(v: FilledValues): Suspect {
  return {
    cause: {
      en: 'The Google APIs service agent has lost its role (PROJECT_NUMBER@cloudservices.gserviceaccount.com)',
      ja: 'Google API サービスエージェント (PROJECT_NUMBER@cloudservices.gserviceaccount.com) がロールを失っています',
    },
    decides: {
      en: 'Where the first prints neither roles/editor nor roles/compute.instanceGroupManagerServiceAgent, bind the latter; it is enough.',
      ja: '1 番目のコマンドで roles/editor も roles/compute.instanceGroupManagerServiceAgent も表示されない場合は、後者をバインドしてください。これで十分です。',
    },
    commands: [
      sh`gcloud projects get-iam-policy ${v.project} --flatten=${'bindings[].members'} --filter=${'bindings.members:cloudservices.gserviceaccount.com'} --format=${'value(bindings.role)'}`,
      projectNumber(v),
      `${sh`gcloud projects add-iam-policy-binding ${v.project}`} --member "serviceAccount:\${PROJECT_NUMBER?}@cloudservices.gserviceaccount.com" --role roles/compute.instanceGroupManagerServiceAgent`,
    ],
  };
}

function apisOff(v: FilledValues): Suspect {
  return {
    cause: {
      en: 'The Kubernetes Engine or the Compute Engine API was turned off',
      ja: 'Kubernetes Engine API または Compute Engine API が無効になっています',
    },
    decides: {
      en: 'Where one of the two is missing from the first, turn it on; that also makes the agents and their roles again. As the last resort, where it is on and nothing else helps, turn it off and on again: the third refuses while clusters run, and must.',
      ja: '1 番目のコマンドの一覧に 2 つの API の両方がそろっていない場合は、有効にしてください。エージェントとそのロールも作り直されます。有効になっていて、ほかに方法がない場合は、最後の手段として、無効にしてから再度有効にしてください。クラスターが稼働している間は 3 番目のコマンドは拒否されますが、そうでなければなりません。',
    },
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
    cause: {
      en: 'The service account of the nodes lacks the least that nodes need, or is disabled or deleted',
      ja: 'ノードのサービスアカウントに、ノードに必要な最小限の権限がないか、アカウントが無効または削除済みです',
    },
    decides: {
      en: 'Where the first says disabled or NOT_FOUND, enable or restore it; where the role roles/container.defaultNodeServiceAccount is missing, bind it with the second. Name the account in the command that creates the cluster (--service-account), or leave the option out for the Compute Engine default account.',
      ja: '1 番目のコマンドで disabled または NOT_FOUND と表示される場合は、有効にするか復元してください。ロール roles/container.defaultNodeServiceAccount がない場合は、2 番目のコマンドでバインドしてください。クラスターを作成するコマンドではこのアカウントを指定するか (--service-account)、オプションを省略して Compute Engine のデフォルトのサービスアカウントを使用してください。',
    },
    commands: [
      sh`gcloud iam service-accounts describe ${v.serviceAccountEmail} ${ofProject(known)}`.trimEnd(),
      sh`gcloud projects add-iam-policy-binding ${v.project} --member=${`serviceAccount:${v.serviceAccountEmail}`} --role=roles/container.defaultNodeServiceAccount --condition=None`,
      sh`gcloud container clusters create-auto ${v.cluster} --location=${v.location} --service-account=${v.serviceAccountEmail} ${ofProject(known)}`.trimEnd(),
    ],
  };
}

function whoTookIt(v: FilledValues): Suspect {
  return {
    cause: {
      en: 'Somebody, or Terraform with a whole policy (google_project_iam_policy), removed a binding',
      ja: '誰か、またはポリシー全体を書き込む Terraform (google_project_iam_policy) が、バインディングを削除しました',
    },
    decides: {
      en: 'The log says who and when; without the cause mended it will be removed again.',
      ja: '誰がいつ削除したかは、ログで確認できます。原因を取り除かないと、再び削除されます。',
    },
    commands: [
      sh`gcloud logging read ${'protoPayload.methodName=SetIamPolicy AND protoPayload.serviceData.policyDelta.bindingDeltas.action=REMOVE'} --freshness=30d --project ${v.project} --format=${'table(timestamp,protoPayload.authenticationInfo.principalEmail)'}`,
    ],
  };
}

const permission = String.raw`(?<permission>[a-z][a-z0-9]{1,30}(?:\.[a-zA-Z0-9]{1,60}){2,4}|[A-Z_]{4,40})`;
const resource = String.raw`(?<resource>[^'"\s]{1,300})`;

/** Permissions that the account of the nodes itself needs while they run. */
function isOfNodes({ permission: name }: Values): boolean {
  return /^(logging|monitoring|autoscaling)\./.test(name ?? '');
}

const workingAccount = {
  en: 'the account that works for the cluster',
  ja: 'クラスターのために動作するアカウント',
};

const permissionMissing: ErrorKind = {
  id: 'gke-permission-missing',
  row: 'G4',
  title: {
    en: 'An account that GKE works with lacks a permission (403)',
    ja: 'GKE が使用するアカウントに権限がありません (403)',
  },
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
    happened: {
      en: en`Google refused ${demandedBy(known)} to ${known.serviceAccountEmail ?? workingAccount}.`,
      ja: ja`${known.serviceAccountEmail ?? workingAccount} は、Google に ${demandedBy(known)} を拒否されました。`,
    },
    usually: isOfNodes(known)
      ? {
          en: 'It is a permission that nodes need: usually the service account of the node pool lacks roles/container.defaultNodeServiceAccount.',
          ja: 'これはノードに必要な権限です。多くの場合、ノードプールのサービスアカウントに roles/container.defaultNodeServiceAccount がありません。',
        }
      : {
          en: 'Usually the service account that is given to the cluster lacks the least permissions, or the service agent of GKE has lost its role in the project.',
          ja: '多くの場合、クラスターに指定されたサービスアカウントに最小限の権限がないか、GKE サービスエージェントがプロジェクトでのロールを失っています。',
        },
    excludes: [
      {
        en: 'It is not the access of the person to the cluster: that would be container.clusters.get.',
        ja: 'クラスターに対する人のアクセス権の問題ではありません。その場合は container.clusters.get になります。',
      },
    ],
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
  title: {
    en: 'The GKE service agent lacks its role in the host project of the Shared VPC',
    ja: '共有 VPC のホストプロジェクトで GKE サービスエージェントにロールがありません',
  },
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
    happened: {
      en: 'The network of the cluster belongs to another project, in which the GKE service agent of this one may not act.',
      ja: 'クラスターのネットワークは別のプロジェクトにあり、このプロジェクトの GKE サービスエージェントはそこでの操作を許可されていません。',
    },
    usually: {
      en: 'Usually roles/container.hostServiceAgentUser was never granted there, or Terraform removed it.',
      ja: '多くの場合、ホストプロジェクトで roles/container.hostServiceAgentUser が一度も付与されていないか、Terraform によって削除されています。',
    },
    excludes: [{ en: 'It is no permission of yours.', ja: '呼び出したユーザーの権限の問題ではありません。' }],
    suspects: [
      {
        cause: {
          en: 'The agent lacks roles/container.hostServiceAgentUser in the host project',
          ja: 'ホストプロジェクトで、エージェントに roles/container.hostServiceAgentUser がありません',
        },
        decides: {
          en: 'Where the first does not print it, bind it with the second (the number is that of the project of the cluster). The subnet needs roles/compute.networkUser for the same agent, too.',
          ja: '1 番目のコマンドでエージェントが表示されない場合は、2 番目のコマンドでバインドしてください (番号は、クラスターのプロジェクトのものです)。サブネットでも、同じエージェントに roles/compute.networkUser が必要です。',
        },
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
  title: {
    en: 'An account or agent of the project has lost its rights (400 or 403)',
    ja: 'プロジェクトのアカウントまたはエージェントが権限を失っています (400 または 403)',
  },
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
    happened: {
      en: 'One of the accounts that Google made for the project was edited or deleted, or an API was turned off; clusters can then neither be created nor managed.',
      ja: 'Google がプロジェクト用に作成したアカウントのいずれかが編集または削除されたか、API が無効になっています。この状態では、クラスターの作成も管理もできません。',
    },
    usually: {
      en: 'Usually a binding was removed from the policy of the project, by hand or by a tool that writes the whole policy.',
      ja: '多くの場合、手動で、またはポリシー全体を書き込むツールによって、プロジェクトのポリシーからバインディングが削除されています。',
    },
    excludes: [
      {
        en: 'It is no permission of the person who called.',
        ja: '呼び出したユーザーの権限の問題ではありません。',
      },
    ],
    suspects: [
      serviceAgent(v),
      apisAgent(v),
      {
        cause: {
          en: 'The Compute Engine default service account is disabled or deleted, and nodes use it',
          ja: 'Compute Engine のデフォルトのサービスアカウントが無効または削除済みで、ノードがそれを使用しています',
        },
        decides: {
          en: 'Where the first shows it disabled, enable it with the second; deleted less than 30 days ago, undelete it by its unique id. It does not need Editor.',
          ja: '1 番目のコマンドで無効と表示される場合は、2 番目のコマンドで有効にしてください。削除から 30 日以内であれば、一意の ID で復元してください。Editor は必要ありません。',
        },
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

export const gkePermissionKinds = [permissionMissing, hostAgent, editMissing];
