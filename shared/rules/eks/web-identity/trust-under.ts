/** Diagnoses a trust policy where part of the call's circumstances is not known. */
import { keyMeaning } from '../../../domain/condition-key.ts';
import { issuerName } from '../../../domain/issuer.ts';
import { variableKeys } from '../../../domain/pattern.ts';
import { parsePolicy, type ConditionElement } from '../../../domain/policy-document.ts';
import { diagnoseTrust, type TrustDiagnosis } from '../../../domain/trust-causes.ts';
import type { ElementExplanation, WebIdentityRequest } from '../../../domain/trust-policy.ts';
import type { Circumstances } from './circumstances.ts';

export interface TrustUnder {
  /** The diagnosis as far as it does not rest on what is unknown. */
  diagnosis: TrustDiagnosis;
  /** Conditions that would decide the call, on keys whose value nobody recorded; empty where they decide nothing. */
  open: ConditionElement[];
}

/**
 * Diagnoses the policy with unknown conditions taken as met in an Allow and as not met in a Deny: what is still refused
 * is refused whatever they are. Where the rest allows the call, they are `open`.
 */
export function trustUnder(
  policy: unknown,
  request: WebIdentityRequest,
  circumstances: Circumstances,
): TrustUnder {
  const parsed = parsePolicy(policy);
  const full = diagnoseTrust(policy, request);
  if (!parsed.ok) return { diagnosis: full, open: [] };
  const issuer = issuerName(request.issuer);
  const expands = parsed.policy.expandsVariables;
  const restsOnUnknown = (value: string) =>
    expands && variableKeys(value).some((key) => isOther(key, [], issuer) && circumstances.isUnknown(key));
  const open = ({ key, values }: ConditionElement) =>
    (isOther(key, values, issuer) && circumstances.isUnknown(key)) || values.some(restsOnUnknown);
  const unknown = parsed.policy.statements.map(({ conditions }) => conditions.filter(open));
  if (unknown.every((elements) => elements.length === 0)) return { diagnosis: full, open: [] };
  const certain = diagnoseTrust(withoutUnknown(policy, unknown), request);
  if (certain.verdict !== 'Allowed') return { diagnosis: certain, open: [] };
  const applying = full.statements.filter(({ elements }) =>
    elements.every((element) => element.matched || mayMatch(element, unknown)),
  );
  const denies = applying
    .filter(({ effect }) => effect === 'Deny')
    .flatMap(({ index }) => unknown[index] ?? []);
  const allows = applying.filter(({ effect }) => effect === 'Allow').map(({ index }) => unknown[index] ?? []);
  const surely = allows.some((elements) => elements.length === 0);
  return { diagnosis: certain, open: [...denies, ...(surely ? [] : allows.flat())] };
}

function isOther(key: string, values: string[], issuer: string): boolean {
  return keyMeaning(key, values, issuer).kind === 'other';
}

function mayMatch({ operator, key }: ElementExplanation, unknown: ConditionElement[][]): boolean {
  return unknown.flat().some((element) => element.operator === operator && element.key === key);
}

/** The policy without its unknown conditions; a Deny that has one is made to match nothing. Indexes stay. */
function withoutUnknown(policy: unknown, unknown: ConditionElement[][]): unknown {
  const document = structuredClone(typeof policy === 'string' ? (JSON.parse(policy) as unknown) : policy) as {
    Statement: Record<string, unknown> | Record<string, unknown>[];
  };
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  for (const [index, elements] of unknown.entries()) {
    const statement = statements[index];
    if (!statement || elements.length === 0) continue;
    if (statement['Effect'] === 'Deny') statement['Condition'] = { Bool: { 'aws:SecureTransport': 'never' } };
    else for (const { operator, key } of elements) remove(statement['Condition'], operator, key);
  }
  return document;
}

function remove(condition: unknown, operator: string, key: string): void {
  const block = (condition as Record<string, Record<string, unknown>>)[operator];
  if (block) delete block[key];
}
