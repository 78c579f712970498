/** Row G1: kubectl reaches a GKE cluster and is not let in, or does not reach it. */
import { sh } from '../../shell.ts';
import type { Localized } from '../../words.ts';
import { like, type ErrorKind, type FilledValues, type Suspect, type Values } from '../error-kind.ts';

const article = 'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors';
const plugin =
  'https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin';
const rbac = 'https://cloud.google.com/kubernetes-engine/docs/how-to/api-server-authentication';

/** `--project` is not printed where it is not known: gcloud has its own. */
export function ofProject({ project }: { readonly project?: string | undefined }): string[] {
  return project === undefined ? [] : ['--project', project];
}

/** The way that the article goes: past kubectl and its plugin, with a token and the cluster's certificate. */
function pastThePlugin(v: FilledValues): string[] {
  return [
    sh`APISERVER=https://$(gcloud container clusters describe ${v.cluster} --location=${v.location} --format "value(endpoint)")`,
    'TOKEN=$(gcloud auth print-access-token)',
    'curl "https://oauth2.googleapis.com/tokeninfo?access_token=$TOKEN"',
    sh`gcloud container clusters describe ${v.cluster} --location=${v.location} --format "value(masterAuth.clusterCaCertificate)" | base64 -d > ca.crt`,
    'curl -s -X GET "${APISERVER}/api/v1/namespaces" --header "Authorization: Bearer $TOKEN" --cacert ca.crt',
  ];
}

function getCredentials(v: FilledValues, known: { readonly project?: string }): string {
  return sh`gcloud container clusters get-credentials ${v.cluster} --location=${v.location} ${ofProject(known)}`.trimEnd();
}

function pluginAtFault(v: FilledValues, known: Values, decides: Localized): Suspect {
  return {
    cause: {
      en: 'The plugin gke-gcloud-auth-plugin is missing, old, or signed in as somebody else',
      ja: 'プラグイン gke-gcloud-auth-plugin がないか、古いか、別のアカウントでログインしています',
    },
    decides,
    commands: [
      'gke-gcloud-auth-plugin --version',
      'gcloud components install gke-gcloud-auth-plugin',
      getCredentials(v, known),
    ],
  };
}

/** kubectl says the same of both clouds, and nothing in the text tells them apart. */
function clusterOfEks(v: FilledValues): Suspect {
  return {
    cause: {
      en: 'The cluster is one of EKS, and the caller has no access entry there',
      ja: 'クラスターは EKS のもので、呼び出し元のアクセスエントリがありません',
    },
    decides: {
      en: 'Where the first prints "aws", all of the above does not apply: the third must list the role or user that the second prints, or the ConfigMap aws-auth of the cluster must.',
      ja: '1 番目のコマンドで "aws" と表示される場合、上記はいずれも該当しません。2 番目のコマンドで表示されるロールまたはユーザーが、3 番目のコマンドの一覧か、クラスターの ConfigMap aws-auth に含まれている必要があります。',
    },
    commands: [
      sh`kubectl config view --minify -o jsonpath=${'{.users[0].user.exec.command}'}`,
      'aws sts get-caller-identity',
      sh`aws eks list-access-entries --cluster-name ${v.cluster}`,
    ],
  };
}

