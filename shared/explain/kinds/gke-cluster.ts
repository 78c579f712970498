/** Rows G2, G3 and G5: a node pool that must be made anew, and clusters that cannot be read or found. */
import { sh } from '../../shell.ts';
import { ja, type Localized } from '../../words.ts';
import { like, type ErrorKind, type FilledValues, type Suspect, type Values } from '../error-kind.ts';
import { ofProject } from './gke-connection.ts';
import { memberOf } from './google-denied.ts';

const article = 'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors';

const recreation: ErrorKind = {
  id: 'gke-node-pool-recreation',
  row: 'G2',
  title: {
    en: 'A node pool must be made anew before the operation can go on (400)',
    ja: 'この操作の前にノードプールの再作成が必要です (400)',
  },
  cloud: 'gcp',
  needles: ['requires recreation', 'ノードプールの再作成が必要'],
  patterns: [
    like(/Node pool "?(?<nodePool>[a-z0-9-]{1,40})"? requires recreation/),
    like(/ノードプールの再作成が必要/),
  ],
  meaning: (v, known) => ({
    happened: {
      en: `${known.nodePool === undefined ? 'A node pool' : `The node pool ${known.nodePool}`} is marked to be made anew, and its nodes still run as they were.`,
      ja: ja`${known.nodePool === undefined ? 'ノードプール' : `ノードプール ${known.nodePool}`} は再作成の対象としてマークされていますが、ノードはまだ元のまま動作しています。`,
    },
    usually: {
      en: 'Usually a rotation of credentials is being completed while nodes still use the old ones: maintenance windows and exclusions hold the recreation back, for hours or for weeks.',
      ja: '多くの場合、認証情報のローテーションを完了しようとしていますが、古い認証情報を使用しているノードが残っています。再作成は、メンテナンスの時間枠や除外のため、数時間から数週間待たされることがあります。',
    },
    excludes: [{ en: 'It is no permission.', ja: '権限の問題ではありません。' }],
    suspects: [
      {
        cause: {
          en: 'The recreation has not come to this pool yet',
          ja: 'このノードプールの再作成はまだ始まっていません',
        },
        decides: {
          en: 'Where the first shows a window or exclusion that holds it back and you can wait, wait; else start it with the second, an upgrade to the version of the control plane (where the pool has that already, add --cluster-version with it), and repeat the refused operation.',
          ja: '再作成を遅らせているメンテナンスの時間枠または除外が 1 番目のコマンドで表示され、待てる場合は、待ってください。それ以外の場合は、コントロールプレーンと同じバージョンへのアップグレードを 2 番目のコマンドで開始して再作成を始め (ノードプールがすでにそのバージョンの場合は、--cluster-version でそのバージョンを指定)、完了後に拒否された操作をやり直してください。',
        },
        commands: [
          sh`gcloud container clusters describe ${v.cluster} --location=${v.location} --format=${'yaml(maintenancePolicy,currentMasterVersion,conditions)'} ${ofProject(known)}`.trimEnd(),
          sh`gcloud container clusters upgrade ${v.cluster} --node-pool=${v.nodePool} --location=${v.location} ${ofProject(known)}`.trimEnd(),
        ],
      },
      {
        cause: { en: 'The recreation runs now', ja: '再作成が進行中です' },
        decides: {
          en: 'Where an UPGRADE_NODES operation is RUNNING, wait for its end and repeat the refused operation (to complete a rotation: the second). Tokens of Kubernetes service accounts that were stored as secrets end with it.',
          ja: 'UPGRADE_NODES オペレーションが RUNNING の場合は、終わるまで待ってから、拒否された操作をやり直してください (ローテーションを完了するには 2 番目のコマンド)。Secret に保存されている Kubernetes サービスアカウントのトークンは、ローテーションの完了とともに使用できなくなります。',
        },
        commands: [
          sh`gcloud container operations list --location=${v.location} --filter=status=RUNNING ${ofProject(known)}`.trimEnd(),
          sh`gcloud container clusters update ${v.cluster} --complete-credential-rotation --location=${v.location} ${ofProject(known)}`.trimEnd(),
        ],
      },
    ],
  }),
  rules: ['gke/node-pool-recreation', 'gke/credential-rotation-stalled'],
  references: [article, 'https://cloud.google.com/kubernetes-engine/docs/how-to/credential-rotation'],
  examples: [
    {
      from: 'gcloud',
      text: 'ERROR: (gcloud.container.clusters.update) ResponseError: code=400, message=Node pool "test-pool-1" requires recreation.',
      values: { nodePool: 'test-pool-1' },
    },
    {
      from: 'Terraform',
      text: '│ Error: googleapi: Error 400: Node pool "test-pool-1" requires recreation., failedPrecondition',
      values: { nodePool: 'test-pool-1' },
    },
    { from: 'the article in Japanese', text: 'エラー 400: ノードプールの再作成が必要' },
    {
      from: 'Google API',
      text: '{"name":"operation-1","operationType":"UPDATE_CLUSTER","status":"DONE","targetLink":"https://container.googleapis.com/v1/projects/shop-prod/zones/europe-west1-b/clusters/shop","error":{"code":9,"message":"Node pool \\"test-pool-1\\" requires recreation."}}',
      values: {
        nodePool: 'test-pool-1',
        cluster: 'shop',
        location: 'europe-west1-b',
        project: 'shop-prod',
      },
    },
  ],
};

