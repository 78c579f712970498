/** Row G6, and what no row has: refusals of any API of Google Cloud. */
import { quote, sh } from '../../shell.ts';
import { en, ja, type Localized } from '../../words.ts';
import { like, type ErrorKind, type FilledValues, type Values } from '../error-kind.ts';
import { ofProject } from './gke-connection.ts';

/** The permission that was demanded, and on what, as far as the text names them. */
export function demandedBy({ permission, resource }: Values): Localized {
  return {
    en: `${permission ?? 'a permission'}${resource === undefined ? '' : ` for ${resource}`}`,
    ja: ja`${resource === undefined ? '' : `${resource} での `}${permission ?? '権限'}`,
  };
}

/** The member of a binding that stands for an email. */
export function memberOf(email: string): string {
  return `${email.endsWith('gserviceaccount.com') ? 'serviceAccount' : 'user'}:${email}`;
}

const apiDisabled: ErrorKind = {
  id: 'google-api-disabled',
  row: 'G6',
  title: { en: 'An API is turned off in the project', ja: 'プロジェクトで API が無効になっています' },
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
    happened: {
      en: `${known.api ?? 'An API'} is off in the project${known.project === undefined ? '' : ` ${known.project}`} that the request was counted on.`,
      ja: ja`リクエストが割り当てられたプロジェクト${known.project === undefined ? '' : ` ${known.project} `}で、${known.api ?? 'API'} が無効になっています。`,
    },
    usually: {
      en: 'Usually it was never turned on, or turned off to save or by mistake; for programs the project may be that of the credentials, not the one that you meant.',
      ja: '多くの場合、一度も有効にされていないか、コスト削減のため、または誤って無効にされています。プログラムの場合は、意図したプロジェクトではなく、認証情報のプロジェクトであることもあります。',
    },
    excludes: [
      {
        en: 'It is no role: nobody can call it while it is off.',
        ja: 'ロールの問題ではありません。無効になっている間は、誰も呼び出せません。',
      },
    ],
    suspects: [
      {
        cause: { en: 'The API is off in that project', ja: 'そのプロジェクトで API が無効になっています' },
        decides: {
          en: 'Turn it on where the first does not list it; it takes some minutes. Enabling the Kubernetes Engine API also restores its service agents.',
          ja: '1 番目のコマンドの一覧にない場合は、有効にしてください。反映には数分かかります。Kubernetes Engine API を有効にすると、そのサービスエージェントも復元されます。',
        },
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
  title: {
    en: 'VPC Service Controls forbid the request',
    ja: 'VPC Service Controls がリクエストを禁止しています',
  },
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
    happened: {
      en: 'The request crossed a service perimeter of the organization; roles were not the question.',
      ja: 'リクエストが組織のサービス境界を越えました。ロールは関係ありません。',
    },
    usually: {
      en: 'Usually it came from outside of the networks that the perimeter lets in, or went to a project in another perimeter.',
      ja: '多くの場合、境界で許可されているネットワークの外から送信されたか、別の境界にあるプロジェクトに対するものです。',
    },
    excludes: [
      {
        en: 'It is no missing role: granting more does not help.',
        ja: 'ロールの不足ではありません。ロールを増やしても解決しません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'An access level or an ingress rule is missing',
          ja: 'アクセスレベルまたは上り (内向き) ルールがありません',
        },
        decides: {
          en: 'Whoever manages the perimeter sees the violated rule under this id.',
          ja: '違反したルールは、境界の管理者がこの ID で確認できます。',
        },
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
  title: { en: 'The access token lacks a scope', ja: 'アクセストークンのスコープが不足しています' },
  cloud: 'gcp',
  needles: ['insufficient authentication scopes', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'],
  patterns: [like(/Request had insufficient authentication scopes/), like(/ACCESS_TOKEN_SCOPE_INSUFFICIENT/)],
  covers: ['google-permission-denied'],
  meaning: (v, known) => ({
    happened: {
      en: 'The token was made for fewer APIs than the request needs, whatever roles its account has.',
      ja: 'トークンの対象となる API が、リクエストに必要なものより限られています。アカウントのロールは関係ありません。',
    },
    usually: {
      en: 'Usually a pod uses the account of a node whose pool was made with narrow scopes, instead of Workload Identity.',
      ja: '多くの場合、Pod が Workload Identity ではなく、限られたスコープで作成されたノードプールのノードのアカウントを使用しています。',
    },
    excludes: [
      {
        en: 'Roles do not help: the scope of the token is looked at first.',
        ja: 'ロールを付与しても解決しません。トークンのスコープが先に確認されます。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The node pool has narrow scopes, and the pod uses the account of the node',
          ja: 'ノードプールのスコープが限られており、Pod がノードのアカウントを使用しています',
        },
        decides: {
          en: 'Where the first value lacks cloud-platform and the second is not GKE_METADATA, use Workload Identity Federation; the scopes of a pool cannot be changed.',
          ja: '1 番目の値に cloud-platform がなく、2 番目の値が GKE_METADATA でない場合は、Workload Identity Federation を使用してください。ノードプールのスコープは変更できません。',
        },
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

/** Keeps the Google account that the Kubernetes service account is annotated with, for the commands after it. */
function annotatedAccount(v: FilledValues): string {
  return sh`GOOGLE_ACCOUNT=$(kubectl get serviceaccount ${v.serviceAccount} -n ${v.namespace} -o jsonpath=${String.raw`{.metadata.annotations.iam\.gke\.io/gcp-service-account}`})`;
}

function googleAccount({ serviceAccountEmail }: Values): string {
  return serviceAccountEmail === undefined ? '"${GOOGLE_ACCOUNT?}"' : quote(serviceAccountEmail);
}

const workloadIdentity: ErrorKind = {
  id: 'gke-workload-identity-denied',
  row: null,
  title: {
    en: 'A pod may not act as its Google service account',
    ja: 'Pod が Google サービスアカウントとして動作することを許可されていません',
  },
  cloud: 'gcp',
  needles: ['iam.serviceAccounts.getAccessToken', 'Unable to generate access token'],
  patterns: [
    like(/Permission '?(?<permission>iam\.serviceAccounts\.getAccessToken)'? denied/),
    like(/Unable to generate access token; IAM returned 403 Forbidden/),
  ],
  covers: ['google-permission-denied', 'gke-permission-missing'],
  meaning: (v, known) => ({
    happened: {
      en: 'The pod asked for a token of a Google service account, and IAM did not let its Kubernetes service account have one.',
      ja: 'Pod が Google サービスアカウントのトークンを要求しましたが、IAM はその Kubernetes サービスアカウントへの発行を許可しませんでした。',
    },
    usually: {
      en: 'Usually the binding of roles/iam.workloadIdentityUser is missing or names another namespace or name, or the annotation names another Google account.',
      ja: '多くの場合、roles/iam.workloadIdentityUser のバインディングがないか、別の名前空間または名前を指定しています。アノテーションが別の Google サービスアカウントを指定していることもあります。',
    },
    excludes: [
      {
        en: 'It is no role of the Google account: those are looked at with the token, which there is none of.',
        ja: 'Google サービスアカウントのロールの問題ではありません。ロールの確認にはトークンが必要ですが、そのトークンを取得できていません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The Google account does not let this Kubernetes service account in',
          ja: 'Google サービスアカウントが、この Kubernetes サービスアカウントを許可していません',
        },
        decides: {
          en: 'The policy must hold serviceAccount:PROJECT_ID.svc.id.goog[NAMESPACE/SERVICE_ACCOUNT] with roles/iam.workloadIdentityUser; bind it with the last.',
          ja: '表示されるポリシーの roles/iam.workloadIdentityUser に、serviceAccount:PROJECT_ID.svc.id.goog[NAMESPACE/SERVICE_ACCOUNT] が必要です。ない場合は、最後のコマンドでバインドしてください。',
        },
        commands: [
          ...(known.serviceAccountEmail === undefined ? [annotatedAccount(v)] : []),
          `gcloud iam service-accounts get-iam-policy ${googleAccount(known)}`,
          `gcloud iam service-accounts add-iam-policy-binding ${googleAccount(known)} ${sh`--role=roles/iam.workloadIdentityUser --member=${`serviceAccount:${v.project}.svc.id.goog[${v.namespace}/${v.serviceAccount}]`}`}`,
        ],
      },
      {
        cause: {
          en: 'The annotation of the Kubernetes service account names another Google account, or none',
          ja: 'Kubernetes サービスアカウントのアノテーションが、別の Google サービスアカウントを指定しているか、ありません',
        },
        decides: {
          en: 'iam.gke.io/gcp-service-account must be the account of the policy.',
          ja: 'iam.gke.io/gcp-service-account は、ポリシーを確認したアカウントでなければなりません。',
        },
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
      from: 'Cloud Logging',
      text: '{"insertId":"a1","textPayload":"rpc error: code = PermissionDenied desc = Permission \'iam.serviceAccounts.getAccessToken\' denied on resource (or it may not exist).","resource":{"type":"k8s_container","labels":{"cluster_name":"shop","container_name":"app","location":"europe-west1","namespace_name":"web","pod_name":"cart-7f85bf9964-kz8lp","project_id":"shop-prod"}},"timestamp":"2026-01-01T06:00:00Z"}',
      values: { cluster: 'shop', namespace: 'web', pod: 'cart-7f85bf9964-kz8lp', project: 'shop-prod' },
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
  title: {
    en: 'The caller lacks a permission on Google Cloud',
    ja: '呼び出し元に Google Cloud の権限がありません',
  },
  cloud: 'gcp',
  needles: [
    ' denied on ',
    'may not exist',
    'is required to perform this operation',
    'permission(s) for',
    'permission for',
    'IAM_PERMISSION_DENIED',
  ],
  patterns: [
    like(
      /Permission ['"](?<permission>[a-z][a-z0-9]{1,30}(?:\.[a-zA-Z0-9]{1,60}){2,4})['"] denied(?: on (?:resource )?['"]?(?!resource\b)(?<resource>[^'"\s()]{1,200}))?/,
    ),
    like(
      /Permission (?<permission>[a-z][a-z0-9]{1,30}(?:\.[a-zA-Z0-9]{1,60}){2,4}) denied (?:on resource )?\(or (?:it|the resource) may not exist\)/,
    ),
    like(
      /Permission (?<permission>[a-z][a-z0-9]{1,30}(?:\.[a-zA-Z0-9]{1,60}){2,4}) is required to perform this operation on project projects\/(?<project>[\w-]{1,60})/,
    ),
    like(
      /Required ['"](?<permission>(?:compute|container|iam|cloudkms|artifactregistry)(?:\.[a-zA-Z0-9]{1,60}){2,4})['"] permission(?:\(s\))?(?: for ['"](?<resource>[^'"\s]{1,300})['"])?(?:[^\n]{0,300}?This command is authenticated as (?<principal>[^\s"'<>@]{1,100}@[\w.-]{1,200}))?/,
    ),
    like(/reason = IAM_PERMISSION_DENIED/),
    like(/reason"?: ?"?IAM_PERMISSION_DENIED/),
  ],
  meaning: (v, known) => ({
    happened: {
      en: en`${known.principal ?? 'The caller'} was refused ${demandedBy(known)}.`,
      ja: ja`${known.principal ?? '呼び出し元'} は、${demandedBy(known)} を拒否されました。`,
    },
    usually: {
      en: 'Usually gcloud, Terraform or the program is signed in as another account than the one that has the role.',
      ja: '多くの場合、ロールのあるアカウントとは別のアカウントで、gcloud、Terraform、またはプログラムがログインしています。',
    },
    suspects: [
      {
        cause: {
          en: 'Another account calls, or it has no role with the permission',
          ja: '別のアカウントが呼び出しているか、アカウントにこの権限を含むロールがありません',
        },
        decides: {
          en: 'The first tells who calls, the second what it has. Grant the smallest role that holds the permission.',
          ja: '1 番目のコマンドで呼び出し元を、2 番目のコマンドでそのロールを確認してください。この権限を含む最小のロールを付与してください。',
        },
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
      from: 'gcloud',
      text: 'ERROR: (gcloud.container.clusters.create) ResponseError: code=403, message=Required "container.clusters.create" permission(s) for "projects/shop-prod". This command is authenticated as dev@example.com which is the active account specified by the [core/account] property.',
      values: {
        permission: 'container.clusters.create',
        project: 'shop-prod',
        principal: 'dev@example.com',
      },
    },
    {
      from: 'Terraform',
      text: "Error: googleapi: Error 403: Required 'compute.networks.create' permission for 'projects/shop-prod/global/networks/shop', forbidden",
      values: { permission: 'compute.networks.create', project: 'shop-prod' },
    },
    {
      from: 'gcloud',
      text: "ERROR: (gcloud.iam.service-accounts.list) PERMISSION_DENIED: Permission 'iam.serviceAccounts.list' denied on resource (or it may not exist).",
      values: { permission: 'iam.serviceAccounts.list' },
    },
    {
      from: 'Google API',
      text: '{"error":{"code":403,"message":"Permission denied.","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"IAM_PERMISSION_DENIED","domain":"iam.googleapis.com","metadata":{"permission":"artifactregistry.repositories.downloadArtifacts","resource":"projects/shop-prod/locations/eu/repositories/app"}}]}}',
      values: { permission: 'artifactregistry.repositories.downloadArtifacts', project: 'shop-prod' },
    },
  ],
};

export const googleDeniedKinds = [apiDisabled, perimeter, scopes, workloadIdentity, permissionDenied];
