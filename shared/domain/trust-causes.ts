/**
 * Why a trust policy refuses a call: the faults that belong to a smallest repair, statement by statement.
 *
 * Each Allow statement that is meant for this token has a set of faults, one for each element that does not match. The
 * statements with the fewest kinds of fault are nearest to allowing, and their faults are the causes; a Deny that
 * matches belongs to every repair. Statements written for another issuer, or for something that is no web identity,
 * count only where no statement is meant for this token.
 */
import { isExact, isMet, isNegated } from './condition.ts';
import { keyMeaning, type Claim } from './condition-key.ts';
import { compareIssuer, issuerOfProvider } from './issuer.ts';
import { hasPolicyVariable, hasWildcard } from './pattern.ts';
import {
  parsePolicy,
  type ConditionElement,
  type PolicyDocument,
  type Statement,
} from './policy-document.ts';
import {
  actionMatches,
  evaluateTrust,
  makeCall,
  principalMatches,
  variables,
  type Call,
  type TrustEvaluation,
  type WebIdentityRequest,
} from './trust-policy.ts';

/** The causes that lie in a trust policy, in the order in which STS would come upon them. */
export const trustCauses = [
  'eks/irsa-trust-provider',
  'eks/irsa-trust-other-cluster',
  'eks/irsa-trust-action',
  'eks/irsa-trust-condition-key',
  'eks/irsa-trust-policy-version',
  'eks/irsa-trust-wildcard',
  'eks/irsa-trust-subject',
  'eks/irsa-trust-audience',
  'eks/irsa-trust-other-condition',
  'eks/irsa-trust-explicit-deny',
] as const;
export type TrustCause = (typeof trustCauses)[number];

/** One element of one statement that keeps the call from being allowed. */
export interface Fault {
  cause: TrustCause;
  /** Index of the statement in the policy. */
  statement: number;
  /** The condition at fault; null where it is the principal, the action or the effect. */
  condition: ConditionElement | null;
}

export interface TrustDiagnosis extends TrustEvaluation {
  /** Every rule id that belongs to a smallest repair, the nearest statement's first; empty where the call is allowed. */
  causes: TrustCause[];
  faults: Fault[];
  /** The statement that is nearest to allowing the call; null where the policy has none that could. */
  nearest: number | null;
}

/** Evaluates the policy and, where it does not allow the call, names the causes. Never throws. */
export function diagnoseTrust(policy: unknown, request: WebIdentityRequest): TrustDiagnosis {
  const evaluation = evaluateTrust(policy, request);
  const parsed = parsePolicy(policy);
  if (!parsed.ok || evaluation.verdict === 'Allowed')
    return { ...evaluation, causes: [], faults: [], nearest: null };
  const call = makeCall(request);
  const denials = evaluation.statements.filter(({ effect, matched }) => effect === 'Deny' && matched);
  const { repairs, flipped } = nearestRepairs(parsed.policy, call);
  const denyFaults = denials
    .filter(({ index }) => index !== flipped)
    .map(({ index }): Fault => ({
      cause: 'eks/irsa-trust-explicit-deny',
      statement: index,
      condition: null,
    }));
  const faults = [...repairs.flatMap(({ faults }) => faults), ...denyFaults];
  const primary = kinds([...(repairs[0]?.faults ?? []), ...denyFaults]);
  const others = kinds(faults).filter((cause) => !primary.includes(cause));
  return {
    ...evaluation,
    causes: [...primary, ...others],
    faults,
    nearest: repairs[0]?.statement.index ?? null,
  };
}

function kinds(faults: Fault[]): TrustCause[] {
  return trustCauses.filter((cause) => faults.some((fault) => fault.cause === cause));
}

interface Repair {
  statement: Statement;
  faults: Fault[];
}

