/**
 * The smallest edit of a trust policy that allows a refused call, proven before it is offered.
 *
 * Proven means: the edited policy allows the call; it answers as the old one for neighbours of the caller (other
 * namespace, name, issuer, audience …), at least 20 of which it refuses; and it answers as the old one for requests
 * made from the policy's own values. An edit never widens with a wildcard, never removes a Deny or a condition, and
 * never adds a caller's address. What cannot be proven is not offered.
 */
import { isNegated } from './condition.ts';
import { keyMeaning, type Claim } from './condition-key.ts';
import { compareIssuer, editDistance, issuerOfProvider } from './issuer.ts';
import { hasPolicyVariable, variableKeys } from './pattern.ts';
import { parsePolicy, type ConditionElement, type Statement } from './policy-document.ts';
import { diagnoseTrust, type Fault, type TrustCause, type TrustDiagnosis } from './trust-causes.ts';
import { proveRepair, type Proof } from './trust-proof.ts';
import { makeCall, webIdentityAction, type Call, type WebIdentityRequest } from './trust-policy.ts';
import type { Localized } from '../words.ts';

export interface TrustRepair {
  /** What the edit does, one sentence. */
  summary: Localized;
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
  for (const index of repairable(faults)) {
    const own = faults.filter((fault) => fault.statement === index);
    const statement = parsed.policy.statements[index];
    for (const edit of [editInPlace, appendGrant]) {
      const repaired = statement ? edit(document, statement, own, call) : null;
      const proof = repaired && proveRepair(document, repaired.policy, request);
      if (repaired && proof?.holds) return { ...repaired, proof };
    }
  }
  return null;
}

/**
 * The statements that an edit may repair, the nearest first. Where the nearest names the caller, under a condition say,
 * none that names others is opened to it in its place.
 */
function repairable(faults: Fault[]): number[] {
  const statements = [...new Set(faults.map(({ statement }) => statement))];
  const strangers = (index: number) =>
    faults.filter(({ statement, cause }) => statement === index && cause === 'eks/irsa-trust-subject').length;
  return statements.filter(
    (index) =>
      strangers(index) === strangers(statements[0] ?? index) &&
      !faults.some(({ statement, cause }) => statement === index && decisions.includes(cause)),
  );
}

/** Whether issuer, subject and audience are known, so that a grant can name them exactly. */
function isWhole(call: Call): boolean {
  const values = ['sub', 'aud'].map((claim) => call.lookup(`${call.issuer}:${claim}`));
  return values.every((value) => value?.length === 1 && !/[*?$]/.test(value[0] ?? '*'));
}

type Json = Record<string, unknown>;
type Edit = { policy: Json; summary: Localized } | null;

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
  const done: Localized[] = [];
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
    if (!done.some(({ en }) => en === summary.en)) done.push(summary);
  }
  return done.length > 0 ? { policy, summary: sentence(done) } : null;
}

/** The English parts are clauses of one sentence, the Japanese ones sentences without the full stop. */
function sentence(parts: Localized[]): Localized {
  const text = parts.map(({ en }) => en).join('; ');
  return {
    en: `${text.charAt(0).toUpperCase()}${text.slice(1)}.`,
    ja: parts.map(({ ja }) => `${ja}。`).join(''),
  };
}

interface Place {
  policy: Json;
  raw: Json;
  statement: Statement;
  condition: ConditionElement | null;
  call: Call;
}

const edits: Partial<Record<TrustCause, (place: Place) => Localized | null>> = {
  'eks/irsa-trust-provider': mendPrincipal,
  'eks/irsa-trust-action': mendAction,
  'eks/irsa-trust-condition-key': mendKey,
  'eks/irsa-trust-policy-version': ({ policy }) => {
    policy['Version'] = '2012-10-17';
    return {
      en: 'set the Version to 2012-10-17, so that ${…} is a variable',
      ja: '${…} が変数として扱われるように、Version を 2012-10-17 にしてください',
    };
  },
  'eks/irsa-trust-wildcard': (place) => addClaim(place, 'sub') ?? addClaim(place, 'aud'),
  'eks/irsa-trust-subject': (place) => addClaim(place, 'sub'),
  'eks/irsa-trust-audience': (place) => addClaim(place, 'aud'),
};

