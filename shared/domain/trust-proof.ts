/** Proof that an edited trust policy grants what was intended and nothing else. */
import { issuerName, issuerOfProvider } from './issuer.ts';
import { parsePolicy, type PolicyDocument } from './policy-document.ts';
import { parseSubject } from './service-account.ts';
import { judgeTrust, makeCall, type WebIdentityRequest } from './trust-policy.ts';

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
  if (!allows(edited.policy, request)) return failed('the edited policy does not allow the call', 0, 0);
  const neighbours = neighboursOf(request);
  const others = [...neighbours, ...requestsFrom([old.policy, edited.policy], request)];
  for (const other of others)
    if (allows(old.policy, other) !== allows(edited.policy, other))
      return failed(`the answer for ${describe(other)} changes`, 0, others.length);
  const denied = neighbours.filter((other) => !allows(edited.policy, other)).length;
  if (denied < neighboursNeeded)
    return failed(`only ${denied} neighbours of the caller are refused`, denied, others.length);
  return { holds: true, neighboursDenied: denied, compared: others.length, why: null };
}

function failed(why: string, neighboursDenied: number, compared: number): Proof {
  return { holds: false, neighboursDenied, compared, why };
}

function allows(policy: PolicyDocument, request: WebIdentityRequest): boolean {
  return judgeTrust(policy, makeCall(request)) === 'Allowed';
}

function describe({ issuer, claims }: WebIdentityRequest): string {
  return `${String(claims['sub'])} of ${issuerName(issuer)}`;
}

/** Callers that resemble this one and are not it. */
function neighboursOf(request: WebIdentityRequest): WebIdentityRequest[] {
  const withSubject = (sub: string) => ({ ...request, claims: { ...request.claims, sub } });
  const withIssuer = (issuer: string) => ({ ...request, issuer });
  const withAudience = (aud: string) => ({ ...request, claims: { ...request.claims, aud: [aud] } });
  const { sub: _sub, ...noSubject } = request.claims;
  const { aud: _aud, ...noAudience } = request.claims;
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
    { ...request, claims: noSubject },
    { ...request, claims: noAudience },
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

/** Requests made from every issuer, subject, audience and context value that the policies name, and the caller's own. */
function requestsFrom(policies: PolicyDocument[], request: WebIdentityRequest): WebIdentityRequest[] {
  const elements = policies.flatMap(({ statements }) => statements.flatMap(({ conditions }) => conditions));
  const values = (suffix: string) =>
    elements
      .filter(({ key }) => key.toLowerCase().endsWith(suffix))
      .flatMap(({ values }) => values.flatMap(instances));
  const principals = policies.flatMap(({ statements }) => statements.flatMap(({ principals }) => principals));
  const issuers = principals
    .flatMap(({ value }) => issuerOfProvider(value) ?? [])
    .map((name) => `https://${name}`);
  const subjects = few([String(request.claims['sub']), ...values('sub')]);
  const audiences = few([audience(request), ...values('aud')]);
  const contexts = [request.context, {}, ...contextsFrom(elements, request)];
  const made: WebIdentityRequest[] = [];
  for (const issuer of few([request.issuer, ...issuers]))
    for (const sub of subjects)
      for (const aud of audiences)
        for (const context of contexts)
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

/** The caller's circumstances with each other context key that the policies name set to what they ask for. */
function contextsFrom(
  elements: { key: string; values: string[] }[],
  request: WebIdentityRequest,
): Record<string, unknown>[] {
  const others = elements.filter(({ key }) => !/:(sub|aud)$/i.test(key));
  const wanted = Object.fromEntries(
    others.map(({ key, values }) => [key, instances(values[0] ?? '').at(-1)]),
  );
  return others.length > 0 ? [{ ...request.context, ...wanted }] : [];
}