const unauthorized: ErrorKind = {
  id: 'gke-unauthorized',
  row: 'G1',
  title: {
    en: "The cluster's API server did not accept the credential (401)",
    ja: 'クラスターの API サーバーが認証情報を受け入れませんでした (401)',
  },
  cloud: 'gcp',
  needles: [
    'You must be logged in to the server',
    'the server has asked for the client to provide credentials',
    'Unauthorized',
  ],
  patterns: [
    like(/You must be logged in to the server/),
    like(/the server has asked for the client to provide credentials/),
    like(/"message" ?: ?"Unauthorized" ?, ?"reason" ?: ?"Unauthorized"/),
    like(/Error from server \(Unauthorized\)/),
  ],
  meaning: (v, known) => ({
    happened: {
      en: 'The API server of the cluster answered, and did not take the credential that it was shown.',
      ja: 'クラスターの API サーバーは応答しましたが、提示された認証情報を受け入れませんでした。',
    },
    usually: {
      en: 'Usually the plugin gke-gcloud-auth-plugin is not there or not used, the login has expired, or the kubeconfig is of a cluster that was made anew.',
      ja: '多くの場合、プラグイン gke-gcloud-auth-plugin がないか使用されていない、ログインの有効期限が切れている、または kubeconfig が、作り直される前のクラスターのものです。',
    },
    excludes: [
      {
        en: 'The network is right: the server answered.',
        ja: 'ネットワークの問題ではありません。サーバーは応答しています。',
      },
      {
        en: 'It is no missing role in Kubernetes: that is a 403 that names the user.',
        ja: 'Kubernetes のロールの不足ではありません。その場合は、ユーザーの名前を示す 403 になります。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The login has expired, or is of another account',
          ja: 'ログインの有効期限が切れているか、別のアカウントのものです',
        },
        decides: {
          en: 'The first must mark the account that you mean; where the token is refused, sign in again.',
          ja: '1 番目のコマンドで、意図したアカウントに印が付いている必要があります。トークンが拒否される場合は、ログインし直してください。',
        },
        commands: ['gcloud auth list', 'gcloud auth login'],
      },
      {
        cause: {
          en: 'The plugin, or the account: a request past the plugin tells them apart',
          ja: 'プラグインとアカウントのどちらが原因かは、プラグインを経由しないリクエストで区別できます',
        },
        decides: {
          en: 'Where the last lists the namespaces, the plugin or the kubeconfig is at fault; where it answers "Unauthorized", the account may not use the cluster: ask its administrator. kubectl 1.24 with USE_GKE_GCLOUD_AUTH_PLUGIN=False, which older instructions go on with, no longer helps: no supported cluster works with it.',
          ja: '最後のコマンドで名前空間の一覧が表示される場合は、プラグインまたは kubeconfig が原因です。"Unauthorized" が返る場合は、アカウントにクラスターの使用が許可されていません。管理者に依頼してください。以前の手順にある、kubectl 1.24 と USE_GKE_GCLOUD_AUTH_PLUGIN=False を使用する方法では、もう解決しません。サポートされているどのクラスターでも機能しません。',
        },
        commands: pastThePlugin(v),
      },
      pluginAtFault(v, known, {
        en: 'Where the request past the plugin (above) lists the namespaces, the cluster lets you in and the plugin is at fault: install it, and write the kubeconfig anew.',
        ja: '上記のプラグインを経由しないリクエストで名前空間の一覧が表示される場合は、クラスターへのアクセスは許可されており、プラグインが原因です。プラグインをインストールし、kubeconfig を書き直してください。',
      }),
      clusterOfEks(v),
    ],
  }),
  rules: ['gke/connect-unauthorized', 'gke/cluster-access-canary'],
  references: [article, plugin],
  examples: [
    { from: 'kubectl', text: 'error: You must be logged in to the server (Unauthorized)' },
    {
      from: 'kubectl',
      text: 'error: You must be logged in to the server (the server has asked for the client to provide credentials)',
    },
    {
      from: 'the API server',
      text: '{\n"kind": "Status",\n"apiVersion": "v1",\n"metadata": {},\n"status": "Failure",\n"message": "Unauthorized",\n"reason": "Unauthorized",\n"code": 401\n}',
    },
    {
      from: 'the API server',
      text: '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}',
    },
    {
      from: 'client-go',
      text: 'E0101 06:00:00.000000   12345 memcache.go:265] "Unhandled Error" err="couldn\'t get current server API group list: the server has asked for the client to provide credentials"',
    },
  ],
};

const anonymous: ErrorKind = {
  id: 'gke-anonymous',
  row: 'G1',
  title: {
    en: 'The request reached the cluster without any credential',
    ja: 'リクエストが認証情報なしでクラスターに届きました',
  },
  cloud: 'gcp',
  needles: ['system:anonymous'],
  patterns: [like(/User "system:anonymous"/)],
  covers: ['kubernetes-forbidden', 'gke-unauthorized', 'gke-permission-missing'],
  meaning: (v, known) => ({
    happened: {
      en: 'The API server took the caller for nobody: no token and no certificate came with the request.',
      ja: 'API サーバーは呼び出し元が誰かを判別できませんでした。リクエストにトークンも証明書も付いていませんでした。',
    },
    usually: {
      en: 'Usually the plugin was not called: the kubeconfig names none, or a proxy or a script dropped the header.',
      ja: '多くの場合、プラグインが呼び出されていません。kubeconfig にプラグインの指定がないか、プロキシまたはスクリプトがヘッダーを取り除いています。',
    },
    excludes: [
      {
        en: 'It is no missing permission: grant system:anonymous nothing, everybody would have it.',
        ja: '権限の不足ではありません。system:anonymous には何も付与しないでください。誰もがその権限を持つことになります。',
      },
      {
        en: 'The token is not expired: none was sent.',
        ja: 'トークンの期限切れではありません。トークンは送信されていません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The kubeconfig of the current context names no plugin',
          ja: '現在のコンテキストの kubeconfig にプラグインの指定がありません',
        },
        decides: {
          en: 'Where the first shows no "exec" with gke-gcloud-auth-plugin, write the kubeconfig anew with the second.',
          ja: '1 番目のコマンドの出力に gke-gcloud-auth-plugin の "exec" がない場合は、2 番目のコマンドで kubeconfig を書き直してください。',
        },
        commands: ['kubectl config view --minify', getCredentials(v, known)],
      },
      pluginAtFault(v, known, {
        en: 'Where the first prints no version, install it with the second; then write the kubeconfig anew.',
        ja: '1 番目のコマンドでバージョンが表示されない場合は、2 番目のコマンドでインストールしてから、kubeconfig を書き直してください。',
      }),
    ],
  }),
  rules: ['gke/connect-unauthorized', 'gke/cluster-access-denied'],
  references: [article, plugin],
  examples: [
    {
      from: 'kubectl',
      text: 'Error from server (Forbidden): namespaces is forbidden: User "system:anonymous" cannot list resource "namespaces" in API group "" at the cluster scope',
    },
    {
      from: 'audit log',
      text: '{"insertId":"a1","logName":"projects/shop-prod/logs/cloudaudit.googleapis.com%2Fdata_access","resource":{"type":"k8s_cluster","labels":{"cluster_name":"shop","location":"europe-west1","project_id":"shop-prod"}},"timestamp":"2026-01-01T06:00:00Z","protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"k8s.io","methodName":"io.k8s.get","authenticationInfo":{"principalEmail":"system:anonymous"},"authorizationInfo":[{"granted":false,"permission":"io.k8s.get","resource":"healthz"}],"status":{"code":7}}}',
      values: { cluster: 'shop', location: 'europe-west1', project: 'shop-prod' },
    },
  ],
};

