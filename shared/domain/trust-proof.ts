/** Proof that an edited trust policy grants what was intended and nothing else. */
import { keyMeaning } from './condition-key.ts';
import { issuerName, issuerOfProvider } from './issuer.ts';
import { variableKeys } from './pattern.ts';
import { parsePolicy, type ConditionElement, type PolicyDocument } from './policy-document.ts';
import { parseSubject } from './service-account.ts';
import { judgeTrust, makeCall, type Call, type WebIdentityRequest } from './trust-policy.ts';

export interface Proof {
  holds: boolean;
  /** Neighbours of the caller that both policies refuse. */
  neighboursDenied: number;
  /** Requests whose answer was compared between the two policies. */
  compared: number;
  /** Why it does not hold; null where it does. */
  why: string | null;
}

/** So many neighbours must be refused, or the policy is too wide for a proof to mean anything. */
const neighboursNeeded = 20;

/** Compares the policies over the caller, its neighbours and requests made from the policies' own values. */
export function proveRepair(before: unknown, after: unknown, request: WebIdentityRequest): Proof {
  const [old, edited] = [parsePolicy(before), parsePolicy(after)];
  if (!old.ok || !edited.ok) return failed('the edited policy is malformed', 0, 0);
  if (!allows(edited.policy, makeCall(request)))
    return failed('the edited policy does not allow the call', 0, 0);
  const neighbours = neighboursOf(request);
  const others = [...neighbours, ...requestsFrom([old.policy, edited.policy], request)];
  for (const other of others) {
    const call = makeCall(other);
    if (allows(old.policy, call) !== allows(edited.policy, call))
      return failed(`the answer for ${describe(other)} changes`, 0, others.length);
  }
  const denied = neighbours.filter((other) => !allows(edited.policy, makeCall(other))).length;
  if (denied < neighboursNeeded)
    return failed(`only ${denied} neighbours of the caller are refused`, denied, others.length);
  return { holds: true, neighboursDenied: denied, compared: others.length, why: null };
}

function failed(why: string, neighboursDenied: number, compared: number): Proof {
  return { holds: false, neighboursDenied, compared, why };
}

function allows(policy: PolicyDocument, call: Call): boolean {
  return judgeTrust(policy, call) === 'Allowed';
}

function describe({ issuer, claims }: WebIdentityRequest): string {
  return `${String(claims['sub'])} of ${issuerName(issuer)}`;
}

/** Callers that resemble this one and are not it. */
function neighboursOf(request: WebIdentityRequest): WebIdentityRequest[] {
  const withSubject = (sub: string) => ({ ...request, claims: { ...request.claims, sub } });
  const withIssuer = (issuer: string) => ({ ...request, issuer });
  const withAudience = (aud: string) => ({ ...request, claims: { ...request.claims, aud: [aud] } });
  const without = (claim: string) => ({
    ...request,
    claims: Object.fromEntries(Object.entries(request.claims).filter(([name]) => name !== claim)),
  });
  return [
    ...neighbourSubjects(String(request.claims['sub'])).map(withSubject),
    ...neighbourIssuers(request.issuer).map(withIssuer),
    ...[
      'sts',
      'sts.amazonaws.com.cn',
      'https://kubernetes.default.svc',
      'vault',
      `${audience(request)}x`,
    ].map(withAudience),
    without('sub'),
    without('aud'),
  ].filter((other) => !isSameCaller(other, request));
}

function audience({ claims }: WebIdentityRequest): string {
  return String(Array.isArray(claims['aud']) ? claims['aud'][0] : claims['aud']);
}