/** The statements that need the fewest kinds of repair, the one that names the caller first. */
function nearestRepairs(policy: PolicyDocument, call: Call): { repairs: Repair[]; flipped: number | null } {
  const { candidates, foreign, flipped } = chooseCandidates(policy, call);
  const repairs = candidates.map((statement) => ({
    statement,
    faults: faultsOf(policy, statement, call, foreign),
  }));
  const size = ({ faults }: Repair) => kinds(faults).length;
  const least = Math.min(...repairs.map(size));
  const nearest = repairs.filter((repair) => size(repair) === least);
  const strangers = (repair: Repair) =>
    repair.faults.filter(({ cause }) => cause === 'eks/irsa-trust-subject').length;
  nearest.sort((a, b) => strangers(a) - strangers(b) || a.statement.index - b.statement.index);
  const only = nearest.length === 1 ? nearest[0] : undefined;
  return { repairs: nearest, flipped: flipped && only ? only.statement.index : null };
}

interface Candidates {
  candidates: Statement[];
  /** Whether they are written for another issuer throughout. */
  foreign: boolean;
  /** Whether they are Deny statements that read like grants. */
  flipped: boolean;
}

/** The statements a repair could start from: the best kind that the policy has. */
function chooseCandidates(policy: PolicyDocument, call: Call): Candidates {
  const allows = policy.statements.filter(({ effect }) => effect === 'Allow');
  const foreign = allows.filter((statement) => isForeign(statement, call));
  const unrelated = allows.filter((statement) => isUnrelated(statement, call));
  const meant = allows.filter((statement) => !foreign.includes(statement) && !unrelated.includes(statement));
  if (meant.length > 0) return { candidates: meant, foreign: false, flipped: false };
  const grants = policy.statements.filter((statement) => isFlippedGrant(statement, call));
  if (grants.length > 0) return { candidates: grants, foreign: false, flipped: true };
  const clusters = foreign.filter(namesServiceAccounts);
  if (clusters.length > 0) return { candidates: clusters, foreign: true, flipped: false };
  if (foreign.length > 0) return { candidates: foreign, foreign: true, flipped: false };
  return { candidates: unrelated, foreign: false, flipped: false };
}

/** Whether principal and condition keys alike name one other issuer. */
function isForeign(statement: Statement, call: Call): boolean {
  const issuers = statement.principals
    .map(({ value }) => issuerOfProvider(value))
    .filter((name) => name !== null);
  const others = issuers.filter((name) => compareIssuer(name, call.issuer) === 'other');
  if (statement.notPrincipal || others.length === 0 || others.length < issuers.length) return false;
  const keys = statement.conditions
    .map(({ key, values }) => keyMeaning(key, values, call.issuer))
    .filter(({ kind }) => kind !== 'other');
  const named = (meaning: (typeof keys)[number]) =>
    meaning.kind === 'misspelt' && meaning.issuer !== null && sameName(others, meaning.issuer);
  return keys.length > 0 && keys.every(named);
}

function sameName(names: string[], name: string): boolean {
  return names.some((other) => other.toLowerCase() === name.toLowerCase());
}

function namesServiceAccounts({ conditions }: Statement): boolean {
  return conditions.some(({ values }) => values.some((value) => /serviceaccount/i.test(value)));
}

/** Whether nothing in the statement speaks of web identity: `ec2.amazonaws.com` may assume the role, say. */
function isUnrelated(statement: Statement, call: Call): boolean {
  const federated = statement.principals.some(({ type }) => type === 'Federated' || type === '*');
  const keys = statement.conditions.some(
    ({ key, values }) => keyMeaning(key, values, call.issuer).kind !== 'other',
  );
  return !federated && !keys && !statement.notPrincipal && !actionMatches(statement);
}

/** A Deny that reads like a grant: it names this issuer, a subject and an audience, each by a positive condition. */
function isFlippedGrant(statement: Statement, call: Call): boolean {
  if (statement.effect !== 'Deny' || statement.notPrincipal || statement.notAction) return false;
  const claims = statement.conditions
    .filter((element) => !isNegated(element) && element.base !== 'null')
    .map(({ key, values }) => keyMeaning(key, values, call.issuer))
    .map((meaning) => (meaning.kind === 'other' ? null : meaning.claim));
  return claims.includes('sub') && claims.includes('aud');
}