const pluginMissing: ErrorKind = {
  id: 'gke-auth-plugin-missing',
  row: 'G1',
  title: {
    en: 'kubectl cannot find gke-gcloud-auth-plugin',
    ja: 'kubectl が gke-gcloud-auth-plugin を見つけられません',
  },
  cloud: 'gcp',
  needles: ['gke-gcloud-auth-plugin'],
  patterns: [
    like(/executable gke-gcloud-auth-plugin(?:\.exe)? not found/),
    like(/exec: "?gke-gcloud-auth-plugin(?:\.exe)?"?: executable file not found/),
    like(/ACTION REQUIRED: gke-gcloud-auth-plugin, which is needed/),
    like(
      /fork\/exec [^\s:]{0,200}gke-gcloud-auth-plugin(?:\.exe)?: (?:no such file|permission denied|exec format error)/,
    ),
  ],
  covers: ['gke-unauthorized'],
  meaning: (v, known) => ({
    happened: {
      en: 'kubectl asks this program for the credential of the cluster, and could not run it.',
      ja: 'kubectl はクラスターの認証情報をこのプログラムから取得しますが、実行できませんでした。',
    },
    usually: {
      en: 'Usually it was never installed, or is not in the PATH of the shell, the IDE or the container that runs kubectl.',
      ja: '多くの場合、インストールされていないか、kubectl を実行するシェル、IDE、コンテナの PATH にありません。',
    },
    excludes: [
      {
        en: 'The cluster was not asked; it is no permission.',
        ja: 'クラスターへの問い合わせは行われていません。権限の問題ではありません。',
      },
    ],
    suspects: [
      {
        cause: { en: 'It is not installed', ja: 'インストールされていません' },
        decides: {
          en: 'Install it with the first, or with the package manager where gcloud came from one (apt-get install google-cloud-cli-gke-gcloud-auth-plugin).',
          ja: '1 番目のコマンドでインストールしてください。gcloud をパッケージマネージャーでインストールした場合は、パッケージマネージャーでインストールしてください (apt-get install google-cloud-cli-gke-gcloud-auth-plugin)。',
        },
        commands: [
          'gcloud components install gke-gcloud-auth-plugin',
          'gke-gcloud-auth-plugin --version',
          getCredentials(v, known),
        ],
      },
      {
        cause: {
          en: 'It is installed and not in the PATH of what runs kubectl',
          ja: 'インストールされていますが、kubectl を実行する環境の PATH にありません',
        },
        decides: {
          en: 'Put the folder that the first prints into that PATH.',
          ja: '表示されるフォルダを、その環境の PATH に追加してください。',
        },
        commands: ['dirname "$(command -v gcloud)"'],
      },
    ],
  }),
  rules: [],
  references: [plugin],
  examples: [
    {
      from: 'kubectl',
      text: 'Unable to connect to the server: getting credentials: exec: executable gke-gcloud-auth-plugin not found',
    },
    {
      from: 'kubectl',
      text: 'Unable to connect to the server: getting credentials: exec: fork/exec /usr/lib/google-cloud-sdk/bin/gke-gcloud-auth-plugin: no such file or directory',
    },
    {
      from: 'gcloud',
      text: 'CRITICAL: ACTION REQUIRED: gke-gcloud-auth-plugin, which is needed for continued use of kubectl, was not found or is not executable. Install gke-gcloud-auth-plugin for use with kubectl by following https://cloud.google.com/blog/products/containers-kubernetes/kubectl-auth-changes-in-gke',
    },
  ],
};

