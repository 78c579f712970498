import type { GkeCluster } from '../../domain/google-cluster.ts';
import type { Gap, GcpFacts } from '../../observation.ts';
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
    if (!('value' in clusters)) return unreadFor('Which clusters to ask', clusters);
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

/** Tries one way after the other. */
async function readCluster(
  source: GcpSource,
  cluster: GkeCluster,
  token: string,
): Promise<{ accounts: ServiceAccount[] } | { why: string }> {
  const whys: string[] = [];
  for (const endpoint of kubernetesEndpoints(cluster, source)) {
    const read = await list(source, endpoint, token);
    if ('accounts' in read) return read;
    whys.push(`${endpoint.host}: ${read.why}`);
  }
  return { why: whys.join('; ') || 'it has no endpoint that can be reached' };
}

interface ServiceAccountList {
  metadata?: { continue?: string };
  items?: { metadata?: { namespace?: string; name?: string; annotations?: Record<string, string> } }[];
}

async function list(
  { kubernetes, signal }: GcpSource,
  endpoint: Parameters<typeof getFromKubernetes>[0],
  token: string,
): Promise<{ accounts: ServiceAccount[] } | { why: string }> {
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

function whyOf(answer: KubernetesAnswer): string {
  if (answer.state === 'answered') return whyRefused(answer.status);
  return answer.state === 'untrusted'
    ? `its certificate is not trusted (${answer.code})`
    : `it did not answer (${answer.code})`;
}

function whyRefused(status: number): string {
  if (status === 401) return 'it did not accept the token';
  return status === 403 ? `${permission} was denied to the auditor` : `it answered status ${status}`;
}

function gapOfCluster({ name, location }: GkeCluster, why: string): Gap {
  const isDenied = why.includes(`${permission} was denied`);
  const remedy = isDenied
    ? 'grant it with the auditor\'s role, or run it with "--kubernetes never"'
    : 'run it where the cluster can be reached, or with "--kubernetes never"';
  return {
    location,
    why: `Cannot read the Kubernetes service accounts of ${name}: ${why}; ${remedy}`,
    ...(isDenied ? { missingPermission: permission } : {}),
  };
}
