/**
 * Why a trust policy refuses a call: the faults that belong to a smallest repair, statement by statement.
 *
 * Each statement that was meant for this token has a set of faults, one for each element that does not match. The
 * statements with the fewest kinds of fault are nearest to allowing, and their faults are the causes; a Deny that
 * matches belongs to every repair. Statements written for something else count only where none is meant for this token.
 */
import { isExact, isMet, isNegated } from './condition.ts';
import { keyMeaning } from './condition-key.ts';
import { compareIssuer, issuerOfProvider } from './issuer.ts';
import { hasPolicyVariable, hasWildcard } from './pattern.ts';
import {
  parsePolicy,
  type ConditionElement,
  type PolicyDocument,
  type Statement,
} from './policy-document.ts';
import { isMisspeltSubject } from './service-account.ts';
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
  /**
   * Every rule id that belongs to a smallest repair, the nearest statement's first; empty where the call is allowed or
   * the policy is malformed, and only there.
   */
  causes: TrustCause[];
  faults: Fault[];
  /** The statement that is nearest to allowing the call; null where the policy has none that could. */
  nearest: number | null;
}

/** Evaluates the policy and, where it does not allow the call, names the causes. Never throws, whatever JSON it is. */
export function diagnoseTrust(policy: unknown, request: WebIdentityRequest): TrustDiagnosis {
  const evaluation = evaluateTrust(policy, request);
  const parsed = parsePolicy(policy);
  if (!parsed.ok || evaluation.verdict === 'Allowed')
    return { ...evaluation, causes: [], faults: [], nearest: null };
  const repairs = nearestRepairs(parsed.policy, makeCall(request));
  const denyFaults = denialsBesides(repairs, evaluation);
  const primary = kinds([...(repairs[0]?.faults ?? []), ...denyFaults]);
  const faults = [...repairs.flatMap(({ faults }) => faults), ...denyFaults];
  const all = [...new Set([...primary, ...kinds(faults)])];
  // A policy in which nothing grants lacks, before all else, a statement that allows the action.
  const causes: TrustCause[] = repairs.length > 0 ? all : ['eks/irsa-trust-action', ...all];
  return { ...evaluation, causes, faults, nearest: repairs[0]?.statement.index ?? null };
}

/** The Deny statements that match; not the one whose effect is itself what is to be repaired. */
function denialsBesides(repairs: Repair[], { statements }: TrustEvaluation): Fault[] {
  const [first] = repairs;
  const flipped = repairs.length === 1 && first?.statement.effect === 'Deny' ? first.statement.index : null;
  return statements
    .filter(({ effect, matched, index }) => effect === 'Deny' && matched && index !== flipped)
    .map(({ index }) => ({ cause: 'eks/irsa-trust-explicit-deny', statement: index, condition: null }));
}

function kinds(faults: Fault[]): TrustCause[] {
  return trustCauses.filter((cause) => faults.some((fault) => fault.cause === cause));
}

interface Repair {
  statement: Statement;
  faults: Fault[];
}

/** The statements that need the fewest kinds of repair, the one that names the caller first. */
function nearestRepairs(policy: PolicyDocument, call: Call): Repair[] {
  const repairs = candidates(policy, call).map((statement) => ({
    statement,
    faults: faultsOf(policy, statement, call),
  }));
  const size = ({ faults }: Repair) => kinds(faults).length;
  const least = Math.min(...repairs.map(size));
  const strangers = ({ faults }: Repair) =>
    faults.filter(({ cause }) => cause === 'eks/irsa-trust-subject').length;
  return repairs
    .filter((repair) => size(repair) === least)
    .sort((a, b) => strangers(a) - strangers(b) || a.statement.index - b.statement.index);
}

/** The statements a repair could start from: those of the likeliest kind that the policy has. */
function candidates(policy: PolicyDocument, call: Call): Statement[] {
  const found = policy.statements.map((statement) => kindOf(policy, statement, call));
  const best = likelihood.find((kind) => found.includes(kind));
  return policy.statements.filter((_, index) => best !== undefined && found[index] === best);
}

/** What a statement was written for, the likeliest to be meant for this call first. */
const likelihood = [
  'this token',
  'this token, with Deny for Allow',
  'service accounts of another issuer',
  'this subject, with Deny for Allow',
  'another issuer',
  'whatever another issuer signs',
  'no web identity',
] as const;
type Kind = (typeof likelihood)[number];

function kindOf(policy: PolicyDocument, statement: Statement, call: Call): Kind | null {
  if (statement.effect === 'Deny') return flippedKind(statement, call);
  if (foreignIssuer(policy, statement, call) !== null)
    return namesServiceAccounts(statement, call) ? 'service accounts of another issuer' : 'another issuer';
  if (isUnrelated(statement, call)) return 'no web identity';
  return isStranger(statement, call) ? 'whatever another issuer signs' : 'this token';
}

/** A Deny that reads like a grant names a subject, and mostly an audience, each by a positive condition. */
function flippedKind({ conditions }: Statement, call: Call): Kind | null {
  const claims = conditions
    .filter((element) => !isNegated(element) && element.base !== 'null')
    .map((element) => claimMeant(element, call.issuer));
  if (!claims.includes('sub')) return null;
  return claims.includes('aud') ? 'this token, with Deny for Allow' : 'this subject, with Deny for Allow';
}

function claimMeant({ key, values }: ConditionElement, issuer: string): string | null {
  const meaning = keyMeaning(key, values, issuer);
  return meaning.kind === 'other' ? null : meaning.claim;
}