const bypass: ErrorKind = {
  id: 'gke-auth-plugin-bypass',
  row: 'G1',
  title: {
    en: 'The way around the auth plugin no longer exists',
    ja: '認証プラグインを使用しない方法は廃止されています',
  },
  cloud: 'gcp',
  needles: [
    'USE_GKE_GCLOUD_AUTH_PLUGIN',
    'gcp auth plugin',
    'No Auth Provider found for name',
    'no Auth Provider found for name',
  ],
  patterns: [
    like(/USE_GKE_GCLOUD_AUTH_PLUGIN\W{0,3}(?:=|:) ?\W?(?:False|false|0)/),
    like(/no Auth Provider found for name "?gcp/i),
    like(/the gcp auth plugin (?:has been removed|is deprecated)/i),
  ],
  meaning: (v, known) => ({
    happened: {
      en: 'Kubernetes took the built-in sign-in for Google out of kubectl with 1.26; USE_GKE_GCLOUD_AUTH_PLUGIN=False only makes gcloud write a kubeconfig that no such kubectl understands.',
      ja: 'Kubernetes は 1.26 で、Google の組み込みの認証を kubectl から削除しました。USE_GKE_GCLOUD_AUTH_PLUGIN=False を設定しても、gcloud が書き込む kubeconfig は、それ以降の kubectl では解釈できません。',
    },
    usually: {
      en: 'Usually an old instruction is followed: it installs kubectl 1.24 beside it, which is out of support and talks to no supported cluster (kubectl may be one minor version away from its cluster).',
      ja: '多くの場合、以前の手順に従っています。その手順でインストールする kubectl 1.24 はサポートが終了しており、サポートされているどのクラスターとも通信できません (kubectl とクラスターのマイナーバージョンの差は 1 以内でなければなりません)。',
    },
    excludes: [
      { en: 'It is no permission of yours in the cluster.', ja: 'クラスター内の権限の問題ではありません。' },
    ],
    suspects: [
      {
        cause: {
          en: 'The variable, or a kubeconfig that was written under it',
          ja: 'この環境変数か、設定中に書き込まれた kubeconfig が原因です',
        },
        decides: {
          en: 'Remove the line from your shell startup script (and kubectl 1.24 where it was installed for this), install the plugin, and write the kubeconfig anew.',
          ja: 'シェルの起動スクリプトからその行を (このために kubectl 1.24 をインストールした場合はそれも) 削除し、プラグインをインストールしてから、kubeconfig を書き直してください。',
        },
        commands: [
          'unset USE_GKE_GCLOUD_AUTH_PLUGIN',
          'gcloud components install gke-gcloud-auth-plugin',
          getCredentials(v, known),
          'kubectl cluster-info',
        ],
      },
    ],
  }),
  rules: [],
  references: [plugin, 'https://kubernetes.io/releases/version-skew-policy/#kubectl'],
  examples: [
    { from: 'the article', text: 'export USE_GKE_GCLOUD_AUTH_PLUGIN=False' },
    { from: 'kubectl', text: 'error: no Auth Provider found for name "gcp"' },
    {
      from: 'kubectl',
      text: 'error: The gcp auth plugin has been removed.\nPlease use the "gke-gcloud-auth-plugin" kubectl/client-go credential plugin instead.',
    },
  ],
};

const pluginFailed: ErrorKind = {
  id: 'gke-auth-plugin-failed',
  row: 'G1',
  title: {
    en: 'gke-gcloud-auth-plugin ran and gave kubectl no credential',
    ja: 'gke-gcloud-auth-plugin は実行されましたが、kubectl に認証情報を渡せませんでした',
  },
  cloud: 'gcp',
  needles: ['gke-gcloud-auth-plugin', 'Failed to retrieve access token'],
  patterns: [
    like(/gke-gcloud-auth-plugin(?:\.exe)? failed with exit code/),
    like(/print credential failed with error: Failed to retrieve access token/),
  ],
  covers: ['gke-unauthorized'],
  meaning: () => ({
    happened: {
      en: 'kubectl asked the plugin for the credential of the cluster; the plugin asked gcloud for it, and that failed.',
      ja: 'kubectl はクラスターの認証情報をプラグインに要求し、プラグインは gcloud に要求しましたが、失敗しました。',
    },
    usually: {
      en: 'Usually the login of gcloud has ended, or gcloud is not in the PATH of what runs kubectl.',
      ja: '多くの場合、gcloud のログインが切れているか、gcloud が kubectl を実行する環境の PATH にありません。',
    },
    excludes: [
      {
        en: 'The plugin is installed: it ran.',
        ja: 'プラグインはインストールされており、実行されています。',
      },
      {
        en: 'The cluster was not asked; it is no permission.',
        ja: 'クラスターへの問い合わせは行われていません。権限の問題ではありません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The login of gcloud has ended, or no account is active',
          ja: 'gcloud のログインが切れているか、アクティブなアカウントがありません',
        },
        decides: {
          en: 'The second is what the plugin runs: where it prints an error and no time, sign in with the third.',
          ja: '2 番目のコマンドは、プラグインが実行するものです。時刻ではなくエラーが表示される場合は、3 番目のコマンドでログインしてください。',
        },
        commands: [
          'gcloud auth list',
          sh`gcloud config config-helper --format=${'value(credential.token_expiry)'}`,
          'gcloud auth login',
        ],
      },
      {
        cause: {
          en: 'The plugin does not find gcloud, or the two are of different age',
          ja: 'プラグインが gcloud を見つけられないか、両者のバージョンが合っていません',
        },
        decides: {
          en: 'Where the first prints no path in the shell, IDE or container that runs kubectl, put gcloud into its PATH; else bring both up to date with the second.',
          ja: 'kubectl を実行するシェル、IDE、コンテナで 1 番目のコマンドがパスを表示しない場合は、その環境の PATH に gcloud を追加してください。表示する場合は、2 番目のコマンドで両方を更新してください。',
        },
        commands: ['command -v gcloud', 'gcloud components update'],
      },
    ],
  }),
  rules: [],
  references: [plugin],
  examples: [
    {
      from: 'kubectl',
      text: 'Unable to connect to the server: getting credentials: exec: executable gke-gcloud-auth-plugin failed with exit code 1',
    },
    {
      from: 'gke-gcloud-auth-plugin',
      text: 'F0101 06:00:00.000000   12345 cred.go:145] print credential failed with error: Failed to retrieve access token:: failure while executing gcloud, with args [config config-helper --format=json]: exit status 1',
    },
  ],
};

