/** What the step at which a connection stopped means, and what helps. */
import type { GkeCluster } from '../../../domain/google-cluster.ts';
import type { ConnectionAttempt } from '../../../domain/google-connection.ts';
import type { Rung } from '../../../domain/google-ladder.ts';
import type { Fix, Severity } from '../../../rule.ts';
import { en, ja, type Words } from '../../../words.ts';
import { advice } from './advice.ts';
import { sh } from '../../../shell.ts';

/** An attempt that stopped, and who is expected to get in. */
export interface Stop {
  cluster: GkeCluster;
  attempt: ConnectionAttempt;
  /** Whether the configuration says that the principal must reach the cluster. */
  isExpected: boolean;
}

export interface ConnectionCause {
  cause: Words;
  fix: Fix;
  severity?: Severity;
}

type Tellable = Exclude<Rung, { step: 'connected' | 'unclear' }>;
type Telling = { [S in Tellable['step']]: (stop: Stop, rung: Extract<Rung, { step: S }>) => ConnectionCause };

export function connectionCause(stop: Stop, rung: Tellable): ConnectionCause {
  const tell = telling[rung.step] as (stop: Stop, rung: Tellable) => ConnectionCause;
  return tell(stop, rung);
}

const telling: Telling = {
  token: (stop, { why }) => ({
    cause: {
      en: en`Google rejects the access token of ${whoOf(stop)} before the cluster is asked: ${why}`,
      ja: ja`クラスターに接続する前に、Google が ${whoOf(stop)} のアクセストークンを拒否しています: ${why}`,
    },
    fix: signIn,
  }),
  scope: (stop) => ({
    cause: {
      en: en`The access token of ${whoOf(stop)} lacks the cloud-platform scope, which GKE asks for.`,
      ja: ja`${whoOf(stop)} のアクセストークンに、GKE が要求する cloud-platform スコープがありません。`,
    },
    fix: signIn,
  }),
  'clusters.get': (stop, { status, why }) => (status === 404 ? vanished(stop) : refused(stop, why)),
  tls: (stop, { code }) => (code === 'CERT_HAS_EXPIRED' ? expired(stop) : untrusted(stop, code)),
  anonymous: ({ cluster }) => ({
    cause: {
      en: `${nameOf(cluster)} saw system:anonymous: no credential was sent, so gke-gcloud-auth-plugin was not called.`,
      ja: `${nameOf(cluster)} への接続は system:anonymous として扱われました。認証情報が送信されておらず、gke-gcloud-auth-plugin が呼び出されていません。`,
    },
    fix: installPlugin(cluster),
  }),
  rejected: (stop, { why }) => ({
    cause: {
      en: en`${nameOf(stop.cluster)} rejects the credential of ${whoOf(stop)} with 401 (${why}): it is expired, or of another environment.`,
      ja: ja`${nameOf(stop.cluster)} が ${whoOf(stop)} の認証情報を 401 (${why}) で拒否しています。期限切れか、別の環境のものです。`,
    },
    fix: getCredentials(stop.cluster, stop.attempt.endpoint.kind === 'dns'),
  }),
  rbac: (stop, { permission }) => ({
    cause: notAuthorized(stop, permission ? ` (${permission})` : ''),
    fix: rbacAdvice(stop, permission),
    severity: severityOf(stop),
  }),
  network: ({ cluster, attempt }, { code }) => ({
    cause: {
      en: `${attempt.endpoint.host} of ${nameOf(cluster)} does not answer (${code}): that is the network, not authentication.`,
      ja: `${nameOf(cluster)} の ${attempt.endpoint.host} が応答しません (${code})。認証ではなく、ネットワークの問題です。`,
    },
    fix: networkFix(cluster),
    severity: 'medium',
  }),
};

function notAuthorized(stop: Stop, permission: string): Words {
  return {
    en: en`${nameOf(stop.cluster)} knows ${whoOf(stop)} and does not allow it to list namespaces${permission}: signing in works, permission is missing.`,
    ja: ja`${nameOf(stop.cluster)} は ${whoOf(stop)} を認識していますが、名前空間の一覧表示を許可していません${permission}。認証はできており、権限がありません。`,
  };
}

function whoOf({ attempt }: Stop): Words {
  return attempt.principal ?? { en: 'the caller', ja: '呼び出し元' };
}

function nameOf({ name, location }: GkeCluster): string {
  return `${name} (${location})`;
}

/** A refusal is a fault only for a principal that the configuration says must get in. */
function severityOf({ isExpected }: Stop): Severity {
  return isExpected ? 'high' : 'low';
}

