/** Rows G4 and G6: roles and agents that GKE itself works with. */
import { sh } from '../../shell.ts';
import { en, ja } from '../../words.ts';
import { like, type ErrorKind, type FilledValues, type Suspect, type Values } from '../error-kind.ts';
import { ofProject } from './gke-connection.ts';
import {
  agentNamed,
  apisAgent,
  apisOff,
  isAgent,
  nodeAccount,
  nodeAgent,
  nodeRole,
  serviceAgent,
  whoTookIt,
} from './gke-suspects.ts';
import { demandedBy } from './google-denied.ts';

const article = 'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors';
const leastPrivilege =
  'https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa';
const serviceAgents = 'https://cloud.google.com/iam/docs/service-agents';

const permission = String.raw`(?<permission>[a-z][a-z0-9]{1,30}(?:\.[a-zA-Z0-9]{1,60}){2,4}|[A-Z_]{4,40})`;
const resource = String.raw`(?<resource>[^'"\s]{1,300})`;

const workingAccount = {
  en: 'the account that works for the cluster',
  ja: 'クラスターのために動作するアカウント',
};

function podAccount(v: FilledValues): Suspect {
  return {
    cause: {
      en: 'A pod calls with a Google account of its own, which may not write',
      ja: 'Pod が独自の Google サービスアカウントを使用しており、そのアカウントに書き込みが許可されていません',
    },
    decides: {
      en: 'Where this prints iam.gke.io/gcp-service-account, that account needs roles/logging.logWriter or roles/monitoring.metricWriter; where it prints none, the pod calls as the node.',
      ja: 'iam.gke.io/gcp-service-account が表示される場合は、そのアカウントに roles/logging.logWriter または roles/monitoring.metricWriter が必要です。表示されない場合、Pod はノードのアカウントを使用しています。',
    },
    commands: [
      sh`kubectl get serviceaccount ${v.serviceAccount} -n ${v.namespace} -o jsonpath='{.metadata.annotations}'`,
    ],
  };
}

/** The text may name who was refused; else it is one of three. */
function suspectsOf(v: FilledValues, known: Values): Suspect[] {
  const email = known.serviceAccountEmail;
  if (isAgent(email)) return [...agentNamed(v, known), whoTookIt(v)];
  const agents = email === undefined ? [serviceAgent(v, known), apisAgent(v, known)] : [];
  return [nodeAccount(v, known), ...agents, whoTookIt(v)];
}

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
        String.raw`(?:Google Compute Engine:|\[PERMISSIONS_ERROR\]:[^\n]{0,200}?) Required (?:permission )?['"]${permission}['"](?: permission)?(?: for ['"]${resource}['"])?`,
        'i',
      ),
    ),
    like(
      new RegExp(
        String.raw`Required (?:permission )?['"]${permission}['"](?: permission)?(?: for ['"]${resource}['"])? \(when acting as '(?<serviceAccountEmail>[\w.@-]{5,120})'`,
        'i',
      ),
    ),
    like(new RegExp(String.raw`Required permission ['"]${permission}['"] for ['"]${resource}['"]`, 'i')),
    like(/Retry budget exhausted(?! ?[:(])/),
    like(/リトライ バジェットが残っていない/),
  ],
  covers: ['google-permission-denied'],
  meaning: (v, known) => ({
    happened: {
      en: en`Google refused ${demandedBy(known)} to ${known.serviceAccountEmail ?? workingAccount}.`,
      ja: ja`${known.serviceAccountEmail ?? workingAccount} は、Google に ${demandedBy(known)} を拒否されました。`,
    },
    usually: {
      en: 'Usually the service account that is given to the cluster lacks the least permissions, or the service agent of GKE has lost its role in the project.',
      ja: '多くの場合、クラスターに指定されたサービスアカウントに最小限の権限がないか、GKE サービスエージェントがプロジェクトでのロールを失っています。',
    },
    excludes: [
      {
        en: 'It is not the access of the person to the cluster: that would be container.clusters.get.',
        ja: 'クラスターに対するユーザーのアクセス権の問題ではありません。その場合は container.clusters.get になります。',
      },
    ],
    suspects: suspectsOf(v, known),
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
    {
      from: 'gcloud',
      text: "ERROR: (gcloud.container.clusters.create) Operation [<Operation name: 'operation-1' status: StatusValueValuesEnum(DONE, 3)>] finished with error: Google Compute Engine: Required 'compute.instanceGroupManagers.create' permission for 'projects/shop-prod'.",
      values: { permission: 'compute.instanceGroupManagers.create', project: 'shop-prod' },
    },
    { from: 'the article in Japanese', text: 'エラー 403: リトライ バジェットが残っていない' },
  ],
};

const ofNodes =
  '(?<permission>(?:logging\\.logEntries|monitoring\\.(?:timeSeries|metricDescriptors)|autoscaling\\.sites)\\.[a-zA-Z]{3,30})';