const loginExpired: ErrorKind = {
  id: 'google-login-expired',
  row: 'G1',
  title: {
    en: 'The login to Google Cloud has ended, or there is none',
    ja: 'Google Cloud へのログインが切れているか、ログインしていません',
  },
  cloud: 'gcp',
  needles: [
    'Reauthentication',
    'refreshing your current auth tokens',
    'You do not currently have an active account selected',
    'Request had invalid authentication credentials',
    'invalid_grant',
    'invalid_token',
    'default credentials',
    'No credentialed accounts',
  ],
  patterns: [
    like(/Reauthentication (?:failed|required|is needed)/),
    like(/There was a problem refreshing your current auth tokens/),
    like(/You do not currently have an active account selected/),
    like(/Request had invalid authentication credentials/),
    like(
      /"?invalid_grant"?[^\n]{0,120}(?:Token has been expired or revoked|Bad Request|Account has been deleted|reauth related error)/,
    ),
    like(/"error" ?: ?"invalid_token"/),
    like(/No credentialed accounts/),
    like(/could not find default credentials/),
    like(/Your default credentials were not found/),
    like(/Could not (?:load|automatically determine) (?:the default )?credentials/),
  ],
  covers: ['gke-auth-plugin-failed'],
  meaning: () => ({
    happened: {
      en: 'The tool had no login that Google still accepts; what the account may do was not looked at.',
      ja: 'ツールに有効な Google へのログインがありませんでした。アカウントに何が許可されているかは確認されていません。',
    },
    usually: {
      en: 'Usually the session of the organization ended (many let it last some hours), the password was changed, or the program looks for application default credentials, which `gcloud auth login` does not make.',
      ja: '多くの場合、組織で設定されたセッションの有効期間 (数時間に設定されていることが多い) が過ぎたか、パスワードが変更されたか、プログラムがアプリケーションのデフォルト認証情報を必要としています。この認証情報は `gcloud auth login` では作成されません。',
    },
    excludes: [{ en: 'It is no missing role.', ja: 'ロールの不足ではありません。' }],
    suspects: [
      {
        cause: {
          en: 'gcloud and kubectl: the login has ended',
          ja: 'gcloud と kubectl: ログインが切れています',
        },
        decides: {
          en: 'The first must mark your account as active; else sign in with the second.',
          ja: '1 番目のコマンドで、自分のアカウントがアクティブと表示される必要があります。そうでない場合は、2 番目のコマンドでログインしてください。',
        },
        commands: ['gcloud auth list', 'gcloud auth login'],
      },
      {
        cause: {
          en: 'Terraform and programs: there are no application default credentials',
          ja: 'Terraform とプログラム: アプリケーションのデフォルト認証情報がありません',
        },
        decides: {
          en: 'Make them with this; in a pod on GKE, bind the Kubernetes service account to a Google one instead.',
          ja: 'このコマンドで作成してください。GKE の Pod では、代わりに Kubernetes サービスアカウントを Google サービスアカウントにバインドしてください。',
        },
        commands: ['gcloud auth application-default login'],
      },
    ],
  }),
  rules: [],
  references: ['https://cloud.google.com/docs/authentication/provide-credentials-adc'],
  examples: [
    {
      from: 'gcloud',
      text: 'ERROR: (gcloud.container.clusters.get-credentials) There was a problem refreshing your current auth tokens: Reauthentication failed. cannot prompt during non-interactive execution.',
    },
    {
      from: 'gcloud',
      text: 'ERROR: (gcloud.container.clusters.list) You do not currently have an active account selected.',
    },
    {
      from: 'Google API',
      text: '{"error":{"code":401,"message":"Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.","status":"UNAUTHENTICATED"}}',
    },
    { from: 'tokeninfo', text: '{"error": "invalid_token", "error_description": "Invalid Value"}' },
    { from: 'tokeninfo', text: '{"error":"invalid_token","error_description":"Invalid Value"}' },
    {
      from: 'gcloud auth list',
      text: 'No credentialed accounts.\n\nTo login, run:\n  $ gcloud auth login `ACCOUNT`',
    },
    {
      from: 'Go',
      text: 'google: could not find default credentials. See https://cloud.google.com/docs/authentication/external/set-up-adc for more information',
    },
  ],
};

