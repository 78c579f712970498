/** What runs in a simulated EKS cluster, and what its API server lets the auditor see: plain data, as worlds hold it. */

export interface ClusterContents {
  /**
   * What an access entry lets the auditor do: no entry at all (401), an entry without rights (403), EKS's view policy, or
   * that and the group whose ClusterRole `clusterwhy permissions kubernetes` prints.
   */
  access: 'no entry' | 'no rights' | 'view' | 'view and group';
  /** Whether the API server is to be reached: it answers, takes connections and never answers, or refuses them. */
  endpoint: 'answers' | 'hangs' | 'refuses';
  publicEndpoint: boolean;
  authenticationMode: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP';
  serviceAccounts: ServiceAccountSpec[];
  pods: PodSpec[];
  nodes: NodeSpec[];
  /** CoreDNS; null where the cluster has none. */
  dns: DnsSpec | null;
  webhooks: WebhookSpec[];
}

export interface ServiceAccountSpec {
  namespace: string;
  name: string;
  annotations: Record<string, string>;
  createdAt: Date;
}

/** Pods that differ in their names only. */
export interface PodSpec {
  namespace: string;
  serviceAccount: string;
  /** A Deployment's pods have a ReplicaSet between, a CronJob's a Job. */
  owner: { kind: string; name: string } | null;
  count: number;
  createdAt: Date;
  phase: 'Running' | 'Pending' | 'Succeeded' | 'Failed';
  hostNetwork: boolean;
  /** What admission wrote into the containers. */
  injected: 'web identity' | 'pod identity' | 'nothing';
  /** `AWS_ROLE_ARN`; null for none. */
  roleArn: string | null;
  audience: string;
  /** Further variables of the container. */
  env: Record<string, string>;
  annotations: Record<string, string>;
  labels: Record<string, string>;
  node: string;
  /** Why its container does not run; null where it does. */
  waiting: { reason: string; message: string } | null;
  /** Bytes of metadata that the auditor does not need. */
  padding: number;
}

export interface NodeSpec {
  name: string;
  ready: boolean;
  /** Of its Ready condition. */
  reason: string;
  message: string;
  unschedulable: boolean;
  instanceId: string | null;
  internalIp: string;
  labels: Record<string, string>;
  createdAt: Date;
}

export interface DnsSpec {
  desired: number;
  ready: number;
  /** Why the pods that are not ready do not run. */
  waiting: { reason: string; message: string } | null;
}

export interface WebhookSpec {
  configuration: string;
  name: string;
  failurePolicy: 'Ignore' | 'Fail';
  hasCaBundle: boolean;
  /** The URL, or `namespace/service`. */
  target: string;
  resources: string[];
}

/** A sound cluster: two ready nodes, CoreDNS, the webhook that injects identities, and nothing else yet. */
export function soundContents(createdAt: Date): ClusterContents {
  return {
    access: 'view and group',
    endpoint: 'answers',
    publicEndpoint: true,
    authenticationMode: 'API_AND_CONFIG_MAP',
    serviceAccounts: [],
    pods: [],
    nodes: [11, 12].map((host) => node(host, createdAt)),
    dns: { desired: 2, ready: 2, waiting: null },
    webhooks: [
      {
        configuration: 'pod-identity-webhook',
        name: 'iam-for-pods.amazonaws.com',
        failurePolicy: 'Ignore',
        hasCaBundle: true,
        target: 'https://127.0.0.1:23443/mutate',
        resources: ['pods'],
      },
    ],
  };
}

function node(host: number, createdAt: Date): NodeSpec {
  return {
    name: `ip-10-0-1-${host}.internal`,
    ready: true,
    reason: 'KubeletReady',
    message: 'kubelet is posting ready status',
    unschedulable: false,
    instanceId: `i-0${String(host).padStart(16, '0')}`,
    internalIp: `10.0.1.${host}`,
    labels: { 'eks.amazonaws.com/nodegroup': 'workers' },
    createdAt,
  };
}

export const roleAnnotation = 'eks.amazonaws.com/role-arn';
export const audienceAnnotation = 'eks.amazonaws.com/audience';

/** A workload as one writes it into a world. */
export interface WorkloadOptions {
  cluster: string;
  namespace: string;
  serviceAccount: string;
  /** The service account's annotation: a role of the account by name, or any ARN; null for none. */
  role?: string | null;
  annotations?: Record<string, string>;
  createdAt?: Date;
  /** One Deployment of two pods, injected as the annotation says, where absent. */
  pods?: PodOptions[];
}

export interface PodOptions extends Partial<Omit<PodSpec, 'namespace' | 'serviceAccount'>> {
  /** Name of a Deployment that owns them; the service account's where absent. */
  deployment?: string;
}

/** The service account with its pods; `roleArn` is the annotation's value. */
export function workloadOf(
  options: WorkloadOptions,
  roleArn: string | null,
  usual: { createdAt: Date },
): { account: ServiceAccountSpec; pods: PodSpec[] } {
  const { namespace, serviceAccount, annotations = {}, createdAt = usual.createdAt } = options;
  const own = { ...(roleArn !== null && { [roleAnnotation]: roleArn }), ...annotations };
  const account = { namespace, name: serviceAccount, annotations: own, createdAt };
  return { account, pods: (options.pods ?? [{}]).map((pod) => podOf(account, pod)) };
}

function podOf(account: ServiceAccountSpec, { deployment, ...pod }: PodOptions): PodSpec {
  const roleArn = pod.roleArn === undefined ? (account.annotations[roleAnnotation] ?? null) : pod.roleArn;
  return {
    namespace: account.namespace,
    serviceAccount: account.name,
    owner: { kind: 'Deployment', name: deployment ?? account.name },
    count: 2,
    createdAt: new Date(account.createdAt.getTime() + 60_000),
    phase: 'Running',
    hostNetwork: false,
    injected: roleArn === null ? 'nothing' : 'web identity',
    audience: account.annotations[audienceAnnotation] ?? 'sts.amazonaws.com',
    env: {},
    annotations: {},
    labels: {},
    node: 'ip-10-0-1-11.internal',
    waiting: null,
    padding: 0,
    ...pod,
    roleArn: pod.injected === 'pod identity' || pod.injected === 'nothing' ? null : roleArn,
  };
}
