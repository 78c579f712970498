/** Calls that nobody made yet, or that leave no event: each pair of a cluster and a service account that a role names. */
import { keyMeaning } from '../../../domain/condition-key.ts';
import { isExact, isNegated } from '../../../domain/condition.ts';
import { compareIssuer, issuerName, issuerOfProvider } from '../../../domain/issuer.ts';
import { hasPolicyVariable } from '../../../domain/pattern.ts';
import { parsePolicy, type ConditionElement, type Statement } from '../../../domain/policy-document.ts';
import { parseSubject } from '../../../domain/service-account.ts';
import type { TrustCause, TrustDiagnosis } from '../../../domain/trust-causes.ts';
import type { WebIdentityRequest } from '../../../domain/trust-policy.ts';
import type { Cluster, Role } from '../../../domain/web-identity.ts';
import { latentCircumstances } from './circumstances.ts';
import type { Diagnosis } from './diagnosis.ts';
import { explainTrust } from './explained-trust.ts';
import { ownRoles, type WebIdentityGiven } from './given.ts';
import { trustUnder } from './trust-under.ts';

/** The audience that EKS gives its tokens unless the service account asks for another. */
export const defaultAudience = 'sts.amazonaws.com';

/** Faults of the roles' trust policies that no denial has shown; one for each role, cluster and set of causes. */
export function latentDiagnoses(given: WebIdentityGiven, seen: Diagnosis[]): Diagnosis[] {
  const found = new Map<string, Refusal[]>();
  for (const role of ownRoles(given))
    for (const { cluster, subject } of pairsOf(given, role)) {
      const refusal = refusalOf(given, role, cluster, subject);
      if (!refusal || isSeen(refusal, seen)) continue;
      const key = JSON.stringify([role.arn, cluster.arn, refusal.causes]);
      found.set(key, [...(found.get(key) ?? []), refusal]);
    }
  return [...found.values()].flatMap((refusals) => latentDiagnosis(given, refusals) ?? []);
}

/** One pair that would be refused. */
interface Refusal {
  role: Role;
  cluster: Cluster;
  subject: string;
  causes: [TrustCause, ...TrustCause[]];
  request: WebIdentityRequest;
  diagnosis: TrustDiagnosis;
}

/** Refusals of one role for the same causes, told as one. */
function latentDiagnosis(given: WebIdentityGiven, refusals: Refusal[]): Diagnosis | null {
  const [first, ...others] = refusals;
  if (!first) return null;
  const { role, cluster, causes, request, diagnosis } = first;
  const patterns = refusals.some(({ subject }) => isPattern(subject));
  const trust = explainTrust(given, role, [request, ...others.map((other) => other.request)], diagnosis);
  return {
    causes,
    denial: null,
    roleArn: role.arn,
    role,
    subjects: refusals.map(({ subject }) => subject).filter((subject) => !isPattern(subject)),
    issuer: cluster.issuer,
    cluster,
    audience: defaultAudience,
    trust: patterns ? { ...trust, repair: null } : trust,
    notes: [],
  };
}

interface Pair {
  cluster: Cluster;
  /** As the policy names it; it may be a pattern. */
  subject: string;
}

/** The clusters and service accounts that the role's Allow statements were written for. */
function pairsOf(given: WebIdentityGiven, role: Role): Pair[] {
  const parsed = parsePolicy(role.trustPolicy);
  if (!parsed.ok) return [];
  const clusters = (given.facts.clusters?.clusters ?? []).filter(({ issuer }) => issuer !== null);
  const pairs = parsed.policy.statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap((statement) =>
      clustersFor(statement, clusters).flatMap((cluster) =>
        namedSubjects(statement, issuerName(cluster.issuer ?? '')).map((subject) => ({ cluster, subject })),
      ),
    );
  return [...new Map(pairs.map((pair) => [`${pair.cluster.arn} ${pair.subject}`, pair])).values()];
}

/** The clusters that the statement names; where it names none rightly, the one that it names misspelt. */
function clustersFor(statement: Statement, clusters: Cluster[]): Cluster[] {
  const named = clusters.map((cluster) => ({
    cluster,
    how: naming(statement, issuerName(cluster.issuer ?? '')),
  }));
  const rightly = named.filter(({ how }) => how === 'same');
  const misspelt = named.filter(({ how }) => how === 'misspelt');
  return (rightly.length > 0 ? rightly : misspelt.length === 1 ? misspelt : []).map(({ cluster }) => cluster);
}