const certificate: ErrorKind = {
  id: 'kubernetes-certificate',
  row: 'G1',
  title: {
    en: "The cluster's certificate is not the one in the kubeconfig",
    ja: 'クラスターの証明書が kubeconfig のものと異なります',
  },
  cloud: 'gcp',
  needles: ['certificate signed by unknown authority'],
  patterns: [
    like(
      /(?:Unable to connect to the server|couldn't get current server API group list)[^\n]{0,300}certificate signed by unknown authority/,
    ),
  ],
  meaning: (v, known) => ({
    happened: {
      en: 'The endpoint showed a certificate that the kubeconfig does not trust; kubectl sent nothing.',
      ja: 'エンドポイントが、kubeconfig で信頼されていない証明書を提示しました。kubectl は何も送信していません。',
    },
    usually: {
      en: 'Usually the credentials of the cluster were rotated or it was made anew since the kubeconfig was written, or the address now belongs to another.',
      ja: '多くの場合、kubeconfig の作成後に、クラスターの認証情報がローテーションされたか、クラスターが作り直されています。アドレスが別のクラスターのものになっていることもあります。',
    },
    excludes: [
      { en: 'It is no permission and no login.', ja: '権限の問題でも、ログインの問題でもありません。' },
    ],
    suspects: [
      {
        cause: {
          en: 'The kubeconfig is older than the certificate',
          ja: 'kubeconfig が現在の証明書より前のものです',
        },
        decides: {
          en: 'Write it anew; everyone who has a kubeconfig of this cluster must.',
          ja: 'kubeconfig を書き直してください。このクラスターの kubeconfig を持つ全員に必要です。',
        },
        commands: [getCredentials(v, known)],
      },
    ],
  }),
  rules: ['gke/connect-unauthorized', 'gke/credential-rotation-stalled'],
  references: ['https://cloud.google.com/kubernetes-engine/docs/how-to/credential-rotation'],
  examples: [
    {
      from: 'kubectl',
      text: 'Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority',
    },
  ],
};

const unreachable: ErrorKind = {
  id: 'kubernetes-unreachable',
  row: 'G1',
  title: { en: "The cluster's endpoint does not answer", ja: 'クラスターのエンドポイントが応答しません' },
  cloud: 'gcp',
  needles: [
    'Unable to connect to the server',
    'The connection to the server',
    'Kubernetes cluster unreachable',
  ],
  patterns: [
    like(
      /Unable to connect to the server: (?![^\n]{0,200}\.eks\.amazonaws\.com)(?:dial tcp (?!127\.|\[::1\])[^\n]{0,120}(?:i\/o timeout|connection timed out|connection refused|no such host)|net\/http: (?:TLS handshake timeout|request canceled)|context deadline exceeded)/,
    ),
    like(
      /Kubernetes cluster unreachable: Get "https:\/\/(?![^\n]{0,200}\.eks\.amazonaws\.com)[^\s"]{1,300}": dial tcp[^\n]{0,120}(?:i\/o timeout|connection timed out|connection refused|no such host)/,
    ),
    like(
      /The connection to the server (?!localhost|127\.|[\w.-]{1,200}\.eks\.amazonaws\.com)[\w.:-]{1,200} was refused/,
    ),
  ],
  meaning: (v, known) => ({
    happened: {
      en: 'kubectl got no answer from the address in the kubeconfig.',
      ja: 'kubectl は、kubeconfig にあるアドレスから応答を得られませんでした。',
    },
    usually: {
      en: "Usually your address is not among the cluster's authorized networks, the endpoint is private and you are outside of its network, or the cluster is gone.",
      ja: '多くの場合、自分のアドレスがクラスターの承認済みネットワークに含まれていない、エンドポイントがプライベートでそのネットワークの外から接続している、またはクラスターがなくなっています。',
    },
    excludes: [
      {
        en: 'It is no login and no permission: nobody was asked.',
        ja: 'ログインの問題でも、権限の問題でもありません。どちらもまだ確認されていません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'Authorized networks, or a private endpoint',
          ja: '承認済みネットワークまたはプライベートエンドポイントが原因です',
        },
        decides: {
          en: 'The first shows who may connect and which endpoints there are; where the DNS endpoint takes traffic from outside, the second uses it (it takes container.clusters.connect).',
          ja: '誰が接続できるか、どのエンドポイントがあるかは、1 番目のコマンドで確認できます。DNS エンドポイントが外部からのトラフィックを受け入れる場合は、2 番目のコマンドでそれを使用してください (container.clusters.connect が必要です)。',
        },
        commands: [
          sh`gcloud container clusters describe ${v.cluster} --location=${v.location} --format=${'yaml(controlPlaneEndpointsConfig,masterAuthorizedNetworksConfig,privateClusterConfig,status)'} ${ofProject(known)}`.trimEnd(),
          `${getCredentials(v, known)} --dns-endpoint`,
        ],
      },
      {
        cause: {
          en: 'The cluster is gone, or has another address now',
          ja: 'クラスターがなくなったか、アドレスが変わっています',
        },
        decides: {
          en: 'Where it is listed, write the kubeconfig anew.',
          ja: '1 番目のコマンドの一覧にある場合は、kubeconfig を書き直してください。',
        },
        commands: [
          sh`gcloud container clusters list ${ofProject(known)}`.trimEnd(),
          getCredentials(v, known),
        ],
      },
    ],
  }),
  rules: ['gke/connect-unauthorized', 'gke/cluster-gone'],
  references: ['https://cloud.google.com/kubernetes-engine/docs/how-to/latest/network-isolation'],
  examples: [
    { from: 'kubectl', text: 'Unable to connect to the server: dial tcp 34.76.1.2:443: i/o timeout' },
    {
      from: 'Helm',
      text: 'Error: INSTALLATION FAILED: Kubernetes cluster unreachable: Get "https://34.76.1.2/version": dial tcp 34.76.1.2:443: i/o timeout',
    },
    {
      from: 'kubectl',
      text: 'The connection to the server 34.76.1.2 was refused - did you specify the right host or port?',
    },
  ],
};

