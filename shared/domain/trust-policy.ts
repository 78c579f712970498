/**
 * Evaluates a role's trust policy for one AssumeRoleWithWebIdentity call, as IAM does, and explains every comparison.
 * Sources: IAM User Guide, "Policy evaluation logic", "AWS JSON policy elements: Principal", "Available keys for AWS
 * OIDC federation"; STS API Reference, AssumeRoleWithWebIdentity.
 */
import { arnOwner } from './arn.ts';
import { isMet } from './condition.ts';
import { claimsOffered, issuerName, providerArn } from './issuer.ts';
import { matchesAction, type Lookup } from './pattern.ts';
import {
  parsePolicy,
  type ConditionElement,
  type PolicyDocument,
  type PrincipalEntry,
  type Statement,
} from './policy-document.ts';
import type { Localized } from '../words.ts';

export const webIdentityAction = 'sts:AssumeRoleWithWebIdentity';

/** One call: who asks (issuer and claims of the token), for which role, under which circumstances. */
export interface WebIdentityRequest {
  /** The token's `iss`, `https://…`. */
  issuer: string;
  roleArn: string;
  /** The token's claims; those that IAM offers (`aud`, `sub`, `amr`) become context keys of the issuer. */
  claims: Record<string, unknown>;
  /** Context keys and their values (`aws:SourceIp` …); a key that is not here is absent from the request. */
  context: Record<string, unknown>;
}

export type Verdict = 'Allowed' | 'ImplicitlyDenied' | 'ExplicitlyDenied' | 'Malformed';

export interface ElementExplanation {
  element: 'Principal' | 'NotPrincipal' | 'Action' | 'NotAction' | 'Condition';
  matched: boolean;
  /** Condition operator and key, as written; null for the other elements. */
  operator: string | null;
  key: string | null;
  /** What the policy says. */
  policy: string[];
  /** What the request has; null where it has no such key. */
  request: string[] | null;
}

export interface StatementExplanation {
  index: number;
  sid: string | null;
  effect: 'Allow' | 'Deny';
  /** Whether every element matched, so that the statement's effect applies. */
  matched: boolean;
  elements: ElementExplanation[];
}

export interface TrustEvaluation {
  verdict: Verdict;
  /** What IAM would refuse in the policy; empty unless the verdict is Malformed. */
  malformed: Localized[];
  statements: StatementExplanation[];
}

/** Evaluates the policy. Never throws, whatever JSON the policy is. */
export function evaluateTrust(policy: unknown, request: WebIdentityRequest): TrustEvaluation {
  const result = parsePolicy(policy);
  if (!result.ok) return { verdict: 'Malformed', malformed: result.errors, statements: [] };
  const call = makeCall(request);
  const statements = result.policy.statements.map((statement) => explain(result.policy, statement, call));
  return { verdict: verdictOf(statements), malformed: [], statements };
}

/** Only the verdict, without the explanation: for the many evaluations of a proof. */
export function judgeTrust(policy: PolicyDocument, call: Call): Verdict {
  const matching = policy.statements.filter((statement) => applies(policy, statement, call));
  return verdictOf(matching.map(({ effect }) => ({ effect, matched: true })));
}

function verdictOf(statements: { effect: 'Allow' | 'Deny'; matched: boolean }[]): Verdict {
  if (statements.some(({ effect, matched }) => matched && effect === 'Deny')) return 'ExplicitlyDenied';
  return statements.some(({ matched }) => matched) ? 'Allowed' : 'ImplicitlyDenied';
}

/** A request made ready for evaluation. */
export interface Call {
  request: WebIdentityRequest;
  /** The issuer as IAM names it. */
  issuer: string;
  /** The federated principal that this token is, in the role's account. */
  principal: string;
  /** The request's context, the token's claims among it; keys ignore case. */
  lookup: Lookup;
}

/** Makes a request ready for evaluation. */
export function makeCall(request: WebIdentityRequest): Call {
  const { partition, account } = arnOwner(request.roleArn);
  const issuer = issuerName(request.issuer);
  const context = new Map<string, string[]>();
  for (const [key, value] of Object.entries(request.context)) add(context, key, value);
  for (const [claim, value] of Object.entries(claimsAsKeys(issuer, request.claims)))
    add(context, `${issuer}:${claim}`, value);
  return {
    request,
    issuer,
    principal: providerArn(request.issuer, partition, account),
    lookup: (key) => context.get(key.toLowerCase()),
  };
}

/** For Google, `aud` is the token's `azp` where it has one, and `oaud` its `aud`. */
function claimsAsKeys(issuer: string, claims: Record<string, unknown>): Record<string, unknown> {
  const keys: Record<string, unknown> = {};
  for (const claim of claimsOffered(issuer)) if (Object.hasOwn(claims, claim)) keys[claim] = claims[claim];
  if (issuer !== 'accounts.google.com') return keys;
  return { ...keys, aud: keys['azp'] ?? keys['aud'], oaud: keys['aud'] };
}

function add(context: Map<string, string[]>, key: string, value: unknown): void {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.filter((item) => ['string', 'number', 'boolean'].includes(typeof item)).map(String);
  if (texts.length > 0) context.set(key.toLowerCase(), texts);
}

function explain(policy: PolicyDocument, statement: Statement, call: Call): StatementExplanation {
  const { index, sid, effect, principals, actions } = statement;
  const elements: ElementExplanation[] = [
    {
      element: statement.notPrincipal ? 'NotPrincipal' : 'Principal',
      matched: principalMatches(statement, call),
      operator: null,
      key: null,
      policy: principals.map(({ type, value }) => (type === '*' ? '*' : `${type}: ${value}`)),
      request: [`Federated: ${call.principal}`],
    },
    {
      element: statement.notAction ? 'NotAction' : 'Action',
      matched: actionMatches(statement),
      operator: null,
      key: null,
      policy: actions,
      request: [webIdentityAction],
    },
    ...statement.conditions.map((condition) => explainCondition(policy, condition, call)),
  ];
  return { index, sid, effect, matched: elements.every(({ matched }) => matched), elements };
}

function explainCondition(policy: PolicyDocument, element: ConditionElement, call: Call): ElementExplanation {
  const values = call.lookup(element.key);
  return {
    element: 'Condition',
    matched: isMet(element, values, variables(policy, call)),
    operator: element.operator,
    key: element.key,
    policy: element.values,
    request: values ? [...values] : null,
  };
}

function applies(policy: PolicyDocument, statement: Statement, call: Call): boolean {
  return (
    principalMatches(statement, call) &&
    actionMatches(statement) &&
    statement.conditions.every((element) => isMet(element, call.lookup(element.key), variables(policy, call)))
  );
}

/** What resolves the policy's variables; null where its Version leaves them literal. */
export function variables(policy: PolicyDocument, call: Call): Lookup | null {
  return policy.expandsVariables ? call.lookup : null;
}

export function actionMatches({ actions, notAction }: Statement): boolean {
  return actions.some((action) => matchesAction(action, webIdentityAction)) !== notAction;
}

export function principalMatches({ principals, notPrincipal }: Statement, call: Call): boolean {
  return principals.some((entry) => isPrincipal(entry, call)) !== notPrincipal;
}

/** `*` stands for everybody only alone: IAM matches no part of a principal by wildcard. Provider ARNs keep their case. */
function isPrincipal({ type, value }: PrincipalEntry, call: Call): boolean {
  if (value === '*') return type === '*' || type === 'AWS' || type === 'Federated';
  return type === 'Federated' && value === call.principal;
}