function faultsOf(
  policy: PolicyDocument,
  statement: Statement,
  call: Call,
  foreign: boolean,
): Repair['faults'] {
  const fault = (cause: TrustCause, condition: ConditionElement | null = null): Fault => ({
    cause,
    statement: statement.index,
    condition,
  });
  const faults: Fault[] = [];
  if (statement.effect === 'Deny') faults.push(fault('eks/irsa-trust-explicit-deny'));
  if (foreign) faults.push(fault('eks/irsa-trust-other-cluster'));
  else if (!principalMatches(statement, call)) faults.push(fault('eks/irsa-trust-provider'));
  if (!actionMatches(statement)) faults.push(fault('eks/irsa-trust-action'));
  for (const element of statement.conditions)
    for (const cause of conditionCauses(policy, element, call, foreign)) faults.push(fault(cause, element));
  return faults;
}

/** What is wrong with a condition that is not met; empty where it is. In a foreign statement, keys are read as ours. */
function conditionCauses(
  policy: PolicyDocument,
  element: ConditionElement,
  call: Call,
  foreign: boolean,
): TrustCause[] {
  if (!foreign && met(policy, element, element.key, call)) return [];
  const meaning = keyMeaning(element.key, element.values, call.issuer);
  if (meaning.kind === 'other')
    return met(policy, element, element.key, call) ? [] : otherCauses(policy, element, call);
  if (meaning.kind === 'claim') return claimCauses(policy, element, element.key, meaning.claim, call);
  const key = `${call.issuer}:${meaning.claim}`;
  const further = met(policy, element, key, call)
    ? []
    : claimCauses(policy, element, key, meaning.claim, call);
  if (foreign)
    return namesServiceAccounts({ conditions: [element] } as Statement) || meaning.claim === 'aud'
      ? further
      : [];
  return ['eks/irsa-trust-condition-key', ...further];
}

function met(policy: PolicyDocument, element: ConditionElement, key: string, call: Call): boolean {
  return isMet(element, call.lookup(key), variables(policy, call));
}

/** The causes of an unmet condition on a claim of this issuer. */
function claimCauses(
  policy: PolicyDocument,
  element: ConditionElement,
  key: string,
  claim: string,
  call: Call,
): TrustCause[] {
  const mismatch: Record<Claim, TrustCause> = {
    sub: 'eks/irsa-trust-subject',
    aud: 'eks/irsa-trust-audience',
  };
  const otherwise = mismatch[claim as Claim] ?? 'eks/irsa-trust-other-condition';
  return [...formCauses(policy, element, key, call), ...(metAsMeant(element, key, call) ? [] : [otherwise])];
}

function otherCauses(policy: PolicyDocument, element: ConditionElement, call: Call): TrustCause[] {
  const form = formCauses(policy, element, element.key, call);
  return form.length > 0 && metAsMeant(element, element.key, call)
    ? form
    : ['eks/irsa-trust-other-condition'];
}

/** Values that are right in intention but not in form: a literal variable, a pattern under an equals operator. */
function formCauses(
  policy: PolicyDocument,
  element: ConditionElement,
  key: string,
  call: Call,
): TrustCause[] {
  if (isNegated(element) || element.base === 'null') return [];
  const causes: TrustCause[] = [];
  if (!policy.expandsVariables && element.values.some(hasPolicyVariable))
    causes.push('eks/irsa-trust-policy-version');
  if (isExact(element) && element.values.some(hasWildcard) && !isMet(element, call.lookup(key), call.lookup))
    causes.push('eks/irsa-trust-wildcard');
  return causes;
}

/** Whether the condition would be met with its variables expanded and its patterns matched as patterns. */
export function metAsMeant(element: ConditionElement, key: string, call: Call): boolean {
  const meant = isExact(element) ? { ...element, base: 'stringlike' } : element;
  return isMet(element, call.lookup(key), call.lookup) || isMet(meant, call.lookup(key), call.lookup);
}