const getDenied: ErrorKind = {
  id: 'gke-cluster-get-denied',
  row: 'G3',
  title: {
    en: 'The account may not read the cluster (403 container.clusters.get)',
    ja: 'アカウントにクラスターの読み取りが許可されていません (403 container.clusters.get)',
  },
  cloud: 'gcp',
  needles: ['container.clusters.', '十分な権限がない'],
  patterns: [
    like(
      /Required "(?<permission>container\.clusters\.(?:get|list|connect|getCredentials))" permission\(s\) for "(?<resource>[^"\s]{1,300})"(?:[^\n]{0,300}?This command is authenticated as (?<principal>[^\s"'<>@]{1,100}@[\w.-]{1,200}))?/i,
    ),
    like(
      /Permission '(?<permission>container\.clusters\.(?:get|list|connect|getCredentials))' denied(?: on (?:resource )?'?(?!resource\b)(?<resource>[^'\s()]{1,300}))?/,
    ),
    like(/Required "container\.clusters\.get" permission/i),
    like(/エラー 403: 十分な権限がない/),
  ],
  covers: ['gke-permission-missing', 'google-permission-denied'],
  meaning: (v, known) => ({
    happened: {
      en: `${known.principal ?? 'The account that gcloud is signed in with'} lacks ${known.permission ?? 'container.clusters.get'}${known.cluster === undefined ? '' : ` on the cluster ${known.cluster}`}.`,
      ja: ja`${known.principal ?? 'gcloud にログインしているアカウント'} には、${known.cluster === undefined ? '' : `クラスター ${known.cluster} に対する `}${known.permission ?? 'container.clusters.get'} がありません。`,
    },
    usually: {
      en: 'Usually gcloud is signed in as another account than the one that has access, or the project is another one.',
      ja: '多くの場合、アクセス権のあるアカウントとは別のアカウントで gcloud にログインしているか、プロジェクトが異なります。',
    },
    excludes: [
      {
        en: 'It is no role inside of the cluster: the address of the cluster was not even read.',
        ja: 'クラスター内のロールの問題ではありません。クラスターのアドレスを読み取る段階で拒否されています。',
      },
      {
        en: 'A note about a deleted GKE service account behind this message misleads: it is about the caller.',
        ja: 'このメッセージに GKE サービスアカウントの削除についての注記が続くことがありますが、誤解を招くものです。これは呼び出し元の問題です。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'Another account is active than you mean',
          ja: '意図したものとは別のアカウントがアクティブになっています',
        },
        decides: {
          en: 'The account with the star is the one that was refused.',
          ja: '拒否されたのは、アスタリスク (*) の付いたアカウントです。',
        },
        commands: ['gcloud auth list', 'gcloud config get project'],
      },
      {
        cause: {
          en: 'The account has no role on the project that lets it read clusters',
          ja: 'アカウントに、クラスターの読み取りを許可するプロジェクトのロールがありません',
        },
        decides: {
          en: 'Where the first prints no role for it, whoever manages the project grants the smallest with the second.',
          ja: '1 番目のコマンドでアカウントのロールが表示されない場合は、プロジェクトの管理者が 2 番目のコマンドで最小のロールを付与します。',
        },
        commands: [
          sh`gcloud projects get-iam-policy ${v.project} --flatten=${'bindings[].members'} --filter=${`bindings.members:${v.principal}`} --format=${'value(bindings.role)'}`,
          sh`gcloud projects add-iam-policy-binding ${v.project} --member=${memberOf(v.principal)} --role=roles/container.clusterViewer`,
        ],
      },
    ],
  }),
  rules: ['gke/cluster-access-denied', 'gke/cluster-access-canary'],
  references: [article, 'https://cloud.google.com/kubernetes-engine/docs/how-to/api-server-authentication'],
  examples: [
    {
      from: 'the article',
      text: 'ERROR: (gcloud.container.clusters.get-credentials) ResponseError: code=403, message=Required "container.clusters.get" permission(s) for "projects/<your-project>/locations/<region>/clusters/<your-cluster>".',
      values: { permission: 'container.clusters.get' },
    },
    {
      from: 'gcloud',
      text: 'ERROR: (gcloud.container.clusters.get-credentials) ResponseError: code=403, message=Required "container.clusters.get" permission(s) for "projects/shop-prod/locations/europe-west1/clusters/shop".',
      values: {
        permission: 'container.clusters.get',
        project: 'shop-prod',
        location: 'europe-west1',
        cluster: 'shop',
      },
    },
    {
      from: 'Google API',
      text: '{\n  "error": {\n    "code": 403,\n    "message": "Required \\"container.clusters.get\\" permission(s) for \\"projects/shop-prod/zones/europe-west1-b/clusters/shop\\".",\n    "errors": [ { "reason": "forbidden" } ],\n    "status": "PERMISSION_DENIED"\n  }\n}',
      values: { project: 'shop-prod', location: 'europe-west1-b', cluster: 'shop' },
    },
    {
      from: 'gcloud',
      text: 'ERROR: (gcloud.container.clusters.list) ResponseError: code=403, message=Required "container.clusters.list" permission(s) for "projects/shop-prod". This command is authenticated as ci@shop-prod.iam.gserviceaccount.com which is the active account specified by the [core/account] property.',
      values: {
        permission: 'container.clusters.list',
        project: 'shop-prod',
        principal: 'ci@shop-prod.iam.gserviceaccount.com',
      },
    },
    {
      from: 'gcloud',
      text: "ERROR: (gcloud.container.clusters.list) PERMISSION_DENIED: Permission 'container.clusters.list' denied on resource '//container.googleapis.com/projects/shop-prod/locations/-' (or it may not exist).",
      values: { permission: 'container.clusters.list', project: 'shop-prod' },
    },
    {
      from: 'audit log',
      text: '{"insertId":"a1","timestamp":"2026-01-01T06:00:00Z","resource":{"type":"gke_cluster","labels":{"cluster_name":"shop","location":"europe-west1","project_id":"shop-prod"}},"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"container.googleapis.com","methodName":"google.container.v1.ClusterManager.GetCluster","resourceName":"projects/shop-prod/zones/europe-west1/clusters/shop","authenticationInfo":{"principalEmail":"ci@shop-prod.iam.gserviceaccount.com"},"status":{"code":7,"message":"Required \\"container.clusters.get\\" permission(s) for \\"projects/shop-prod/zones/europe-west1/clusters/shop\\"."}}}',
      values: { cluster: 'shop', principal: 'ci@shop-prod.iam.gserviceaccount.com' },
    },
    { from: 'the article in Japanese', text: 'エラー 403: 十分な権限がない' },
  ],
};