function forbiddenWhat(v: FilledValues, { namespace, scope }: Values): Localized {
  const isWhole = scope === 'cluster' || namespace === undefined;
  const kind = refusedKind(v);
  return {
    en: `${v.principal} may not ${v.action} ${kind}${isWhole ? '' : ` in the namespace ${namespace}`}.`,
    ja: `${v.principal} には、${isWhole ? '' : `名前空間 ${namespace} の `}${kind} に対する ${v.action} が許可されていません。`,
  };
}

/** An audit log calls it by its method, `io.k8s.core.v1.pods.list`. */
function refusedKind({ operation }: FilledValues): string {
  return /^io\.k8s\..{1,200}\.([a-z0-9]+)\.[a-z]+$/.exec(operation)?.[1] ?? operation;
}

/** A caller is a person or a program outside of the cluster, or a pod. */
function otherCaller(v: FilledValues): Suspect {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(v.principal) ?? [];
  if (!namespace || !name)
    return {
      cause: {
        en: 'You are signed in as another account than you think',
        ja: '意図したものとは別のアカウントでログインしています',
      },
      decides: {
        en: 'The name in the message must be yours.',
        ja: 'メッセージに示された名前が自分のものである必要があります。',
      },
      commands: [
        v.principal.startsWith('arn:aws') ? 'aws sts get-caller-identity' : 'gcloud auth list',
        'kubectl auth whoami',
      ],
    };
  return {
    cause: {
      en: 'The pod runs as another service account than the one that the role is bound to',
      ja: 'Pod が、ロールをバインドしたものとは別のサービスアカウントで動作しています',
    },
    decides: {
      en: `The pod must not stand here with ${name} where another account is meant.`,
      ja: `別のアカウントを使用すべき Pod が、ここに ${name} と表示されてはなりません。`,
    },
    commands: [
      sh`kubectl get pods -n ${namespace} -o ${'custom-columns=POD:.metadata.name,ACCOUNT:.spec.serviceAccountName'}`,
    ],
  };
}

/** Subjects as "kubectl get -o wide" prints them. */
function boundSubject({ principal }: FilledValues): string {
  return principal.replace(/^system:serviceaccount:([^:]+):([^:]+)$/, '$1/$2');
}

