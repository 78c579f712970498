/** Calls that nobody made yet, or that leave no event: each pair of a service account and a role, as if it called now. */
import { keyMeaning } from '../../../domain/condition-key.ts';
import { isNegated } from '../../../domain/condition.ts';
import { issuerName } from '../../../domain/issuer.ts';
import { hasPolicyVariable } from '../../../domain/pattern.ts';
import { parsePolicy } from '../../../domain/policy-document.ts';
import type { TrustCause, TrustDiagnosis } from '../../../domain/trust-causes.ts';
import type { WebIdentityRequest } from '../../../domain/trust-policy.ts';
import type { Caller, OidcProvider, Role } from '../../../domain/web-identity.ts';
import { latentCircumstances } from './circumstances.ts';
import { arnFault } from './denial.ts';
import { defaultAudience, type Diagnosis, type DiagnosisCause } from './diagnosis.ts';
import { providerOf, roleOf, serviceAccountOf, type WebIdentityGiven } from './given.ts';
import { lookUpBy } from './look-up-by.ts';
import { instanceOf, isPattern, pairsIn, type Pair } from './pairs.ts';
import { trustUnder } from './trust-under.ts';

/** Faults that no denial has shown: what was seen of the same caller and role is told by its denial. */
export function latentDiagnoses(given: WebIdentityGiven, seen: Diagnosis[]): Diagnosis[] {
  const key = (roleArn: string | null, issuer: string | null, subject: string | null) =>
    JSON.stringify([roleArn, issuer, subject]);
  const told = new Set(
    seen.flatMap(({ role, roleArn, issuer, subject }) => [
      key(roleArn, issuer, subject),
      key(role?.arn ?? roleArn, issuer, subject),
    ]),
  );
  return pairsIn(given)
    .filter(({ roleArn, cluster, subject }) => !told.has(key(roleArn, cluster.issuer, subject)))
    .flatMap((pair) => diagnosePair(given, pair) ?? []);
}

/** In the order in which STS decides; null where nothing is wrong, or where that rests on what nobody knows. */
function diagnosePair(given: WebIdentityGiven, pair: Pair): Diagnosis | null {
  const start = beginning(pair);
  const because = (cause: DiagnosisCause, role: Role | null = null): Diagnosis => ({
    ...start,
    role,
    causes: [cause],
  });
  if (pair.role) return byTrust(given, pair, pair.role);
  if (arnFault(given, pair.roleArn) !== null) return because('eks/irsa-role-arn-malformed');
  const known = roleOf(given, pair.roleArn);
  if (known.state === 'missing') return because('eks/irsa-role-missing');
  if (known.state === 'unread') return null;
  if (known.role.arn !== pair.roleArn) return because('eks/irsa-role-missing', known.role);
  return byTrust(given, pair, known.role);
}

function beginning({ cluster, roleArn, subject }: Pair): Diagnosis {
  return {
    causes: ['eks/irsa-undecided'],
    denial: null,
    roleArn,
    role: null,
    subject: isPattern(subject) ? null : subject,
    issuer: cluster.issuer,
    cluster,
    audience: null,
    trust: null,
    notes: [],
  };
}

function byTrust(given: WebIdentityGiven, pair: Pair, role: Role): Diagnosis | null {
  const { cluster, subject } = pair;
  const provider = providerOf(given, cluster.issuer);
  const audience = audienceOf(given, pair, role, provider);
  const circumstances = latentCircumstances(given.time);
  const request: WebIdentityRequest = {
    issuer: cluster.issuer,
    roleArn: role.arn,
    claims: { sub: instanceOf(subject), aud: [audience] },
    context: circumstances.context,
  };
  const { diagnosis } = trustUnder(role.trustPolicy, request, circumstances);
  const faults = diagnosis.causes.filter((cause) => !isDoubtful(cause, diagnosis));
  if (isPattern(subject) && faults[0] !== 'eks/irsa-trust-wildcard') return null;
  const [first, ...others] = [...providerFault(provider, audience), ...faults];
  if (!first) return null;
  return { ...beginning(pair), role, audience, trust: { request, diagnosis }, causes: [first, ...others] };
}

function providerFault(provider: OidcProvider | null | undefined, audience: string): DiagnosisCause[] {
  if (provider === null) return ['eks/irsa-provider-missing'];
  return provider && !provider.clientIds.includes(audience) ? ['eks/irsa-provider-audience'] : [];
}

/** What a variable would stand for is not known of a call that nobody made. */
function isDoubtful(cause: TrustCause, { faults, causes }: TrustDiagnosis): boolean {
  if (cause !== 'eks/irsa-trust-subject' || !causes.includes('eks/irsa-trust-policy-version')) return false;
  const own = faults.filter((fault) => fault.cause === cause);
  return own.every(({ condition }) => condition?.values.some(hasPolicyVariable));
}

const callersByRole = lookUpBy<Caller>(({ roleArn, subject }) => [JSON.stringify([roleArn, subject])]);

/** The annotation by which a service account asks for tokens with another audience. */
const audienceAnnotation = 'eks.amazonaws.com/audience';

/**
 * The audience of the service account's tokens: as its last call had it, as its annotation says, or the default.
 * Where neither was read, a policy that wants an audience which the provider takes is given the benefit of the doubt.
 */
function audienceOf(
  given: WebIdentityGiven,
  { cluster, subject }: Pair,
  role: Role,
  provider: OidcProvider | null | undefined,
): string {
  const [caller] = callersByRole(given.facts.denials?.callers, JSON.stringify([role.arn, subject]));
  if (caller?.audience) return caller.audience;
  const account = serviceAccountOf(given, cluster, subject);
  if (account) return account.annotations[audienceAnnotation] ?? defaultAudience;
  const wanted = audiencesWanted(role, issuerName(cluster.issuer));
  const taken = provider?.clientIds ?? wanted;
  const both = wanted.filter((audience) => taken.includes(audience));
  if (both.length > 0) return both.includes(defaultAudience) ? defaultAudience : (both[0] ?? defaultAudience);
  return wanted.length > 0 || taken.includes(defaultAudience)
    ? defaultAudience
    : (taken[0] ?? defaultAudience);
}

/** The audiences that the policy names for tokens of this issuer. */
function audiencesWanted({ trustPolicy }: Role, issuer: string): string[] {
  const parsed = parsePolicy(trustPolicy);
  const conditions = parsed.ok ? parsed.policy.statements.flatMap(({ conditions }) => conditions) : [];
  return conditions
    .filter((element) => {
      const meaning = keyMeaning(element.key, element.values, issuer);
      const ofOther = meaning.kind === 'misspelt' && meaning.issuerIs === 'other';
      return meaning.kind !== 'other' && meaning.claim === 'aud' && !ofOther && !isNegated(element);
    })
    .flatMap(({ values }) => values);
}