const nodePermission: ErrorKind = {
  id: 'gke-node-permission-missing',
  row: 'G4',
  title: {
    en: 'Nodes or pods may not write their logs or metrics',
    ja: 'ノードまたは Pod にログや指標の書き込みが許可されていません',
  },
  cloud: 'gcp',
  needles: [
    ' denied on ',
    'may not exist',
    'permission for',
    'Required permission',
    'NODE_SERVICE_ACCOUNT_MISSING_PERMISSIONS',
  ],
  patterns: [
    like(
      new RegExp(
        String.raw`Permission ['"]?${ofNodes}['"]? denied(?: on (?:resource )?['"]?(?<resource>(?:\/\/[a-z.]{5,60}\/)?projects\/[^'"\s]{1,200}))?`,
      ),
    ),
    like(
      new RegExp(
        String.raw`Required (?:permission )?['"]${ofNodes}['"](?: permission)?(?: for ['"]${resource}['"])?(?: \(when acting as '(?<serviceAccountEmail>[\w.@-]{5,120})')?`,
      ),
    ),
    like(/NODE_SERVICE_ACCOUNT_MISSING_PERMISSIONS/),
  ],
  covers: ['gke-permission-missing', 'google-permission-denied'],
  meaning: (v, known) => ({
    happened: {
      en: en`Google refused ${demandedBy(known)} to the account that a node, or a pod on it, calls with.`,
      ja: ja`ノード、またはその上の Pod が使用するアカウントは、Google に ${demandedBy(known)} を拒否されました。`,
    },
    usually: {
      en: 'It is a permission that nodes need: usually the service account of the node pool lacks roles/container.defaultNodeServiceAccount.',
      ja: 'これはノードに必要な権限です。多くの場合、ノードプールのサービスアカウントに roles/container.defaultNodeServiceAccount がありません。',
    },
    excludes: [
      {
        en: 'It is not the access of the person to the cluster: that would be container.clusters.get.',
        ja: 'クラスターに対するユーザーのアクセス権の問題ではありません。その場合は container.clusters.get になります。',
      },
    ],
    suspects: isAgent(known.serviceAccountEmail)
      ? [...agentNamed(v, known), whoTookIt(v)]
      : [nodeRole(v, known), nodeAgent(v, known), podAccount(v), whoTookIt(v)],
  }),
  rules: [
    'gke/node-service-account-permissions',
    'gke/node-service-account',
    'gke/node-agent-binding',
    'gke/workload-identity-metadata',
  ],
  references: [leastPrivilege, 'https://cloud.google.com/kubernetes-engine/docs/how-to/service-accounts'],
  examples: [
    {
      from: 'Go',
      text: 'rpc error: code = PermissionDenied desc = Permission monitoring.timeSeries.create denied (or the resource may not exist).',
      values: { permission: 'monitoring.timeSeries.create' },
    },
    {
      from: 'Google API',
      text: "Permission 'logging.logEntries.create' denied on resource (or it may not exist).",
      values: { permission: 'logging.logEntries.create' },
    },
    {
      from: 'Terraform',
      text: "googleapi: Error 403: Required 'monitoring.timeSeries.create' permission for 'projects/shop-prod' (when acting as 'nodes@shop-prod.iam.gserviceaccount.com')",
      values: {
        permission: 'monitoring.timeSeries.create',
        project: 'shop-prod',
        serviceAccountEmail: 'nodes@shop-prod.iam.gserviceaccount.com',
      },
    },
    {
      from: 'GKE',
      text: 'conditions:\n- code: NODE_SERVICE_ACCOUNT_MISSING_PERMISSIONS',
    },
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
  meaning: (v, known) => ({
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
          en: 'Where the first does not print it, bind it with the next two (the number is that of the project of the cluster: gcloud must be set to it). The subnet needs roles/compute.networkUser for the same agent, too.',
          ja: '1 番目のコマンドでエージェントが表示されない場合は、続く 2 つのコマンドでバインドしてください (番号はクラスターのプロジェクトのものです。gcloud にそのプロジェクトが設定されている必要があります)。サブネットでも、同じエージェントに roles/compute.networkUser が必要です。',
        },
        commands: [
          sh`gcloud projects get-iam-policy ${v.project} --flatten=${'bindings[].members'} --filter=${'bindings.role:roles/container.hostServiceAgentUser'} --format=${'value(bindings.members)'}`,
          known.projectNumber === undefined
            ? 'PROJECT_NUMBER=$(gcloud projects describe "$(gcloud config get project)" --format "get(projectNumber)")'
            : sh`PROJECT_NUMBER=${known.projectNumber}`,
          `${sh`gcloud projects add-iam-policy-binding ${v.project}`} --member "serviceAccount:service-\${PROJECT_NUMBER?}@container-engine-robot.iam.gserviceaccount.com" --role roles/container.hostServiceAgentUser`,
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
      serviceAgent(v, known),
      apisAgent(v, known),
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
          sh`gcloud iam service-accounts list --filter=${'email~compute@developer'} --format=${'table(email,disabled)'} ${ofProject(known)}`.trimEnd(),
          `${sh`gcloud iam service-accounts enable`} "\${PROJECT_NUMBER?}-compute@developer.gserviceaccount.com" ${sh`${ofProject(known)}`}`.trimEnd(),
          sh`gcloud iam service-accounts undelete ${v.uniqueId}`,
        ],
      },
      nodeAgent(v, known),
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
  references: [article, serviceAgents],
  examples: [
    { from: 'the article', text: 'Error 400/403: Missing edit permissions on account' },
    {
      from: 'GKE',
      text: 'The Kubernetes Engine service account is missing required permissions on this project. See Troubleshooting.',
    },
    { from: 'the article in Japanese', text: 'エラー 400/403: アカウントに編集権限がない' },
  ],
};

export const gkePermissionKinds = [permissionMissing, nodePermission, hostAgent, editMissing];
