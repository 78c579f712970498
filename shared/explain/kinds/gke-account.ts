/** Rows G4 and G6: a service account that GKE was to use, and that is gone, or that the caller may not use. */
import { sh } from '../../shell.ts';
import { ja, type Localized } from '../../words.ts';
import { like, type ErrorKind, type FilledValues, type Suspect, type Values } from '../error-kind.ts';
import { ofProject } from './gke-connection.ts';
import { agentNamed, apisOff, isAgent } from './gke-suspects.ts';
import { memberOf } from './google-denied.ts';

const leastPrivilege =
  'https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa';

const email = String.raw`(?<serviceAccountEmail>[\w.-]{1,80}@[\w.-]{3,100}gserviceaccount\.com)`;

function usuallyMissing({ serviceAccountEmail }: Values): Localized {
  if (isAgent(serviceAccountEmail))
    return {
      en: 'It is an agent that Google makes: usually somebody turned its API off, or cleaned up accounts that looked unused.',
      ja: 'これは Google が作成するサービスエージェントです。多くの場合、その API が無効にされたか、使われていないように見えるアカウントとして整理されています。',
    };
  if (serviceAccountEmail?.includes('-compute@developer') === true)
    return {
      en: 'It is the Compute Engine default account, which GKE looks up even where node pools use another; usually somebody deleted it as a precaution.',
      ja: 'これは Compute Engine のデフォルトのサービスアカウントで、ノードプールが別のアカウントを使用していても GKE が参照します。多くの場合、予防措置として削除されています。',
    };
  return {
    en: 'Usually it was deleted or disabled while a cluster or a configuration still names it; made again under its name it is another account, and the old bindings do not hold.',
    ja: '多くの場合、クラスターまたは設定でまだ指定されているのに、削除されたか無効にされています。同じ名前で作り直しても別のアカウントであり、以前のバインディングは適用されません。',
  };
}

/** Agents are made again by their API, and get their role anew; gcloud takes the number for the id of the project. */
function ofAgent(v: FilledValues, known: Values): Suspect[] {
  const project = known.project ?? known.projectNumber ?? v.project;
  const own = { ...v, project };
  return [
    {
      cause: { en: 'The agent is deleted', ja: 'サービスエージェントが削除されています' },
      decides: {
        en: 'Make it again with this (for another service than GKE, with its API), then give it its role as below: the binding of the deleted one does not apply to it.',
        ja: 'このコマンド (GKE 以外のサービスの場合は、その API を指定) で作り直してから、次のとおりロールを付与してください。削除されたエージェントのバインディングは適用されません。',
      },
      commands: [
        sh`gcloud beta services identity create --service=container.googleapis.com --project=${project}`,
      ],
    },
    ...agentNamed(own, known),
    apisOff(own),
  ];
}

function ofAccount(v: FilledValues, known: Values): Suspect[] {
  return [
    {
      cause: { en: 'It was deleted in the last 30 days', ja: '過去 30 日以内に削除されています' },
      decides: {
        en: 'Where the first finds its unique id, undelete it with the second: its bindings come back with it.',
        ja: '1 番目のコマンドで一意の ID が見つかる場合は、2 番目のコマンドで復元してください。バインディングも再び適用されます。',
      },
      commands: [
        sh`gcloud logging read ${'protoPayload.methodName:DeleteServiceAccount'} --freshness=30d --format=${'table(timestamp,protoPayload.authenticationInfo.principalEmail,resource.labels.email_id,resource.labels.unique_id)'} ${ofProject({ project: known.project ?? known.projectNumber })}`.trimEnd(),
        sh`gcloud iam service-accounts undelete ${v.uniqueId}`,
      ],
    },
    {
      cause: { en: 'It is disabled', ja: '無効になっています' },
      decides: {
        en: 'Where the first prints "disabled: true", enable it.',
        ja: '1 番目のコマンドで "disabled: true" と表示される場合は、有効にしてください。',
      },
      commands: [
        sh`gcloud iam service-accounts describe ${v.serviceAccountEmail}`,
        sh`gcloud iam service-accounts enable ${v.serviceAccountEmail}`,
      ],
    },
    {
      cause: { en: 'It is gone for good', ja: '完全に削除されています' },
      decides: {
        en: 'Make another with the least role that nodes need, and node pools that use it.',
        ja: 'ノードに必要な最小限のロールを付与した別のアカウントと、それを使用するノードプールを作成してください。',
      },
      commands: [
        sh`gcloud iam service-accounts create gke-nodes ${ofProject(known)}`.trimEnd(),
        sh`gcloud projects add-iam-policy-binding ${v.project} --member=${`serviceAccount:gke-nodes@${v.project}.iam.gserviceaccount.com`} --role=roles/container.defaultNodeServiceAccount --condition=None`,
      ],
    },
  ];
}