/** Replaces what names no provider of this account, keeps what does, adds the token's own. */
function mendPrincipal({ raw, statement, call }: Place): Localized | null {
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
  raw['Principal'] = { ...principal, Federated: joined(principal['Federated'], call.principal) };
  return {
    en: `name ${call.principal} as the federated principal`,
    ja: `フェデレーテッドプリンシパルとして ${call.principal} を指定してください`,
  };
}

function joined(before: unknown, value: string): string | string[] {
  if (before === undefined) return value;
  return [...(Array.isArray(before) ? (before as string[]) : [before as string]), value];
}

/** Replaces a misspelt action, otherwise adds the right one. */
function mendAction({ raw, statement }: Place): Localized | null {
  if (statement.notAction) return null;
  const right = (action: string) =>
    editDistance(action.toLowerCase(), webIdentityAction.toLowerCase(), 6) <= 6 && !/saml/i.test(action);
  const kept = statement.actions.filter((action) => !right(action) || /:AssumeRole$/i.test(action));
  raw['Action'] = kept.length > 0 ? [...kept, webIdentityAction] : webIdentityAction;
  return {
    en: `allow the action ${webIdentityAction}`,
    ja: `アクション ${webIdentityAction} を許可してください`,
  };
}

/** Gives a misspelt condition key its right name; null where that name is taken under the same operator. */
function mendKey({ raw, condition, call }: Place): Localized | null {
  if (!condition) return null;
  const meaning = keyMeaning(condition.key, condition.values, call.issuer);
  if (meaning.kind !== 'misspelt') return null;
  const right = `${call.issuer}:${meaning.claim}`;
  const blocks = raw['Condition'] as Record<string, Json>;
  const entries = Object.entries(blocks[condition.operator] ?? {});
  if (entries.some(([key]) => key.toLowerCase() === right.toLowerCase())) return null;
  blocks[condition.operator] = Object.fromEntries(
    entries.map(([key, value]) => [key === condition.key ? right : key, value]),
  );
  return { en: `write the condition key as ${right}`, ja: `条件キーを ${right} に書き換えてください` };
}

/** Adds the caller's own claim to the values of a positive condition; what is there stays. */
function addClaim({ raw, condition, call }: Place, claim: Claim): Localized | null {
  if (!condition || isExclusion(condition) || claimOf(condition, call) !== claim) return null;
  const block = (raw['Condition'] as Record<string, Json>)[condition.operator] ?? {};
  const key = [condition.key, `${call.issuer}:${claim}`].find((name) => Object.hasOwn(block, name));
  if (key === undefined) return null;
  const value = ownClaim(call, claim);
  if (condition.values.includes(value))
    return { en: `allow ${claim} ${value}`, ja: `${claim} の値 ${value} を許可してください` };
  block[key] = [...condition.values, value];
  return {
    en: `add ${value} to the allowed ${claim}`,
    ja: `許可する ${claim} に ${value} を追加してください`,
  };
}

function claimOf({ key, values }: ConditionElement, { issuer }: Call): string | null {
  const meaning = keyMeaning(key, values, issuer);
  return meaning.kind === 'other' ? null : meaning.claim;
}

/** The token's own claim; `isWhole` has seen to it that there is exactly one. */
function ownClaim(call: Call, claim: Claim): string {
  return call.lookup(`${call.issuer}:${claim}`)?.[0] ?? '';
}

/** Whether the condition shuts callers out; to let one in regardless is a decision, as it is with a Deny. */
function isExclusion(element: ConditionElement): boolean {
  return isNegated(element) || element.base === 'null';
}