function notFoundWhere({ nodePool, cluster, location, project, resource }: Values): Localized {
  if (cluster === undefined && resource !== undefined)
    return {
      en: `Google did not find ${resource}.`,
      ja: `Google は ${resource} を見つけられませんでした。`,
    };
  const place = [
    ...(project === undefined ? [] : [`プロジェクト ${project} `]),
    ...(location === undefined ? [] : [`ロケーション ${location} `]),
  ].join('の');
  return {
    en: `Google found no ${nodePool === undefined ? '' : `node pool ${nodePool} of the `}${cluster === undefined ? 'such cluster' : `cluster ${cluster}`}${location === undefined ? '' : ` in ${location}`}${project === undefined ? '' : ` of the project ${project}`}.`,
    ja: `Google は${place === '' ? '' : `、${place}で`}${cluster === undefined ? '該当するクラスター' : `クラスター ${cluster} `}${nodePool === undefined ? '' : `のノードプール ${nodePool} `}を見つけられませんでした。`,
  };
}

/** Where the text names a pool, the cluster may be there all the same. */
function nodePoolGone(v: FilledValues, known: Values): Suspect[] {
  if (known.nodePool === undefined) return [];
  return [
    {
      cause: {
        en: `The node pool ${known.nodePool} is gone, or has another name`,
        ja: `ノードプール ${known.nodePool} がなくなっているか、名前が異なります`,
      },
      decides: {
        en: 'Where this lists other pools, the cluster is there: mend the name, or make the pool again. Where it is not found either, it is one of the next.',
        ja: 'ほかのノードプールが表示される場合、クラスターは存在します。名前を修正するか、ノードプールを作り直してください。クラスターも見つからない場合は、次のいずれかです。',
      },
      commands: [
        sh`gcloud container node-pools list --cluster=${v.cluster} --location=${v.location} ${ofProject(known)}`.trimEnd(),
      ],
    },
  ];
}

