/** The API servers of an account's EKS clusters: which of them answer the auditor. */
import { Agent } from 'node:https';
import type { Cluster } from '../../domain/web-identity.ts';
import type { Localized } from '../../words.ts';
import { messageOf } from '../aws/refusal.ts';
import type { AwsSource } from '../aws/source.ts';
import { readEach } from '../read-each.ts';
import { makeEksToken } from './eks-token.ts';
import { getFromKubernetes, type KubernetesAnswer } from './request.ts';
import { KubernetesError, troubleOf, type Trouble } from './trouble.ts';

/** A cluster whose API server answers. */
export interface OpenCluster {
  cluster: Cluster;
  get: (path: string, signal: AbortSignal) => Promise<KubernetesAnswer>;
}

export interface OpenedClusters {
  open: OpenCluster[];
  closed: { cluster: Cluster; trouble: Trouble }[];
  /** Whether there may be clusters that nobody knows of. */
  mayBeMore: boolean;
  /** ARN under which access entries know the auditor; null where that could not be told. */
  principal: string | null;
}

const openedAtATime = 8;

/** Connections to one API server that are kept: its lists are read side by side. */
const connections = 4;

/** Connections that nobody uses are closed after that time; they keep no process alive. */
const idleMs = 5_000;

/** Asks each cluster that was asked for whether it answers. Null where the clusters could not be read. */
export async function openClusters(source: AwsSource): Promise<OpenedClusters | null> {
  const clusters = await source.reading('clusters');
  if (clusters.state === 'unread') return null;
  const asked = clusters.value.clusters.filter((cluster) => isAsked(source, cluster)).filter(hasStarted);
  const tried = await readEach(asked, openedAtATime, (cluster) => tryToOpen(source, cluster));
  const closed = tried.flatMap((one) => ('trouble' in one ? one : []));
  return {
    open: tried.flatMap((one) => ('get' in one ? one : [])),
    closed,
    mayBeMore: clusters.state === 'partial',
    principal: asked.length > 0 ? await principalOf(source) : null,
  };
}

function isAsked({ onlyClusters = [] }: AwsSource, { name, arn }: Cluster): boolean {
  return onlyClusters.length === 0 || onlyClusters.some((wanted) => wanted === name || wanted === arn);
}

/** One that is being made, was never finished or is being deleted has no workloads to look at. */
function hasStarted({ status }: Cluster): boolean {
  return !/^(CREATING|PENDING|FAILED|DELETING)$/i.test(status);
}

async function tryToOpen(
  source: AwsSource,
  cluster: Cluster,
): Promise<OpenCluster | { cluster: Cluster; trouble: Trouble }> {
  const { endpoint, access } = cluster;
  if (!endpoint || !URL.canParse(endpoint) || !access)
    return { cluster, trouble: { kind: 'other', said: untold } };
  const opened = connect(source, cluster, new URL(endpoint).host, access.certificateAuthority);
  try {
    // Everybody who is known may ask for the version, and it is short.
    const trouble = troubleOf(await opened.get('/version', source.signal));
    // Who may not even ask for the version may still be let read what is asked for next.
    return trouble && trouble.kind !== 'forbidden' ? { cluster, trouble } : opened;
  } catch (error) {
    if (error instanceof KubernetesError) return { cluster, trouble: error.trouble };
    throw error;
  }
}

const untold = {
  en: 'EKS tells no endpoint or no CA of it',
  ja: 'EKS からエンドポイントまたは認証局 (CA) が返されません',
};

function noToken(said: string): Localized {
  return { en: `no token could be made (${said})`, ja: `トークンを作成できませんでした (${said})` };
}

/** A cluster takes a token for 15 minutes; the lists of many large ones may take longer. */
const tokenLastsMs = 10 * 60_000;

function connect(source: AwsSource, cluster: Cluster, host: string, ca: string): OpenCluster {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, timeout: idleMs });
  const { timeoutMs } = source.kubernetes;
  let token: Promise<string> | undefined;
  let madeAt = 0;
  const currentToken = () => {
    if (token && Date.now() - madeAt < tokenLastsMs) return token;
    madeAt = Date.now();
    return (token = makeToken(source, cluster));
  };
  const get = async (path: string, signal: AbortSignal) =>
    getFromKubernetes({ kind: 'dns', host, ca }, path, await currentToken(), { timeoutMs, signal, agent });
  return { cluster, get };
}

/** Throws a `KubernetesError` where the credentials have ended, say. */
async function makeToken({ clients }: AwsSource, cluster: Cluster): Promise<string> {
  try {
    return await makeEksToken(clients.sts, cluster);
  } catch (error) {
    const trouble = { kind: 'other', said: noToken(messageOf(error)) } as const;
    throw new KubernetesError(trouble, { cause: error });
  }
}

/** A session's role with the path that its ARN in STS lacks, which access entries want. */
async function principalOf(source: AwsSource): Promise<string | null> {
  const { callerArn } = source;
  const [, partition, account, role] =
    /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(callerArn) ?? [];
  if (!role) return /:iam::\d{12}:user\//.test(callerArn) ? callerArn : null;
  const roles = await source.reading('roles');
  const known = 'value' in roles ? roles.value.find(({ name }) => name === role) : undefined;
  return known?.arn ?? `arn:${partition}:iam::${account}:role/${role}`;
}
