/**
 * The edit of a trust policy that lets EKS Pod Identity in for some associations, proven before it is offered: it allows
 * them, and opens the role to nobody whom no statement let in before. Conditions and Deny statements are never touched.
 */
import {
  judgePodIdentity,
  podIdentityPrincipal,
  type PodIdentityAction,
  type PodIdentityRequest,
  type PodIdentityTrust,
} from './pod-identity-trust.ts';
import type { Localized } from '../words.ts';

export interface PodIdentityRepair {
  /** The whole policy after the edits. */
  policy: Record<string, unknown>;
  /** What the edits do, a sentence each. */
  edits: Localized[];
  /** Similar callers that stay refused. */
  neighboursDenied: number;
}

/** So many neighbours must be refused, or the policy is too wide for a proof to mean anything. */
const neighboursNeeded = 20;

/** The neighbours of so many requests are tried: those of hundreds with the same edit show nothing new. */
const mostTried = 10;

type Json = Record<string, unknown>;

/** The proven repair for all of the requests, or null where one of them needs a person's decision. */
export function repairPodIdentity(
  trustPolicy: unknown,
  requests: readonly PodIdentityRequest[],
): PodIdentityRepair | null {
  const before = documentOf(trustPolicy);
  if (!before) return null;
  const edits = new Map<string, Localized>();
  let policy = before;
  for (const request of requests) {
    const edited = editFor(policy, request, judgePodIdentity(before, request));
    if (!edited) return null;
    policy = edited.policy;
    if (edited.says) edits.set(edited.says.en, edited.says);
  }
  const neighboursDenied = prove(before, policy, requests);
  return neighboursDenied === null ? null : { policy, edits: [...edits.values()], neighboursDenied };
}

function documentOf(trustPolicy: unknown): Json | null {
  const document: unknown = typeof trustPolicy === 'string' ? parse(trustPolicy) : trustPolicy;
  return typeof document === 'object' && document !== null ? (document as Json) : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // no policy: there is nothing to edit
  }
}

/**
 * One edit, for what the first policy lacks; `says` is null where none is needed (any more). A statement that another
 * request had added names the principal too, and says nothing of this one.
 */
function editFor(
  policy: Json,
  request: PodIdentityRequest,
  trust: PodIdentityTrust,
): { policy: Json; says: Localized | null } | null {
  if (judgePodIdentity(policy, request).verdict === 'allowed') return { policy, says: null };
  if (trust.verdict !== 'denied') return null;
  if (trust.fault === 'principal') return addStatement(policy, request);
  return trust.fault === 'action' && trust.statement !== null
    ? addActions(policy, trust.statement, trust.refused)
    : null;
}

function addStatement(policy: Json, request: PodIdentityRequest) {
  const [whom, jaWhom] = request.sessionTags
    ? ['this cluster and service account', 'このクラスターとサービスアカウント']
    : ['this cluster', 'このクラスター'];
  return {
    policy: { ...policy, Statement: [...statementsOf(policy), statementFor(request)] },
    says: {
      en: `Adds a statement that lets ${podIdentityPrincipal} in for ${whom} only.`,
      ja: `${jaWhom}に限って ${podIdentityPrincipal} を許可するステートメントを追加します。`,
    },
  };
}

function addActions(policy: Json, index: number, refused: PodIdentityAction[]) {
  const statements = statementsOf(policy);
  const own = statements[index];
  if (!own || own['Action'] === undefined) return null;
  const Action = [...listOf(own['Action']), ...refused];
  return {
    policy: { ...policy, Statement: statements.with(index, { ...own, Action }) },
    says: {
      en: `Adds ${refused.join(' and ')} to statement ${index + 1}, for those whom it names already.`,
      ja: `ステートメント ${index + 1} に ${refused.join(' と ')} を追加します (すでに指定されている呼び出し元に対するもの)。`,
    },
  };
}

function statementsOf({ Statement }: Json): Json[] {
  return listOf(Statement) as Json[];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

/** The narrowest statement: this cluster, and where EKS sends the tags, this service account. */
function statementFor(request: PodIdentityRequest): Json {
  const { account, clusterArn, namespace, serviceAccount, sessionTags } = request;
  return {
    Effect: 'Allow',
    Principal: { Service: podIdentityPrincipal },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition: {
      StringEquals: {
        'aws:SourceAccount': account,
        ...(sessionTags && {
          'aws:RequestTag/kubernetes-namespace': namespace,
          'aws:RequestTag/kubernetes-service-account': serviceAccount,
        }),
      },
      ArnEquals: { 'aws:SourceArn': clusterArn },
    },
  };
}

/** How many neighbours stay refused; null where the edit does not hold what it promises. */
function prove(before: Json, after: Json, requests: readonly PodIdentityRequest[]): number | null {
  if (!requests.every((request) => judgePodIdentity(after, request).verdict === 'allowed')) return null;
  const wanted = new Set(requests.map(identity));
  const neighbours = requests
    .slice(0, mostTried)
    .flatMap(neighboursOf)
    .filter((other) => !wanted.has(identity(other)));
  if (neighbours.some((other) => isOpened(before, after, other))) return null;
  const denied = neighbours.filter((other) => judgePodIdentity(after, other).verdict === 'denied').length;
  return denied >= neighboursNeeded ? denied : null;
}

function identity(request: PodIdentityRequest): string {
  return JSON.stringify(Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whoever lacked nothing but the action was named by the statement already: the action is what the edit is for. */
function isOpened(before: Json, after: Json, other: PodIdentityRequest): boolean {
  const [old, edited] = [judgePodIdentity(before, other), judgePodIdentity(after, other)];
  if (old.verdict === edited.verdict) return false;
  return !(old.verdict === 'denied' && old.fault === 'action');
}

const otherServices = [
  'ec2',
  'lambda',
  'ecs-tasks',
  'eks',
  'eks-fargate-pods',
  'ecs',
  'glue',
  'batch',
  's3',
  'sns',
].concat([
  'events',
  'scheduler',
  'states',
  'codebuild',
  'ssm',
  'sagemaker',
  'firehose',
  'backup',
  'rds',
  'cloudformation',
]);

/** Callers that resemble the one that is meant: another service, account, cluster, namespace or service account. */
function neighboursOf(request: PodIdentityRequest): PodIdentityRequest[] {
  const { clusterArn, clusterName, namespace, serviceAccount, sessionTags } = request;
  const cluster = (name: string) => ({
    clusterName: name,
    clusterArn: clusterArn.replace(/cluster\/.*$/, `cluster/${name}`),
  });
  const names = [`${serviceAccount}x`, `x${serviceAccount}`, `${serviceAccount}-2`, 'default'];
  const namespaces = [`${namespace}x`, `x${namespace}`, `${namespace}-2`, 'default', 'kube-system'];
  const elsewhere: Partial<PodIdentityRequest>[] = [
    ...otherServices.map((service) => ({ principal: `${service}.amazonaws.com` })),
    ...[`${clusterName}x`, `${clusterName}-2`].map(cluster),
    { account: '999988887777', clusterArn: clusterArn.replace(/:\d{12}:/, ':999988887777:') },
  ];
  const tagged: Partial<PodIdentityRequest>[] = [
    ...names.map((name) => ({ serviceAccount: name })),
    ...namespaces.map((name) => ({ namespace: name })),
    { namespace: serviceAccount, serviceAccount: namespace },
  ];
  return [...elsewhere, ...(sessionTags ? tagged : [])].map((changes) => ({ ...request, ...changes }));
}