/** The issuer that principal and condition keys alike name in the place of this token's; null where they do not. */
function foreignIssuer(policy: PolicyDocument, statement: Statement, call: Call): string | null {
  const others = otherIssuers(statement, call);
  const claims = statement.conditions.filter((element) => claimMeant(element, call.issuer) !== null);
  const named = others.find((other) =>
    claims.some(({ key, values }) => namesOther(key, values, other, call)),
  );
  if (named === undefined) return null;
  const unexplained = claims.filter(
    (element) =>
      !namesOther(element.key, element.values, named, call) && !met(policy, element, element.key, call),
  );
  return unexplained.length === 0 ? named : null;
}

/** The other issuers that the principal names; empty where it names anything else of the kind as well. */
function otherIssuers({ principals, notPrincipal }: Statement, call: Call): string[] {
  const issuers = principals.map(({ value }) => issuerOfProvider(value)).filter((name) => name !== null);
  const others = issuers.filter((name) => compareIssuer(name, call.issuer) === 'other');
  return notPrincipal || others.length < issuers.length ? [] : others;
}

/** Whether the key names that issuer, rightly or not, and not this token's. */
function namesOther(key: string, values: readonly string[], other: string, call: Call): boolean {
  const meaning = keyMeaning(key, values, call.issuer);
  if (meaning.kind !== 'misspelt' || meaning.issuerIs !== 'other') return false;
  const there = keyMeaning(key, values, other);
  return there.kind === 'claim' || (there.kind === 'misspelt' && there.issuerIs !== 'other');
}

function namesServiceAccounts({ conditions }: Statement, { issuer, lookup }: Call): boolean {
  const subject = lookup(`${issuer}:sub`)?.[0] ?? '';
  return conditions.some(({ values }) =>
    values.some((value) => /serviceaccount/i.test(value) || isMisspeltSubject(value, subject)),
  );
}

/** Whether nothing in the statement speaks of web identity: `ec2.amazonaws.com` may assume the role, say. */
function isUnrelated(statement: Statement, call: Call): boolean {
  const federated = statement.principals.some(
    ({ type, value }) => (type === 'Federated' && !value.includes(':saml-provider/')) || type === '*',
  );
  const claims = statement.conditions.some((element) => claimMeant(element, call.issuer) !== null);
  return !federated && !claims && !statement.notPrincipal && !actionMatches(statement);
}

/** Whether it trusts other issuers and no condition speaks of a claim. */
function isStranger(statement: Statement, call: Call): boolean {
  const claims = statement.conditions.some((element) => claimMeant(element, call.issuer) !== null);
  return !claims && otherIssuers(statement, call).length > 0;
}

/** Everything that keeps the statement from allowing the call. */
function faultsOf(policy: PolicyDocument, statement: Statement, call: Call): Fault[] {
  const other = foreignIssuer(policy, statement, call);
  const reader = other === null ? call : readAs(other, call);
  const fault = (cause: TrustCause, condition: ConditionElement | null = null): Fault => ({
    cause,
    statement: statement.index,
    condition,
  });
  return [
    ...(statement.effect === 'Deny' ? [fault('eks/irsa-trust-explicit-deny')] : []),
    ...(other !== null ? [fault('eks/irsa-trust-other-cluster')] : []),
    ...(other === null && !principalMatches(statement, call) ? [fault('eks/irsa-trust-provider')] : []),
    ...(actionMatches(statement) ? [] : [fault('eks/irsa-trust-action')]),
    ...conditionsAtFault(policy, statement, reader).flatMap((condition) =>
      conditionCauses(policy, condition, reader).map((cause) => fault(cause, condition)),
    ),
  ];
}

/**
 * The conditions that are not met. Where one of them has a misspelt key, a condition with such a key that is met only
 * because no call has the key (`StringNotEquals`, `IfExists`, `ForAllValues`) is one too: the key is mended in both.
 */
function conditionsAtFault(
  policy: PolicyDocument,
  { conditions }: Statement,
  call: Call,
): ConditionElement[] {
  const misspelt = ({ key, values }: ConditionElement) =>
    keyMeaning(key, values, call.issuer).kind === 'misspelt';
  const unmet = conditions.filter((element) => !met(policy, element, element.key, call));
  return unmet.some(misspelt)
    ? conditions.filter((element) => unmet.includes(element) || misspelt(element))
    : unmet;
}

/** The same call as if the other issuer had signed the token: shows what else is wrong with a policy written for it. */
function readAs(other: string, call: Call): Call {
  const theirs = makeCall({ ...call.request, issuer: `https://${other}` });
  return { ...theirs, lookup: (key) => theirs.lookup(key) ?? call.lookup(key) };
}

/** What is wrong with a condition at fault. */
function conditionCauses(policy: PolicyDocument, element: ConditionElement, call: Call): TrustCause[] {
  const meaning = keyMeaning(element.key, element.values, call.issuer);
  if (meaning.kind === 'other') return otherCauses(policy, element, call);
  if (meaning.kind === 'claim') return claimCauses(policy, element, element.key, meaning.claim, call);
  const key = `${call.issuer}:${meaning.claim}`;
  const further = met(policy, element, key, call)
    ? []
    : claimCauses(policy, element, key, meaning.claim, call);
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
  const mismatch = metAsMeant(element, key, call) ? [] : [mismatchOf(claim)];
  return [...formCauses(policy, element, key, call), ...mismatch];
}

function mismatchOf(claim: string): TrustCause {
  if (claim === 'sub') return 'eks/irsa-trust-subject';
  return claim === 'aud' ? 'eks/irsa-trust-audience' : 'eks/irsa-trust-other-condition';
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
