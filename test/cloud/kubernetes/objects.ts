/** The objects of a cluster in the form in which its API server gives them. */
import { createHash } from 'node:crypto';
import type { DnsSpec, NodeSpec, PodSpec, ServiceAccountSpec, WebhookSpec } from './cluster-contents.ts';

export function serviceAccountObject({
  namespace,
  name,
  annotations,
  createdAt,
}: ServiceAccountSpec): object {
  return { metadata: { namespace, name, uid: uid(namespace, name), annotations, ...created(createdAt) } };
}

/** One of the pods of a spec. */
export function podObject(spec: PodSpec, index: number): object {
  const { namespace, serviceAccount, owner, labels, annotations, node, hostNetwork, phase } = spec;
  const { references, ownLabels, prefix } = ownership(spec);
  const name = owner?.kind === 'StatefulSet' ? `${prefix}-${index}` : `${prefix}-${suffix(prefix, index)}`;
  return {
    metadata: {
      namespace,
      name,
      uid: uid(namespace, name),
      labels: { ...ownLabels, ...labels },
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...created(spec.createdAt),
      ...(references.length > 0 && { ownerReferences: references }),
      ...(spec.padding > 0 && { managedFields: [{ manager: padding(spec.padding, index) }] }),
    },
    spec: {
      serviceAccountName: serviceAccount,
      nodeName: phase === 'Pending' ? undefined : node,
      ...(hostNetwork && { hostNetwork }),
      containers: [container(spec)],
      volumes: volumes(spec),
    },
    status: { phase, ...containerStatus(spec) },
  };
}

/** Between a Deployment and its pods is a ReplicaSet, between a CronJob and its pods a Job. */
function ownership({ owner, serviceAccount }: PodSpec) {
  if (!owner) return { references: [], ownLabels: {}, prefix: serviceAccount };
  const hash = digest(owner.name).slice(0, 10);
  const between: Record<string, { kind: string; name: string; labels: Record<string, string> }> = {
    Deployment: {
      kind: 'ReplicaSet',
      name: `${owner.name}-${hash}`,
      labels: { 'pod-template-hash': hash },
    },
    CronJob: { kind: 'Job', name: `${owner.name}-29500000`, labels: {} },
  };
  const { kind, name, labels } = between[owner.kind] ?? { ...owner, labels: {} };
  const apiVersion = kind === 'Job' ? 'batch/v1' : 'apps/v1';
  const reference = { apiVersion, kind, name, uid: uid(kind, name), controller: true };
  return { references: [reference], ownLabels: labels, prefix: name };
}

const tokens = {
  'web identity': {
    volume: 'aws-iam-token',
    path: '/var/run/secrets/eks.amazonaws.com/serviceaccount',
    file: 'token',
  },
  'pod identity': {
    volume: 'eks-pod-identity-token',
    path: '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount',
    file: 'eks-pod-identity-token',
  },
};

