/** Requests that could tell two trust policies apart: made at random from everything that either of them names. */
import type { WebIdentityRequest } from '../../shared/domain/trust-policy.ts';
import type { Random } from './random.ts';
import type { Json } from './trust-draft.ts';

/** So many requests of other callers than the one given. */
export function otherRequests(
  policies: Json[],
  request: WebIdentityRequest,
  random: Random,
  count: number,
): WebIdentityRequest[] {
  const named = namesIn(policies, request);
  return Array.from({ length: count }, () => otherRequest(named, request, random)).filter(
    (other) => !isSameCaller(other, request),
  );
}

interface Names {
  issuers: string[];
  subjects: string[];
  audiences: string[];
  context: [key: string, values: unknown[]][];
}

function namesIn(policies: Json[], request: WebIdentityRequest): Names {
  const statements = policies.flatMap(({ Statement }) => [Statement].flat() as Json[]);
  const conditions = statements
    .flatMap(({ Condition }) => Object.values((Condition ?? {}) as Record<string, Json>))
    .flatMap((block) => Object.entries(block))
    .map(([key, value]): [string, unknown[]] => [key, [value].flat()]);
  const asked = (claim: string) =>
    conditions
      .filter(([key]) => key.toLowerCase().endsWith(claim))
      .flatMap(([, values]) => values.flatMap(instances));
  const subject = String(request.claims['sub']);
  const audience = String([request.claims['aud']].flat()[0]);
  return {
    issuers: [request.issuer, ...statements.flatMap(issuersOf)],
    subjects: [...neighbours(subject), ...asked('sub')],
    audiences: [audience, audience, 'vault', ...asked('aud')],
    context: [...conditions.filter(([key]) => isCircumstance(key)), ...variablesIn(conditions)],
  };
}

/** `aws:SourceIp`, but not `sts:aud`, which no request has. */
function isCircumstance(key: string): boolean {
  return /^(aws|sts):/i.test(key) && !/:(sub|aud)$/i.test(key);
}

function issuersOf(statement: Json): string[] {
  const principals = statement['Principal'] ?? statement['NotPrincipal'];
  const text = JSON.stringify(principals ?? '');
  return [...text.matchAll(/:oidc-provider\/([^"]+)"/g)].map(([, name]) => `https://${name}`);
}

/** The text itself, and one that it stands for where it is a pattern. */
function instances(value: unknown): string[] {
  return [String(value), String(value).replaceAll('*', 'q').replaceAll('?', 'z')];
}

function neighbours(subject: string): string[] {
  const [prefix, kind, namespace, name] = subject.split(':');
  const join = (...parts: unknown[]) => [prefix, kind, ...parts].join(':');
  return [
    subject,
    join(namespace, 'q'),
    join('q', name),
    join(namespace, `${name}x`),
    join(namespace, 'default'),
    'x',
  ];
}

/** Each context key that a policy variable names, with texts that could complete a subject. */
function variablesIn(conditions: [string, unknown[]][]): [string, unknown[]][] {
  const text = JSON.stringify(conditions);
  return [...text.matchAll(/\$\{((?:aws|sts):[^}]+)\}/g)].map(([, key]) => [
    String(key),
    ['q', 'z', 'default'],
  ]);
}

function otherRequest(named: Names, request: WebIdentityRequest, random: Random): WebIdentityRequest {
  const audience = random.pick(named.audiences);
  const claims: Json = {
    ...request.claims,
    sub: random.pick(named.subjects),
    aud: random.chance(0.5) ? [audience] : audience,
    ...(random.chance(0.2) ? { amr: random.pick(['mfa', ['p', 'q']]) } : {}),
  };
  if (random.chance(0.08)) delete claims[random.pick(['sub', 'aud'])];
  const context = { ...request.context };
  for (const [key, values] of named.context) if (random.chance(0.4)) context[key] = random.pick(values);
  if (random.chance(0.1)) delete context[random.pick(Object.keys(context))];
  return { ...request, issuer: random.pick(named.issuers), claims, context };
}

function isSameCaller(a: WebIdentityRequest, b: WebIdentityRequest): boolean {
  const caller = ({ issuer, claims }: WebIdentityRequest) =>
    JSON.stringify([issuer, claims['sub'], [claims['aud']].flat()]);
  return caller(a) === caller(b);
}
