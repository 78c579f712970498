import type { GkeCluster } from '../../domain/google-cluster.ts';
import type { Gap, GcpFacts } from '../../observation.ts';
import { en, ja, type Localized } from '../../words.ts';
import { cannot, remedied } from '../cannot.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { kubernetesEndpoints } from './kubernetes-endpoints.ts';
import { getFromKubernetes, type KubernetesAnswer } from '../kubernetes/request.ts';
import { gapsOf, unreadFor, type GcpSource } from './source.ts';

type ServiceAccount = GcpFacts['gkeServiceAccounts'][string][number];

const permission = 'container.serviceAccounts.list';

/** The service accounts of every cluster that can be reached, with their annotations. */
export const kubernetesServiceAccountsReader: Reader<GcpSource, GcpFacts['gkeServiceAccounts']> = {
  permissions: [permission, 'container.clusters.connect'],
  async read(source) {
    const clusters = await source.reading('gkeClusters');
    if (!('value' in clusters)) return unreadFor(clustersToAsk, clusters);
    const token = await source.run.api.accessToken();
    const gaps: Gap[] = [...gapsOf(clusters)];
    const value: GcpFacts['gkeServiceAccounts'] = {};
    await readEach(clusters.value, 4, async (cluster) => {
      const read = await readCluster(source, cluster, token);
      if ('why' in read) gaps.push(gapOfCluster(cluster, read.why));
      else value[cluster.resource] = read.accounts;
    });
    if (gaps.length === 0) return { state: 'whole', value };
    return Object.keys(value).length > 0 ? { state: 'partial', value, gaps } : { state: 'unread', gaps };
  },
};

const clustersToAsk = { en: 'Which clusters to ask', ja: 'どのクラスターに問い合わせるか' };

/** Tries one way after the other. */
async function readCluster(
  source: GcpSource,
  cluster: GkeCluster,
  token: string,
): Promise<{ accounts: ServiceAccount[] } | { why: Localized }> {
  const whys: Localized[] = [];
  for (const endpoint of kubernetesEndpoints(cluster, source)) {
    const read = await list(source, endpoint, token);
    if ('accounts' in read) return read;
    whys.push({ en: en`${endpoint.host}: ${read.why}`, ja: ja`${endpoint.host}: ${read.why}` });
  }
  const [first, ...others] = whys;
  return { why: first ? others.reduce(joined, first) : noEndpoint };
}

function joined(one: Localized, other: Localized): Localized {
  return { en: en`${one}; ${other}`, ja: ja`${one}; ${other}` };
}

const noEndpoint = {
  en: 'it has no endpoint that can be reached',
  ja: '接続できるエンドポイントがありません',
};

interface ServiceAccountList {
  metadata?: { continue?: string };
  items?: { metadata?: { namespace?: string; name?: string; annotations?: Record<string, string> } }[];
}

async function list(
  { kubernetes, signal }: GcpSource,
  endpoint: Parameters<typeof getFromKubernetes>[0],
  token: string,
): Promise<{ accounts: ServiceAccount[] } | { why: Localized }> {
  const accounts: ServiceAccount[] = [];
  const options = { timeoutMs: kubernetes.timeoutMs, ...(signal ? { signal } : {}) };
  for (let next = ''; ;) {
    const query = `limit=500${next ? `&continue=${encodeURIComponent(next)}` : ''}`;
    const answer = await getFromKubernetes(endpoint, `/api/v1/serviceaccounts?${query}`, token, options);
    if (answer.state !== 'answered' || answer.status !== 200) return { why: whyOf(answer) };
    const { items, metadata } = answer.body as ServiceAccountList;
    for (const { metadata: { namespace = '', name = '', annotations = {} } = {} } of items ?? [])
      accounts.push({ namespace, name, annotations });
    next = metadata?.continue ?? '';
    if (!next) return { accounts };
  }
}

function whyOf(answer: KubernetesAnswer): Localized {
  if (answer.state === 'answered') return whyRefused(answer.status);
  const { code } = answer;
  return answer.state === 'untrusted'
    ? { en: `its certificate is not trusted (${code})`, ja: `証明書が信頼されていません (${code})` }
    : { en: `it did not answer (${code})`, ja: `応答がありません (${code})` };
}

function whyRefused(status: number): Localized {
  if (status === 401) return { en: 'it did not accept the token', ja: 'トークンが受け付けられませんでした' };
  if (status === 403) return denied;
  return { en: `it answered status ${status}`, ja: `応答のステータスは ${status} でした` };
}

const denied = {
  en: `${permission} was denied to the auditor`,
  ja: `${permission} が監査者に対して拒否されました`,
};

function gapOfCluster({ name, location }: GkeCluster, why: Localized): Gap {
  const isDenied = why.en.includes(denied.en);
  const action = {
    en: `read the Kubernetes service accounts of ${name}`,
    ja: `${name} の Kubernetes サービスアカウントを取得`,
  };
  return {
    location,
    why: cannot(action, remedied(why, isDenied ? grantIt : reachIt)),
    ...(isDenied ? { missingPermission: permission } : {}),
  };
}

const grantIt = {
  en: 'grant it with the auditor\'s role, or run it with "--kubernetes never"',
  ja: '監査者のロールで付与するか、"--kubernetes never" を指定して実行してください',
};
const reachIt = {
  en: 'run it where the cluster can be reached, or with "--kubernetes never"',
  ja: 'クラスターに接続できる場所で実行するか、"--kubernetes never" を指定して実行してください',
};
