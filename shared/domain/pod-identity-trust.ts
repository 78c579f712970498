/**
 * Whether a role's trust policy lets EKS Pod Identity assume it for a service account, and what repairs it.
 * Source: Amazon EKS User Guide, "How EKS Pod Identity works" (the principal, its two actions, the session tags), and
 * IAM User Guide, "AWS global condition context keys" (aws:SourceArn, aws:SourceAccount, aws:RequestTag).
 */
import { isMet } from './condition.ts';
import { matchesAction, variableKeys, type Lookup } from './pattern.ts';
import {
  parsePolicy,
  type ConditionElement,
  type PolicyDocument,
  type Statement,
} from './policy-document.ts';
import type { Localized } from '../words.ts';

export const podIdentityPrincipal = 'pods.eks.amazonaws.com';
const actions = ['sts:AssumeRole', 'sts:TagSession'] as const;
export type PodIdentityAction = (typeof actions)[number];

/** One association, as EKS calls STS for a pod of it. */
export interface PodIdentityRequest {
  clusterArn: string;
  clusterName: string;
  /** The cluster's account. */
  account: string;
  namespace: string;
  serviceAccount: string;
  /** False where the association turns the session tags off: then nothing is tagged. */
  sessionTags: boolean;
  /** The service that calls; only a proof asks for another than EKS Pod Identity. */
  principal?: string;
}

/** A condition that is not met. */
export interface UnmetCondition {
  operator: string;
  key: string;
  /** What the policy asks for. */
  values: string[];
  /** What EKS sends; null where the request has no such key. */
  request: string[] | null;
}

export type PodIdentityTrust =
  | { verdict: 'allowed' }
  /** It depends on keys whose value nobody recorded. */
  | { verdict: 'unknown'; keys: string[] }
  | { verdict: 'malformed'; errors: Localized[] }
  | {
      verdict: 'denied';
      /** A Deny that matches; no statement for the principal; an action that none allows; a condition that is not met. */
      fault: 'deny' | 'principal' | 'action' | 'condition';
      /** The actions that are refused. */
      refused: PodIdentityAction[];
      /** Position of the statement that is nearest to allowing it, or that denies it; null where none names the principal. */
      statement: number | null;
      unmet: UnmetCondition[];
    };

/** Judges the policy for one association. Never throws, whatever JSON the policy is. */
export function judgePodIdentity(trustPolicy: unknown, request: PodIdentityRequest): PodIdentityTrust {
  const parsed = parsePolicy(trustPolicy);
  if (!parsed.ok) return { verdict: 'malformed', errors: parsed.errors };
  const call = callOf(request, parsed.policy);
  const answers = neededActions(request).map((action) => ({ action, ...answerFor(action, call) }));
  const refused = answers.filter(({ answer }) => answer === 'no').map(({ action }) => action);
  if (refused.length > 0) return explain(refused, call);
  const open = answers.flatMap(({ keys }) => keys);
  return open.length > 0 ? { verdict: 'unknown', keys: [...new Set(open)] } : { verdict: 'allowed' };
}

function neededActions({ sessionTags }: PodIdentityRequest): PodIdentityAction[] {
  return actions.filter((action) => sessionTags || action === 'sts:AssumeRole');
}

interface Call {
  policy: PolicyDocument;
  principal: string;
  known: ReadonlyMap<string, readonly string[]>;
  lookup: Lookup;
}

function callOf(request: PodIdentityRequest, policy: PolicyDocument): Call {
  const known = new Map(Object.entries(contextOf(request)).map(([key, value]) => [key.toLowerCase(), value]));
  const principal = request.principal ?? podIdentityPrincipal;
  return { policy, principal, known, lookup: (key) => known.get(key.toLowerCase()) };
}

const tagKeys = [
  'eks-cluster-arn',
  'eks-cluster-name',
  'kubernetes-namespace',
  'kubernetes-service-account',
  'kubernetes-pod-name',
  'kubernetes-pod-uid',
];

function contextOf(request: PodIdentityRequest): Record<string, string[]> {
  return {
    'aws:SourceArn': [request.clusterArn],
    'aws:SourceAccount': [request.account],
    'aws:SecureTransport': ['true'],
    'aws:PrincipalIsAWSService': ['true'],
    'aws:PrincipalServiceName': [request.principal ?? podIdentityPrincipal],
    ...(request.sessionTags && {
      'aws:RequestTag/eks-cluster-arn': [request.clusterArn],
      'aws:RequestTag/eks-cluster-name': [request.clusterName],
      'aws:RequestTag/kubernetes-namespace': [request.namespace],
      'aws:RequestTag/kubernetes-service-account': [request.serviceAccount],
      'aws:TagKeys': tagKeys,
      'sts:TransitiveTagKeys': tagKeys,
    }),
  };
}