/**
 * Appends a statement that allows exactly this caller, under the further conditions of the statement it follows. An
 * exclusion that shuts this caller out goes with it, so that the grant is not proven.
 */
function appendGrant(document: Json, statement: Statement, faults: Fault[], call: Call): Edit {
  const condition = statement.effect === 'Allow' ? grantCondition(document, statement, faults, call) : null;
  if (condition === null) return null;
  const grant = {
    Effect: 'Allow',
    Principal: { Federated: call.principal },
    Action: webIdentityAction,
    Condition: condition,
  };
  const policy = structuredClone(document);
  policy['Statement'] = [policy['Statement'], grant].flat();
  const further = Object.values(condition).flatMap((block) => Object.keys(block as Json)).length > 2;
  return { policy, summary: grantSummary(call, further) };
}

function grantSummary(call: Call, hasFurther: boolean): Localized {
  const subject = ownClaim(call, 'sub');
  const under = hasFurther ? ', under the further conditions of the statement that it follows' : '';
  const furtherJa = hasFurther ? '元のステートメントのほかの条件はそのまま引き継ぎます。' : '';
  return {
    en: `Append a statement that allows exactly ${subject} of ${call.issuer}${under}.`,
    ja: `${call.issuer} の ${subject} だけを許可するステートメントを追加してください。${furtherJa}`,
  };
}

/** The statement's conditions with exactly this caller's subject and audience in the place of those that it allows. */
function grantCondition(document: Json, statement: Statement, faults: Fault[], call: Call): Json | null {
  const kept = statement.conditions.filter((element) => !isImplied(element, faults, call));
  const exact = { ...exactClaims(call), ...writtenOut(faults, call) };
  const taken = (operator: string) =>
    kept.some((element) => element.operator === operator && hasKey(exact, element.key));
  const free = ['StringEquals', 'StringLike'].find((operator) => !taken(operator));
  if (free === undefined || Object.values(exact).some((value) => /[*?$]/.test(value))) return null;
  const raw = rawStatement(document, statement.index)['Condition'] as Record<string, Json>;
  const condition: Record<string, Json> = {};
  for (const { operator, key } of kept)
    condition[operator] = { ...condition[operator], [key]: raw[operator]?.[key] };
  return { ...condition, [free]: { ...condition[free], ...exact } };
}

function hasKey(block: Json, key: string): boolean {
  return Object.keys(block).some((name) => name.toLowerCase() === key.toLowerCase());
}

function exactClaims(call: Call): Record<string, string> {
  return Object.fromEntries(
    (['sub', 'aud'] as const).map((claim) => [`${call.issuer}:${claim}`, ownClaim(call, claim)]),
  );
}

/** Whether exactly this caller's subject and audience leave nothing more for the condition to ask. */
function isImplied(element: ConditionElement, faults: Fault[], call: Call): boolean {
  const claim = claimOf(element, call);
  if ((claim !== 'sub' && claim !== 'aud') || isExclusion(element)) return false;
  return faults.some(({ condition }) => condition === element) || !element.values.some(hasPolicyVariable);
}

/** The variables that the policy's Version leaves literal, each with the value that it would have had for this call. */
function writtenOut(faults: Fault[], call: Call): Record<string, string> {
  const keys = faults
    .filter(({ cause }) => cause === 'eks/irsa-trust-policy-version')
    .flatMap(({ condition }) => condition?.values ?? [])
    .flatMap(variableKeys);
  const asked = keys.filter((key) => keyMeaning(key, [], call.issuer).kind === 'other');
  return Object.fromEntries(asked.map((key) => [key, call.lookup(key)?.[0] ?? '']));
}

/** Characters of a policy as IAM counts them against the quota: white space is free. */
export function policyLength(policy: unknown): number {
  return JSON.stringify(policy).replaceAll(/\s/g, '').length;
}