/** How principal or condition keys name the issuer, at best. */
function naming({ principals, conditions }: Statement, issuer: string): 'same' | 'misspelt' | 'other' {
  const ofPrincipals = principals
    .filter(({ type }) => type === 'Federated')
    .map(({ value }) => compareIssuer(issuerOfProvider(value) ?? value, issuer));
  const meanings = conditions.map(({ key, values }) => keyMeaning(key, values, issuer));
  const ofKeys = meanings.flatMap((meaning) =>
    meaning.kind === 'claim'
      ? ['same' as const]
      : meaning.kind === 'misspelt' && meaning.issuer !== null
        ? [meaning.issuerIs]
        : [],
  );
  const all = [...ofPrincipals, ...ofKeys];
  return all.includes('same') ? 'same' : all.includes('misspelt') ? 'misspelt' : 'other';
}

function namedSubjects({ conditions }: Statement, issuer: string): string[] {
  return conditions.flatMap((element) => {
    const meaning = keyMeaning(element.key, element.values, issuer);
    if (meaning.kind === 'other' || meaning.claim !== 'sub' || isNegated(element)) return [];
    return element.values.filter((value) => parseSubject(value) !== null || isDeadPattern(element, value));
  });
}

/** A pattern under an equals operator: no cluster issues a subject with `*` or `?` in it. */
function isDeadPattern(element: ConditionElement, value: string): boolean {
  return isExact(element) && parseSubject(instanceOf(value)) !== null;
}

function isPattern(subject: string): boolean {
  return /[*?]/.test(subject);
}

/** Some service account that the pattern was meant to match. */
function instanceOf(pattern: string): string {
  return pattern.replaceAll('*', 'app').replaceAll('?', 'a');
}

/** Why the pair would be refused; null where it would not, or where that rests on what nobody knows. */
function refusalOf(given: WebIdentityGiven, role: Role, cluster: Cluster, subject: string): Refusal | null {
  const circumstances = latentCircumstances(given.time);
  const request: WebIdentityRequest = {
    issuer: cluster.issuer ?? '',
    roleArn: role.arn,
    claims: { sub: instanceOf(subject), aud: [defaultAudience] },
    context: circumstances.context,
  };
  const { diagnosis } = trustUnder(role.trustPolicy, request, circumstances);
  const [first, ...others] = diagnosis.causes.filter((cause) => !isDoubtful(cause, diagnosis));
  if (!first || asksForOtherAudience(given, diagnosis, request)) return null;
  if (isPattern(subject) && first !== 'eks/irsa-trust-wildcard') return null;
  return { role, cluster, subject, causes: [first, ...others], request, diagnosis };
}

/** What a variable would stand for is not known of a call that nobody made. */
function isDoubtful(cause: string, { faults, causes }: TrustDiagnosis): boolean {
  if (cause !== 'eks/irsa-trust-subject' || !causes.includes('eks/irsa-trust-policy-version')) return false;
  const own = faults.filter((fault) => fault.cause === cause);
  return own.every(({ condition }) => condition?.values.some(hasPolicyVariable));
}

/** A service account may ask for another audience by annotation: a policy that wants one the provider takes is innocent. */
function asksForOtherAudience(
  { facts }: WebIdentityGiven,
  { causes, faults }: TrustDiagnosis,
  { issuer }: WebIdentityRequest,
): boolean {
  if (!causes.includes('eks/irsa-trust-audience')) return false;
  const wanted = faults.flatMap(({ cause, condition }) =>
    cause === 'eks/irsa-trust-audience' ? (condition?.values ?? []) : [],
  );
  const provider = facts.oidcProviders?.find(({ arn }) => issuerOfProvider(arn) === issuerName(issuer));
  return provider === undefined || wanted.some((audience) => provider.clientIds.includes(audience));
}

/** Whether a denial already tells the same fault of the same role. */
function isSeen({ causes, role, cluster }: Refusal, seen: Diagnosis[]): boolean {
  return seen.some(
    (other) =>
      other.role?.arn === role.arn && other.cluster?.arn === cluster.arn && other.causes[0] === causes[0],
  );
}