/** Keys that such a request never has: EKS sends its own tags and nothing else, and is a service, not a principal. */
const neverPresent =
  /^(aws:requesttag\/.*|aws:tagkeys|sts:transitivetagkeys|aws:principaltag\/.*|aws:principal(arn|account|orgid|orgpaths)|aws:(username|multifactorauth(age|present))|sts:(externalid|sourceidentity)|[^:]*(oidc|accounts\.google)[^:]*:.*)$/i;

/** Tags whose value is the pod's own. */
const ofThePod = /^aws:requesttag\/kubernetes-pod-(name|uid)$/i;

function isUnknown(key: string, { known }: Call): boolean {
  if (known.has(key.toLowerCase())) return false;
  return ofThePod.test(key) ? known.has('aws:tagkeys') : !neverPresent.test(key);
}

type Answer = 'yes' | 'no' | 'perhaps';

/** How far a statement is met, its conditions that are known first: one that fails decides, whatever the others are. */
function conditionsMet({ conditions }: Statement, call: Call): { answer: Answer; keys: string[] } {
  const keys = conditions.flatMap((element) => unknownKeys(element, call));
  if (unmetIn(conditions, call).length > 0) return { answer: 'no', keys: [] };
  return keys.length > 0 ? { answer: 'perhaps', keys } : { answer: 'yes', keys };
}

function unknownKeys(element: ConditionElement, call: Call): string[] {
  const ofVariables = call.policy.expandsVariables ? element.values.flatMap(variableKeys) : [];
  return [element.key, ...ofVariables].filter((key) => isUnknown(key, call));
}

/** The elements that are not met, of those that can be judged. */
function unmetIn(conditions: readonly ConditionElement[], call: Call): ConditionElement[] {
  return conditions.filter(
    (element) =>
      unknownKeys(element, call).length === 0 &&
      !isMet(element, call.lookup(element.key), call.policy.expandsVariables ? call.lookup : null),
  );
}

function answerFor(action: PodIdentityAction, call: Call): { answer: Answer; keys: string[] } {
  const own = call.policy.statements.filter(
    (statement) => namesPrincipal(statement, call) && namesAction(statement, action),
  );
  const judged = own.map((statement) => ({ effect: statement.effect, ...conditionsMet(statement, call) }));
  const of = (effect: 'Allow' | 'Deny', answer: Answer) =>
    judged.filter((one) => one.effect === effect && one.answer === answer);
  if (of('Deny', 'yes').length > 0) return { answer: 'no', keys: [] };
  const doubts = of('Deny', 'perhaps');
  if (of('Allow', 'yes').length > 0)
    return { answer: doubts.length > 0 ? 'perhaps' : 'yes', keys: doubts.flatMap(({ keys }) => keys) };
  const hopes = of('Allow', 'perhaps');
  return { answer: hopes.length > 0 ? 'perhaps' : 'no', keys: hopes.flatMap(({ keys }) => keys) };
}

/** `*` alone stands for everybody; no part of a principal is matched by wildcard. */
function namesPrincipal({ principals, notPrincipal }: Statement, { principal }: Call): boolean {
  const named = principals.some(
    ({ type, value }) => type === '*' || (type === 'Service' && value.toLowerCase() === principal),
  );
  return named !== notPrincipal;
}

function namesAction({ actions: patterns, notAction }: Statement, action: PodIdentityAction): boolean {
  return patterns.some((pattern) => matchesAction(pattern, action)) !== notAction;
}

function explain(refused: PodIdentityAction[], call: Call): PodIdentityTrust {
  const { statements } = call.policy;
  const own = statements.filter((statement) => namesPrincipal(statement, call));
  const denying = own.find(
    (statement) =>
      statement.effect === 'Deny' &&
      refused.some((action) => namesAction(statement, action)) &&
      conditionsMet(statement, call).answer === 'yes',
  );
  const denied = { verdict: 'denied' as const, refused, unmet: [] };
  if (denying) return { ...denied, fault: 'deny', statement: denying.index };
  const allows = own.filter(({ effect }) => effect === 'Allow');
  const [nearest] = allows.sort((a, b) => distance(a, refused, call) - distance(b, refused, call));
  if (!nearest) return { ...denied, fault: 'principal', statement: null };
  const unmet = unmetIn(nearest.conditions, call).map(({ operator, key, values }) => {
    const sent = call.lookup(key);
    return { operator, key, values, request: sent ? [...sent] : null };
  });
  const fault = unmet.length > 0 ? 'condition' : 'action';
  return { ...denied, fault, statement: nearest.index, unmet };
}

/**
 * A statement that names the action under a condition is nearer than one without: to add the action there would go around
 * the condition.
 */
function distance(statement: Statement, refused: PodIdentityAction[], call: Call): number {
  const missing = refused.filter((action) => !namesAction(statement, action)).length;
  return 100 * missing + unmetIn(statement.conditions, call).length;
}