function vanished({ cluster }: Stop): ConnectionCause {
  return {
    cause: {
      en: `${nameOf(cluster)} was listed, and is not found any more.`,
      ja: `${nameOf(cluster)} は一覧にありましたが、見つからなくなりました。`,
    },
    fix: advice({
      en: 'look whether the cluster was deleted or made again elsewhere.',
      ja: 'クラスターが削除されたか、別の場所で作り直されたかを確認してください。',
    }),
    severity: 'medium',
  };
}

function refused(stop: Stop, why: string): ConnectionCause {
  const { cluster } = stop;
  return {
    cause: {
      en: en`${whoOf(stop)} may not read ${nameOf(cluster)} (container.clusters.get): ${why}`,
      ja: ja`${whoOf(stop)} には ${nameOf(cluster)} の読み取り (container.clusters.get) が許可されていません: ${why}`,
    },
    fix: advice({
      en: en`grant ${whoOf(stop)} roles/container.clusterViewer on ${cluster.project} if it should reach the cluster.`,
      ja: ja`${whoOf(stop)} がクラスターに到達すべきであれば、${cluster.project} で roles/container.clusterViewer を付与してください。`,
    }),
    severity: severityOf(stop),
  };
}

function expired({ cluster, attempt }: Stop): ConnectionCause {
  return {
    cause: {
      en: `The certificate of ${attempt.endpoint.host}, an endpoint of ${nameOf(cluster)}, has expired.`,
      ja: `${nameOf(cluster)} のエンドポイント ${attempt.endpoint.host} の証明書は期限切れです。`,
    },
    fix: advice({
      en: 'new credentials do not help here: rotate the credentials of the cluster.',
      ja: '認証情報を取得し直しても解決しません。クラスターの認証情報をローテーションしてください。',
    }),
  };
}

function untrusted({ cluster, attempt }: Stop, code: string): ConnectionCause {
  const { host, kind } = attempt.endpoint;
  return {
    cause: {
      en: `The certificate of ${host} is not of the certificate authority that GKE gives for ${nameOf(cluster)} (${code}): credentials are being rotated, or another server answers there.`,
      ja: `${host} の証明書は、GKE が ${nameOf(cluster)} について示す認証局 (CA) のものではありません (${code})。認証情報のローテーション中か、別のサーバーが応答しています。`,
    },
    fix: getCredentials(cluster, kind === 'dns'),
  };
}

const signIn: Fix = {
  summary: {
    en: 'Sign in again; then the token is new and has every scope.',
    ja: 'ログインし直してください。すべてのスコープを持つ新しいトークンになります。',
  },
  commands: [sh`gcloud auth login`, sh`gcloud auth application-default login`],
  verified: false,
};

/** A kubeconfig entry as it should be today. */
export function getCredentials({ name, location, project }: GkeCluster, isDns: boolean): Fix {
  const base = sh`gcloud container clusters get-credentials ${name} --location=${location} --project=${project}`;
  return {
    summary: {
      en: 'Write the kubeconfig entry anew, with the endpoint, the certificate and the plugin of today.',
      ja: 'kubeconfig のエントリを、現在のエンドポイント、証明書、プラグインで書き直してください。',
    },
    commands: [isDns ? `${base} --dns-endpoint` : base],
    verified: false,
  };
}

function installPlugin(cluster: GkeCluster): Fix {
  const { commands } = getCredentials(cluster, false);
  return {
    summary: {
      en: 'Install the plugin that kubectl calls for credentials, and write the kubeconfig entry anew.',
      ja: 'kubectl が認証情報を得るために呼び出すプラグインをインストールし、kubeconfig のエントリを書き直してください。',
    },
    commands: [sh`gcloud components install gke-gcloud-auth-plugin`, ...commands],
    verified: false,
  };
}

function rbacAdvice(stop: Stop, permission: string | null): Fix {
  const { project } = stop.cluster;
  const needs = permission
    ? {
        en: `a role with ${permission} on project ${project}`,
        ja: `プロジェクト ${project} で ${permission} を含むロール`,
      }
    : { en: 'a role', ja: 'ロール' };
  return advice({
    en: en`if ${whoOf(stop)} should see namespaces, give it ${needs}, or a Kubernetes RoleBinding; if it should not, nothing is broken.`,
    ja: ja`${whoOf(stop)} が名前空間を参照すべきであれば、${needs}、または Kubernetes の RoleBinding を付与してください。そうでなければ問題はありません。`,
  });
}

function networkFix(cluster: GkeCluster): Fix {
  if (cluster.dnsEndpoint?.allowExternalTraffic) return getCredentials(cluster, true);
  return advice({
    en: 'add the address of the caller to the authorized networks of the cluster, or allow external traffic on its DNS endpoint.',
    ja: '呼び出し元のアドレスをクラスターの承認済みネットワークに追加するか、DNS エンドポイントで外部トラフィックを許可してください。',
  });
}
