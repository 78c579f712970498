/** Tries to reach every cluster's API server step by step, as the auditor itself: token, clusters.get, TLS, namespaces. */
import type { GkeCluster } from '../../domain/google-cluster.ts';
import type { ConnectionAttempt } from '../../domain/google-connection.ts';
import { saidBy } from '../../localized-error.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { GoogleApiError, GoogleCredentialsError } from './google-api-error.ts';
import { encodePath } from './google-api.ts';
import { kubernetesEndpoints } from './kubernetes-endpoints.ts';
import { getFromKubernetes, type KubernetesEndpoint } from '../kubernetes/request.ts';
import { gapsOf, unreadFor, type GcpSource } from './source.ts';

export const connectionsReader: Reader<GcpSource, ConnectionAttempt[]> = {
  permissions: ['container.clusters.get', 'container.namespaces.list', 'container.clusters.connect'],
  async read(source) {
    const clusters = await source.reading('gkeClusters');
    if (!('value' in clusters)) return unreadFor(clustersToReach, clusters);
    const token = await source.run.api.accessToken();
    const identity = await readToken(source);
    const attempts = await readEach(clusters.value, 4, async (cluster) => {
      const clustersGet = await getCluster(source, cluster);
      const endpoints = kubernetesEndpoints(cluster, source);
      return Promise.all(
        endpoints.map(async (endpoint) => ({
          cluster: cluster.name,
          location: cluster.location,
          endpoint: { kind: endpoint.kind, host: endpoint.host },
          ...identity,
          clustersGet,
          ...(await reach(source, endpoint, token)),
        })),
      );
    });
    return readingOf(attempts.flat(), gapsOf(clusters));
  },
};

const clustersToReach = { en: 'Which clusters to reach', ja: 'どのクラスターに接続するか' };

interface TokenInfo {
  email?: string;
  scope?: string;
  expires_in?: string;
}

/** By its header, as Google's own library asks: addresses are logged on the way. */
async function readToken({ run }: GcpSource): Promise<Pick<ConnectionAttempt, 'principal' | 'token'>> {
  try {
    const info = await run.api.call<TokenInfo>({ api: 'oauth2', path: 'tokeninfo', method: 'POST' });
    const seconds = Number(info.expires_in);
    return {
      principal: info.email ?? null,
      token: {
        state: 'valid',
        scopes: info.scope?.split(' ') ?? [],
        expiresInSeconds: Number.isFinite(seconds) ? seconds : null,
      },
    };
  } catch (error) {
    const { status } = asAnswer(error);
    const message = saidBy(error);
    const isRejected = error instanceof GoogleCredentialsError || status === 400;
    return {
      principal: null,
      token: isRejected ? { state: 'rejected', message } : { state: 'unread', why: message },
    };
  }
}

async function getCluster(
  { run }: GcpSource,
  { resource }: GkeCluster,
): Promise<ConnectionAttempt['clustersGet']> {
  try {
    await run.api.call({
      api: 'container',
      path: `v1/${encodePath(resource)}`,
      query: { fields: 'name,endpoint' },
    });
    return { status: 200, message: null };
  } catch (error) {
    const { status, message } = asAnswer(error);
    return { status, message };
  }
}

/** What is no answer of an API is thrown again. */
function asAnswer(error: unknown): { status: number; message: string } {
  if (error instanceof GoogleApiError) return error;
  if (error instanceof GoogleCredentialsError) return { status: 401, message: error.message };
  throw error;
}

async function reach(
  { kubernetes, signal }: GcpSource,
  endpoint: KubernetesEndpoint,
  token: string,
): Promise<Pick<ConnectionAttempt, 'tls' | 'response'>> {
  const options = { timeoutMs: kubernetes.timeoutMs, ...(signal ? { signal } : {}) };
  const answer = await getFromKubernetes(endpoint, '/api/v1/namespaces?limit=1', token, options);
  if (answer.state !== 'answered') {
    const { state, code, message } = answer;
    return { tls: { state, code, message }, response: null };
  }
  const { reason = null, message = null } = (answer.status === 200 ? {} : (answer.body ?? {})) as {
    reason?: string | null;
    message?: string | null;
  };
  return { tls: { state: 'trusted' }, response: { status: answer.status, reason, message } };
}
