/**
 * The smallest edit of a trust policy that allows a refused call, proven before it is offered.
 *
 * Proven means: the edited policy allows the call; it answers as the old one for neighbours of the caller (other
 * namespace, name, issuer, audience …), at least 20 of which it refuses; and it answers as the old one for requests
 * made from the policy's own values. An edit never widens with a wildcard, never removes a Deny or a condition, and
 * never adds a caller's address. What cannot be proven is not offered.
 */
import { isNegated } from './condition.ts';
import { keyMeaning } from './condition-key.ts';
import { compareIssuer, editDistance, issuerOfProvider } from './issuer.ts';
import { parsePolicy, type ConditionElement, type Statement } from './policy-document.ts';
import { diagnoseTrust, type Fault, type TrustCause, type TrustDiagnosis } from './trust-causes.ts';
import { proveRepair, type Proof } from './trust-proof.ts';
import { makeCall, webIdentityAction, type Call, type WebIdentityRequest } from './trust-policy.ts';

export interface TrustRepair {
  /** What the edit does, one sentence. */
  summary: string;
  /** The whole policy after the edit. */
  policy: Record<string, unknown>;
  proof: Proof;
}

/** Causes that no edit of ours may repair: they are somebody's decision. */
const decisions: TrustCause[] = ['eks/irsa-trust-explicit-deny', 'eks/irsa-trust-other-condition'];

/** The longest trust policy that IAM takes unless the quota was raised, in characters without white space. */
export const trustPolicyQuota = 2048;

/** The proven repair, or null where the policy allows the call, is malformed, or needs a person's decision. */
export function repairTrust(
  policy: unknown,
  request: WebIdentityRequest,
  diagnosis?: TrustDiagnosis,
): TrustRepair | null {
  const { verdict, faults, causes } = diagnosis ?? diagnoseTrust(policy, request);
  const parsed = parsePolicy(policy);
  if (verdict !== 'ImplicitlyDenied' || causes.includes('eks/irsa-trust-explicit-deny') || !parsed.ok)
    return null;
  const call = makeCall(request);
  if (!isWhole(call)) return null;
  const document = asObject(policy);
  const statements = [...new Set(faults.map(({ statement }) => statement))];
  for (const index of statements) {
    const own = faults.filter(({ statement }) => statement === index);
    if (own.some(({ cause }) => decisions.includes(cause))) continue;
    const statement = parsed.policy.statements[index];
    if (!statement) continue;
    for (const edit of [editInPlace, appendGrant]) {
      const repaired = edit(document, statement, own, call);
      const proof = repaired && proveRepair(document, repaired.policy, request);
      if (repaired && proof?.holds) return { ...repaired, proof };
    }
  }
  return null;
}

/** Whether issuer, subject and audience are known, so that a grant can name them exactly. */
function isWhole(call: Call): boolean {
  const values = ['sub', 'aud'].map((claim) => call.lookup(`${call.issuer}:${claim}`));
  return values.every((value) => value?.length === 1 && !/[*?$]/.test(value[0] ?? '*'));
}

type Json = Record<string, unknown>;
type Edit = { policy: Json; summary: string } | null;

function asObject(policy: unknown): Json {
  return (typeof policy === 'string' ? JSON.parse(policy) : structuredClone(policy)) as Json;
}

/** The statement as it stands in the document, for editing. */
function rawStatement(document: Json, index: number): Json {
  const list = document['Statement'];
  return (Array.isArray(list) ? list[index] : list) as Json;
}

/** Mends each fault where it stands; null where one of them cannot be mended in place. */
function editInPlace(document: Json, statement: Statement, faults: Fault[], call: Call): Edit {
  const policy = structuredClone(document);
  const done: string[] = [];
  for (const { cause, condition } of faults) {
    const edit = edits[cause];
    const summary = edit?.({
      policy,
      raw: rawStatement(policy, statement.index),
      statement,
      condition,
      call,
    });
    if (!summary) return null;
    if (!done.includes(summary)) done.push(summary);
  }
  return done.length > 0 ? { policy, summary: sentence(done) } : null;
}