function neighbourSubjects(subject: string): string[] {
  const { namespace, name } = parseSubject(subject) ?? { namespace: 'default', name: subject };
  const names = [
    `${name}x`,
    `x${name}`,
    `${name}-2`,
    name.slice(0, -1),
    name.slice(1),
    'default',
    'admin',
    name.toUpperCase(),
  ];
  const namespaces = [
    `${namespace}x`,
    `x${namespace}`,
    `${namespace}-2`,
    namespace.slice(0, -1),
    'default',
    'kube-system',
    'zz-other',
  ];
  return [
    ...names.map((other) => `system:serviceaccount:${namespace}:${other}`),
    ...namespaces.map((other) => `system:serviceaccount:${other}:${name}`),
    `system:serviceaccount:${name}:${namespace}`,
    `system:serviceaccount:zz-other:nobody`,
    `system:serviceaccount:${namespace}:${name}:${name}`,
    `${subject} `,
    `x${subject}`,
    `${namespace}:${name}`,
    'system:anonymous',
    `system:node:${name}`,
    'repo:example/app:ref:refs/heads/main',
  ];
}

function neighbourIssuers(issuer: string): string[] {
  const other = issuer.replace(/[0-9A-Za-z](?=\/?$)/, (last) => (last === '0' ? '1' : '0'));
  return [
    other,
    `${issuer}x`,
    `${issuer}/`,
    'https://oidc.eks.us-east-1.amazonaws.com/id/00000000000000000000000000000000',
    'https://token.actions.githubusercontent.com',
    'https://accounts.google.com',
    issuer.replace(/^https:\/\//, 'https://x'),
  ];
}

function isSameCaller(a: WebIdentityRequest, b: WebIdentityRequest): boolean {
  return (
    a.issuer === b.issuer &&
    String(a.claims['sub']) === String(b.claims['sub']) &&
    audience(a) === audience(b)
  );
}

/** Requests made from every issuer, subject, audience and circumstance that the policies name, and the caller's own. */
function requestsFrom(policies: PolicyDocument[], request: WebIdentityRequest): WebIdentityRequest[] {
  const statements = policies.flatMap(({ statements }) => statements);
  const elements = statements.flatMap(({ conditions }) => conditions);
  const values = (claim: string) =>
    elements
      .filter(({ key }) => key.toLowerCase().endsWith(claim))
      .flatMap(({ values }) => values.flatMap(instances));
  const issuers = statements
    .flatMap(({ principals }) => principals.flatMap(({ value }) => issuerOfProvider(value) ?? []))
    .map((name) => `https://${name}`);
  const audiences = few([audience(request), ...values('aud')]);
  const made: WebIdentityRequest[] = [];
  for (const issuer of few([request.issuer, ...issuers]))
    for (const sub of few([String(request.claims['sub']), ...values('sub')]))
      for (const context of contextsFrom(elements, request, sub))
        for (const aud of audiences)
          made.push({ ...request, issuer, claims: { ...request.claims, sub, aud: [aud] }, context });
  return made.filter((other) => !isSameCaller(other, request));
}

/** A bound on each dimension keeps the product small, whatever the policy holds. */
function few<T>(values: T[]): T[] {
  return [...new Set(values)].slice(0, 12);
}

/** The value itself, and one text for it where it is a pattern. */
function instances(value: string): string[] {
  return /[*?]/.test(value) ? [value, value.replaceAll('*', 'zz').replaceAll('?', 'z')] : [value];
}

/**
 * The caller's circumstances; none; those that the policies ask for; and those that make a variable in the policies
 * stand for a part of the subject.
 */
function contextsFrom(
  elements: ConditionElement[],
  request: WebIdentityRequest,
  sub: string,
): Record<string, unknown>[] {
  const issuer = issuerName(request.issuer);
  const others = elements.filter(({ key, values }) => keyMeaning(key, values, issuer).kind === 'other');
  const wanted = others.map(({ key, values }) => [key, instances(values[0] ?? '').at(-1)] as const);
  const variables = elements.flatMap(({ values }) => values.flatMap(variableKeys));
  const { namespace, name } = parseSubject(sub) ?? { namespace: sub, name: sub };
  const standing = [namespace, name, sub].map((part) => variables.map((key) => [key, part] as const));
  const changes = [...(others.length > 0 ? [wanted] : []), ...(variables.length > 0 ? standing : [])];
  return [
    request.context,
    {},
    ...changes.map((entries) => ({ ...request.context, ...Object.fromEntries(entries) })),
  ];
}