/** As EKS's webhook writes it (github.com/aws/amazon-eks-pod-identity-webhook). */
function container({ injected, roleArn, env }: PodSpec): object {
  const own = Object.entries({ LOG_LEVEL: 'info', ...env });
  const token = injected === 'nothing' ? null : tokens[injected];
  const written: Record<typeof injected, [string, string][]> = {
    'web identity': [
      ['AWS_STS_REGIONAL_ENDPOINTS', 'regional'],
      ['AWS_ROLE_ARN', roleArn ?? ''],
      ['AWS_WEB_IDENTITY_TOKEN_FILE', `${tokens['web identity'].path}/token`],
    ],
    'pod identity': [
      ['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'http://169.254.170.23/v1/credentials'],
      ['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', `${tokens['pod identity'].path}/eks-pod-identity-token`],
    ],
    nothing: [],
  };
  const api = { name: 'kube-api-access', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
  const mounts = token ? [api, { name: token.volume, mountPath: token.path, readOnly: true }] : [api];
  return {
    name: 'app',
    image: 'registry.example.com/app:1',
    env: [...own, ...written[injected]].map(([name, value]) => ({ name, value })),
    volumeMounts: mounts,
  };
}

function volumes({ injected, audience }: PodSpec): object[] {
  const api = {
    name: 'kube-api-access',
    projected: { sources: [{ serviceAccountToken: { path: 'token' } }] },
  };
  if (injected === 'nothing') return [api];
  const { volume, file } = tokens[injected];
  const named = injected === 'web identity' ? audience : 'pods.eks.amazonaws.com';
  const serviceAccountToken = { audience: named, expirationSeconds: 86_400, path: file };
  return [api, { name: volume, projected: { sources: [{ serviceAccountToken }] } }];
}

function containerStatus({ waiting, phase }: PodSpec): object {
  const isScheduled = phase !== 'Pending' || waiting?.reason !== 'Unschedulable';
  return {
    conditions: [
      isScheduled
        ? { type: 'PodScheduled', status: 'True' }
        : { type: 'PodScheduled', status: 'False', ...waiting },
    ],
    containerStatuses: isScheduled
      ? [{ name: 'app', ready: waiting === null, state: waiting ? { waiting } : { running: {} } }]
      : [],
  };
}

export function nodeObject(spec: NodeSpec): object {
  const { name, ready, reason, message, unschedulable, instanceId, internalIp, labels, createdAt } = spec;
  return {
    metadata: { name, uid: uid('node', name), labels, ...created(createdAt) },
    spec: {
      ...(instanceId !== null && { providerID: `aws:///eu-west-1a/${instanceId}` }),
      ...(unschedulable && { unschedulable }),
    },
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', reason, message }],
      addresses: [{ type: 'InternalIP', address: internalIp }],
    },
  };
}

export function dnsDeployment({ desired, ready }: DnsSpec): object {
  return {
    metadata: { namespace: 'kube-system', name: 'coredns', uid: uid('deployment', 'coredns') },
    spec: { replicas: desired },
    status: { replicas: desired, readyReplicas: ready },
  };
}

export function dnsSlice({ desired, ready }: DnsSpec): object {
  const labels = { 'kubernetes.io/service-name': 'kube-dns' };
  return {
    metadata: { namespace: 'kube-system', name: 'kube-dns-x7k2p', uid: uid('slice', 'kube-dns'), labels },
    addressType: 'IPv4',
    endpoints: Array.from({ length: desired }, (_, index) => ({
      addresses: [`10.0.1.${100 + index}`],
      conditions: { ready: index < ready },
    })),
  };
}

export function webhookObject(spec: WebhookSpec): object {
  const { configuration, name, failurePolicy, hasCaBundle, target, resources } = spec;
  const [namespace = '', service = ''] = target.split('/');
  return {
    metadata: { name: configuration, uid: uid('webhook', configuration) },
    webhooks: [
      {
        name,
        failurePolicy,
        clientConfig: {
          ...(hasCaBundle && { caBundle: Buffer.from('a certificate').toString('base64') }),
          ...(target.startsWith('https://') ? { url: target } : { service: { namespace, name: service } }),
        },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources }],
      },
    ],
  };
}

function created(createdAt: Date): { creationTimestamp: string } {
  return { creationTimestamp: createdAt.toISOString().replace(/\.\d+Z$/, 'Z') };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function uid(...words: string[]): string {
  return digest(words.join('/')).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

function suffix(prefix: string, index: number): string {
  return digest(`${prefix}/${index}`).slice(0, 5);
}

/** Texts that do not compress to nothing, cut from one that is made once. */
const noise = Array.from({ length: 4096 }, (_, index) => digest(String(index))).join('');

function padding(bytes: number, index: number): string {
  const start = (index * 1_009) % (noise.length - bytes);
  return noise.slice(start, start + bytes);
}