function sentence(parts: string[]): string {
  const text = parts.join('; ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

interface Place {
  policy: Json;
  raw: Json;
  statement: Statement;
  condition: ConditionElement | null;
  call: Call;
}

const edits: Partial<Record<TrustCause, (place: Place) => string | null>> = {
  'eks/irsa-trust-provider': mendPrincipal,
  'eks/irsa-trust-action': mendAction,
  'eks/irsa-trust-condition-key': mendKey,
  'eks/irsa-trust-policy-version': ({ policy }) => {
    policy['Version'] = '2012-10-17';
    return 'set the Version to 2012-10-17, so that ${…} is a variable';
  },
  'eks/irsa-trust-wildcard': (place) => addClaim(place, 'sub') ?? addClaim(place, 'aud'),
  'eks/irsa-trust-subject': (place) => addClaim(place, 'sub'),
  'eks/irsa-trust-audience': (place) => addClaim(place, 'aud'),
};

/** Replaces what names no provider of this account, keeps what does, adds the token's own. */
function mendPrincipal({ raw, statement, call }: Place): string | null {
  if (statement.notPrincipal) return null;
  const account = call.principal.slice(0, call.principal.indexOf('/') + 1);
  const keeps = statement.principals.filter(({ type, value }) => {
    const issuer = issuerOfProvider(value);
    const foreign =
      issuer !== null && value.startsWith(account) && compareIssuer(issuer, call.issuer) === 'other';
    return (
      type !== 'Federated' ||
      (foreign && !statement.conditions.some(({ key }) => key.startsWith(call.issuer)))
    );
  });
  const principal: Json = {};
  for (const { type, value } of keeps) principal[type] = joined(principal[type], value);
  if (keeps.some(({ type }) => type === '*')) return null;
  raw['Principal'] = { ...principal, Federated: joined(principal['Federated'], call.principal) };
  return `name ${call.principal} as the federated principal`;
}

function joined(before: unknown, value: string): string | string[] {
  if (before === undefined) return value;
  return [...(Array.isArray(before) ? (before as string[]) : [before as string]), value];
}

/** Replaces a misspelt action, otherwise adds the right one. */
function mendAction({ raw, statement }: Place): string | null {
  if (statement.notAction) return null;
  const right = (action: string) =>
    editDistance(action.toLowerCase(), webIdentityAction.toLowerCase(), 6) <= 6 && !/saml/i.test(action);
  const kept = statement.actions.filter((action) => !right(action) || /:AssumeRole$/i.test(action));
  raw['Action'] = kept.length > 0 ? [...kept, webIdentityAction] : webIdentityAction;
  return `allow the action ${webIdentityAction}`;
}

/** Gives a misspelt condition key its right name; null where that name is taken under the same operator. */
function mendKey({ raw, condition, call }: Place): string | null {
  if (!condition) return null;
  const meaning = keyMeaning(condition.key, condition.values, call.issuer);
  if (meaning.kind !== 'misspelt') return null;
  const block = (raw['Condition'] as Record<string, Json>)[condition.operator];
  const right = `${call.issuer}:${meaning.claim}`;
  if (!block || right in block) return null;
  for (const key of Object.keys(block)) {
    const value = block[key];
    delete block[key];
    block[key === condition.key ? right : key] = value;
  }
  return `write the condition key as ${right}`;
}

/** Adds the caller's own claim to the values of a positive condition; what is there stays. */
function addClaim({ raw, condition, call }: Place, claim: 'sub' | 'aud'): string | null {
  if (!condition || isNegated(condition) || condition.base === 'null') return null;
  const meaning = keyMeaning(condition.key, condition.values, call.issuer);
  if (meaning.kind === 'other' || meaning.claim !== claim) return null;
  const value = call.lookup(`${call.issuer}:${claim}`)?.[0];
  const block = (raw['Condition'] as Record<string, Json>)[condition.operator];
  const key = block && (condition.key in block ? condition.key : `${call.issuer}:${claim}`);
  if (value === undefined || !block || !key || !(key in block)) return null;
  if (condition.values.includes(value)) return `allow ${claim} ${value}`;
  block[key] = [...condition.values, value];
  return `add ${value} to the allowed ${claim}`;
}

/** Appends a statement that allows exactly this caller, under the further conditions of the statement it follows. */
function appendGrant(document: Json, statement: Statement, _: Fault[], call: Call): Edit {
  if (statement.effect === 'Deny') return null;
  const policy = structuredClone(document);
  const condition: Record<string, Json> = {};
  for (const element of statement.conditions) {
    if (keyMeaning(element.key, element.values, call.issuer).kind !== 'other' && !isKept(element, call))
      continue;
    const raw = (rawStatement(document, statement.index)['Condition'] as Record<string, Json>)[
      element.operator
    ];
    condition[element.operator] = { ...condition[element.operator], [element.key]: raw?.[element.key] };
  }
  const claims = Object.fromEntries(
    ['sub', 'aud'].map((claim) => [`${call.issuer}:${claim}`, call.lookup(`${call.issuer}:${claim}`)?.[0]]),
  );
  condition['StringEquals'] = { ...condition['StringEquals'], ...claims };
  const list = policy['Statement'];
  policy['Statement'] = [
    ...(Array.isArray(list) ? (list as unknown[]) : [list]),
    {
      Effect: 'Allow',
      Principal: { Federated: call.principal },
      Action: webIdentityAction,
      Condition: condition,
    },
  ];
  const subject = call.lookup(`${call.issuer}:sub`)?.[0] ?? '';
  return { policy, summary: `Append a statement that allows exactly ${subject} of ${call.issuer}.` };
}

/** Conditions on claims other than `sub` and `aud`, and exclusions, go with the grant. */
function isKept(element: ConditionElement, call: Call): boolean {
  const meaning = keyMeaning(element.key, element.values, call.issuer);
  return (
    meaning.kind === 'claim' && ((meaning.claim !== 'sub' && meaning.claim !== 'aud') || isNegated(element))
  );
}

/** Characters of a policy as IAM counts them against the quota: white space is free. */
export function policyLength(policy: unknown): number {
  return JSON.stringify(policy).replaceAll(/\s/g, '').length;
}