const accountMissing: ErrorKind = {
  id: 'gke-account-missing',
  row: 'G6',
  title: {
    en: 'A service account that GKE was to use is deleted or disabled',
    ja: 'GKE が使用するサービスアカウントが削除済みまたは無効です',
  },
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
    happened: {
      en: `${known.serviceAccountEmail ?? 'A service account'} cannot be used: it does not exist any more, or is disabled.`,
      ja: ja`${known.serviceAccountEmail ?? 'サービスアカウント'} を使用できません。存在しなくなったか、無効になっています。`,
    },
    usually: usuallyMissing(known),
    excludes: [
      {
        en: 'It is no missing cluster, though the code may be 404.',
        ja: 'コードが 404 でも、クラスターがないという意味ではありません。',
      },
    ],
    suspects: isAgent(known.serviceAccountEmail) ? ofAgent(v, known) : ofAccount(v, known),
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
      from: 'the log of the autoscaler',
      text: '{"insertId":"a1","jsonPayload":{"resultInfo":{"results":[{"errorMsg":{"messageId":"scale.up.error.service.account.deleted"}}]}},"resource":{"type":"k8s_cluster","labels":{"cluster_name":"shop","location":"europe-west1","project_id":"shop-prod"}}}',
      values: { cluster: 'shop', location: 'europe-west1', project: 'shop-prod' },
    },
    {
      from: 'GKE',
      text: 'Service account service-123456789012@container-engine-robot.iam.gserviceaccount.com does not exist.',
      values: {
        serviceAccountEmail: 'service-123456789012@container-engine-robot.iam.gserviceaccount.com',
        projectNumber: '123456789012',
      },
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
  title: {
    en: 'The caller may not use the service account of the nodes',
    ja: '呼び出し元にノードのサービスアカウントの使用が許可されていません',
  },
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
    happened: {
      en: `Whoever creates the cluster or pool may not act as ${known.serviceAccountEmail ?? 'the service account of its nodes'}.`,
      ja: ja`クラスターまたはノードプールを作成する呼び出し元は、${known.serviceAccountEmail ?? 'ノードのサービスアカウント'} として動作することを許可されていません。`,
    },
    usually: {
      en: 'Usually the account that runs gcloud or Terraform may manage clusters, and lacks roles/iam.serviceAccountUser on that account.',
      ja: '多くの場合、gcloud または Terraform を実行するアカウントはクラスターを管理できますが、このサービスアカウントでの roles/iam.serviceAccountUser がありません。',
    },
    excludes: [
      {
        en: 'The account of the nodes exists: else the text would say so.',
        ja: 'ノードのアカウントは存在します。存在しない場合は、テキストにそう示されます。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The caller lacks roles/iam.serviceAccountUser on the account',
          ja: '呼び出し元に、このアカウントでの roles/iam.serviceAccountUser がありません',
        },
        decides: {
          en: 'Where the first does not name the caller, grant it on this one account.',
          ja: '1 番目のコマンドで呼び出し元が表示されない場合は、このアカウントに対してのみ付与してください。',
        },
        commands: [
          sh`gcloud iam service-accounts get-iam-policy ${v.serviceAccountEmail}`,
          sh`gcloud iam service-accounts add-iam-policy-binding ${v.serviceAccountEmail} --member=${memberOf(v.principal)} --role=roles/iam.serviceAccountUser`,
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