const forbidden: ErrorKind = {
  id: 'kubernetes-forbidden',
  row: 'G3',
  title: {
    en: 'The caller is known to the cluster and lacks a permission in it (403)',
    ja: '呼び出し元はクラスターに認識されていますが、クラスター内の権限がありません (403)',
  },
  cloud: 'gcp',
  needles: ['in API group', 'io.k8s.'],
  patterns: [
    like(
      /User "(?<principal>[^"\s]{1,200})" cannot (?<action>[a-z]{2,20}) resource "(?<operation>[a-z0-9./-]{1,80})"(?: in API group "[^"]{0,100}")?(?: in the namespace "(?<namespace>[a-z0-9-]{1,63})")?(?: at the (?<scope>cluster) scope)?(?:: requires one of \["(?<permission>[a-zA-Z.]{3,80})")?/,
    ),
    like(
      /Required "io\.k8s\.(?:[\w-]{1,60}\.){1,8}(?<operation>[a-z0-9]{2,60})\.(?<action>[a-z]{2,20})" permission\(s\) for "(?:[^"\s]{0,100}\/namespaces\/(?<namespace>[a-z0-9-]{1,63})\/)?/,
    ),
  ],
  meaning: (v, known) => ({
    happened: forbiddenWhat(v, known),
    usually:
      known.permission === undefined || known.permission.startsWith('io.k8s.')
        ? {
            en: 'Usually no RoleBinding or ClusterRoleBinding of the cluster names the caller.',
            ja: '多くの場合、クラスターのどの RoleBinding にも ClusterRoleBinding にも呼び出し元の名前がありません。',
          }
        : {
            en: `Usually the account has no role in IAM with ${known.permission}, and no RoleBinding either: one of the two is enough.`,
            ja: `多くの場合、アカウントには ${known.permission} を含む IAM のロールも RoleBinding もありません。どちらか一方があれば十分です。`,
          },
    excludes: [
      {
        en: 'The login is right, and the network: the server knows who calls.',
        ja: 'ログインの問題でも、ネットワークの問題でもありません。サーバーは呼び出し元を認識しています。',
      },
    ],
    suspects: [
      {
        cause: { en: 'Neither IAM nor RBAC grants it', ja: 'IAM でも RBAC でも許可されていません' },
        decides: {
          en: 'Where the first says "no" and the second lists no binding for it, and this caller is meant to have it: bind a role in its namespace (kubectl create rolebinding), or grant a role in IAM. Else nothing is broken.',
          ja: '1 番目のコマンドの結果が "no" で、2 番目のコマンドに呼び出し元のバインディングがなく、この呼び出し元に許可すべき場合は、名前空間でロールをバインドするか (kubectl create rolebinding)、IAM でロールを付与してください。許可すべきでなければ、問題はありません。',
        },
        commands: [
          sh`kubectl auth can-i ${v.action} ${refusedKind(v)} ${known.scope === 'cluster' ? ['-A'] : ['-n', v.namespace]} --as ${v.principal}`,
          sh`kubectl get rolebindings,clusterrolebindings -A -o wide | grep -F -- ${boundSubject(v)}`,
        ],
      },
      otherCaller(v),
    ],
  }),
  rules: ['gke/cluster-access-denied'],
  references: [rbac],
  examples: [
    {
      from: 'kubectl',
      text: 'Error from server (Forbidden): pods is forbidden: User "dev@example.com" cannot list resource "pods" in API group "" in the namespace "shop": requires one of ["container.pods.list"] permission(s).',
      values: { principal: 'dev@example.com', namespace: 'shop', permission: 'container.pods.list' },
    },
    {
      from: 'client-go',
      text: 'nodes is forbidden: User "system:serviceaccount:shop:cart" cannot list resource "nodes" in API group "" at the cluster scope',
      values: { principal: 'system:serviceaccount:shop:cart', scope: 'cluster' },
    },
    {
      from: 'audit log',
      text: '{"insertId":"a2","timestamp":"2026-01-01T06:00:00Z","resource":{"type":"k8s_cluster","labels":{"cluster_name":"shop","location":"europe-west1","project_id":"shop-prod"}},"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"k8s.io","methodName":"io.k8s.core.v1.pods.list","resourceName":"core/v1/namespaces/web/pods","authenticationInfo":{"principalEmail":"dev@example.com"},"authorizationInfo":[{"granted":false,"permission":"io.k8s.core.v1.pods.list","resource":"core/v1/namespaces/web/pods"}],"status":{"code":7,"message":"Forbidden"}}}',
      values: { principal: 'dev@example.com', action: 'list', namespace: 'web', cluster: 'shop' },
    },
  ],
};

export const gkeConnectionKinds = [
  unauthorized,
  anonymous,
  pluginMissing,
  bypass,
  pluginFailed,
  loginExpired,
  certificate,
  unreachable,
  forbidden,
];