const notFound: ErrorKind = {
  id: 'gke-not-found',
  row: 'G5',
  title: {
    en: 'The cluster, or a part of it, was not found (404)',
    ja: 'クラスターまたはその一部が見つかりません (404)',
  },
  cloud: 'gcp',
  needles: ['Not found: projects', 'No cluster named', 'code=404', 'リソースが見つからない', 'was not found'],
  patterns: [
    like(
      /Not found: (?!projects\/[^\s/]{1,80}\/(?:(?!locations|zones|regions)[a-z]|[a-z]{5,9}\/[\w-]{1,40}\/(?!clusters\b)[a-z]))(?<resource>projects\/[^\s,"']{1,300}[\w])[.,]?(?: No cluster named '[^'\n]{1,60}' in [\w.:-]{1,60}\.?)?(?: Could not find \[[\w-]{1,60}\] in \[[\w-]{1,40}\]\. Did you mean \[[\w-]{1,60}\] in \[(?<correctLocation>[\w-]{1,40})\])?/,
    ),
    like(/No cluster named '(?<cluster>[\w-]{1,60})' in (?<project>[\w-]{1,40})/),
    like(/\(gcloud\.(?:alpha\.|beta\.)?container\.[\w.-]{3,60}\) ResponseError: code=404/),
    like(/The resource "(?<resource>projects\/[^\s"]{1,200}\/clusters\/[\w-]{1,60})" was not found/),
    like(/エラー 404: リソースが見つからない/),
  ],
  meaning: (v, known) => ({
    happened: notFoundWhere(known),
    usually:
      known.correctLocation === undefined
        ? {
            en: 'Usually the location is wrong (a zone for a region, or the other way round), the project is another one, or the cluster was deleted or made anew; an old login can show it too.',
            ja: '多くの場合、ロケーションが誤っている (ゾーンとリージョンの取り違え)、プロジェクトが異なる、またはクラスターが削除されたか作り直されています。ログインが古い場合にも発生することがあります。',
          }
        : {
            en: `The cluster is in ${known.correctLocation}: the location was wrong.`,
            ja: `クラスターは ${known.correctLocation} にあります。ロケーションが誤っていました。`,
          },
    excludes: [
      {
        en: 'It is no role on the cluster: a refusal would say 403.',
        ja: 'クラスターに対するロールの問題ではありません。拒否された場合は 403 になります。',
      },
    ],
    suspects: [
      ...nodePoolGone(v, known),
      {
        cause: {
          en: 'Wrong location or project, or the cluster is gone',
          ja: 'ロケーションまたはプロジェクトが誤っているか、クラスターがなくなっています',
        },
        decides: {
          en: 'Where the first lists it, take the location that stands there for the second; where it does not, the third says who deleted it.',
          ja: '1 番目のコマンドの一覧にクラスターがある場合は、そこに表示されたロケーションを 2 番目のコマンドで指定してください。ない場合は、誰が削除したかを 3 番目のコマンドで確認できます。',
        },
        commands: [
          sh`gcloud container clusters list --format=${'table(name,location,status)'} ${ofProject(known)}`.trimEnd(),
          sh`gcloud container clusters get-credentials ${v.cluster} --location=${known.correctLocation ?? 'COMPUTE_LOCATION'} ${ofProject(known)}`.trimEnd(),
          sh`gcloud logging read ${'protoPayload.methodName:DeleteCluster'} --freshness=30d --format=${'table(timestamp,protoPayload.authenticationInfo.principalEmail,protoPayload.resourceName)'} ${ofProject(known)}`.trimEnd(),
        ],
      },
      {
        cause: {
          en: 'gcloud works with an old login or another account',
          ja: 'gcloud が古いログインまたは別のアカウントを使用しています',
        },
        decides: {
          en: 'Where the starred account is not yours, or the list above is empty though you see clusters in the console, sign in again.',
          ja: 'アスタリスク (*) の付いたアカウントが自分のものでない場合、またはコンソールにはクラスターが表示されるのに上記の一覧が空の場合は、ログインし直してください。',
        },
        commands: ['gcloud auth list', 'gcloud auth login'],
      },
    ],
  }),
  rules: ['gke/cluster-gone'],
  references: [article],
  examples: [
    {
      from: 'gcloud',
      text: "ERROR: (gcloud.container.clusters.get-credentials) ResponseError: code=404, message=Not found: projects/shop-prod/locations/europe-west1/clusters/shop.\nNo cluster named 'shop' in shop-prod.",
      values: { project: 'shop-prod', cluster: 'shop', location: 'europe-west1' },
    },
    {
      from: 'gcloud',
      text: 'ERROR: (gcloud.container.clusters.get-credentials) ResponseError: code=404, message=Not found: projects/shop-prod/locations/us-central1/clusters/shop.\nCould not find [shop] in [us-central1].\nDid you mean [shop] in [us-central1-f]?',
      values: { correctLocation: 'us-central1-f', location: 'us-central1' },
    },
    {
      from: 'Terraform',
      text: '│ Error: error creating NodePool: googleapi: Error 404: Not found: projects/shop-dev/zones/asia-northeast1-a/clusters/shop-tf., notFound',
      values: { project: 'shop-dev', cluster: 'shop-tf', location: 'asia-northeast1-a' },
    },
    {
      from: 'Terraform',
      text: '│ Error: googleapi: Error 404: Not found: projects/shop-prod/locations/europe-west1/clusters/shop/nodePools/web., notFound',
      values: { project: 'shop-prod', cluster: 'shop', location: 'europe-west1', nodePool: 'web' },
    },
    {
      from: 'Google API',
      text: '{\n  "error": {\n    "code": 404,\n    "message": "Not found: projects/shop-prod/locations/europe-west1/clusters/shop.",\n    "errors": [ { "message": "Not found", "domain": "global", "reason": "notFound" } ],\n    "status": "NOT_FOUND"\n  }\n}',
      values: { project: 'shop-prod', cluster: 'shop', location: 'europe-west1' },
    },
    { from: 'the article in Japanese', text: 'エラー 404: リソースが見つからない' },
  ],
};

const projectUnknown: ErrorKind = {
  id: 'google-project-unknown',
  row: 'G5',
  title: {
    en: 'The project does not exist, or the account may not see it',
    ja: 'プロジェクトが存在しないか、アカウントに参照が許可されていません',
  },
  cloud: 'gcp',
  needles: [
    'Project lookup error',
    'not found or deleted',
    'Permission denied on resource project',
    'does not have permission to access projects instance',
  ],
  patterns: [
    like(/Project lookup error: permission denied on resource 'projects\/(?<project>[\w.:-]{1,60})'/),
    like(
      /Permission denied on resource project (?<project>[a-z0-9][\w.:-]{1,60}\w)(?:[^\n]{0,100}?This command is authenticated as (?<principal>[^\s"'<>@]{1,100}@[\w.-]{1,200}))?/,
    ),
    like(/Project '?(?:project:)?(?<project>[\w.-]{1,60})'? not found or deleted/),
    like(
      /(?:\[(?<principal>[^\]\s]{3,200})\] )?does not have permission to access projects instance \[(?<project>[\w.:-]{1,60})\]/,
    ),
  ],
  meaning: (v, known) => ({
    happened: {
      en: `Google answers the same for a project that is not there and one that the account may not see${known.project === undefined ? '' : `: ${known.project}`}.`,
      ja: `プロジェクト${known.project === undefined ? '' : ` ${known.project} `}が存在しない場合と、アカウントに参照が許可されていない場合とで、Google の応答は同じです。`,
    },
    usually: {
      en: 'Usually the id is misspelt, or gcloud is signed in as another account.',
      ja: '多くの場合、ID が誤っているか、別のアカウントで gcloud にログインしています。',
    },
    suspects: [
      {
        cause: {
          en: 'A misspelt id, or another account',
          ja: 'ID が誤っているか、別のアカウントを使用しています',
        },
        decides: {
          en: 'The list of the first must hold the id; where it does not, and the account of the second is right, somebody must grant access to the project.',
          ja: '1 番目のコマンドの一覧に ID があるはずです。ID がなく、2 番目のコマンドで表示されるアカウントが正しい場合は、プロジェクトへのアクセス権を付与してもらう必要があります。',
        },
        commands: ['gcloud projects list', 'gcloud auth list', sh`gcloud config set project ${v.project}`],
      },
    ],
  }),
  rules: [],
  references: [article],
  examples: [
    {
      from: 'gcloud',
      text: "ERROR: (gcloud.container.clusters.get-credentials) ResponseError: code=403, message=Project lookup error: permission denied on resource 'projects/shop-prd' (or it may not exist).",
      values: { project: 'shop-prd' },
    },
    {
      from: 'gcloud',
      text: 'ERROR: (gcloud.container.clusters.list) ResponseError: code=403, message=Permission denied on resource project shop-prd.',
      values: { project: 'shop-prd' },
    },
    {
      from: 'gcloud',
      text: 'ERROR: (gcloud.projects.get-iam-policy) [dev@example.com] does not have permission to access projects instance [shop-prd] (or it may not exist): The caller does not have permission',
      values: { project: 'shop-prd', principal: 'dev@example.com' },
    },
  ],
};

export const gkeClusterKinds = [recreation, getDenied, notFound, projectUnknown];
