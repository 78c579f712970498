/** The diagnosis of web-identity calls: those that CloudTrail saw refused, and those that would be refused today. */
import { parseRoleArn, roleArnFault } from '../../../domain/arn.ts';
import { issuerOfProvider, parseEksIssuer } from '../../../domain/issuer.ts';
import { trustCauses } from '../../../domain/trust-causes.ts';
import type { Cluster, Denial, Role } from '../../../domain/web-identity.ts';
import { circumstancesOf } from './circumstances.ts';
import { explainTrust, type ExplainedTrust } from './explained-trust.ts';
import { clusterOf, providerOf, roleOf, type WebIdentityGiven } from './given.ts';
import { latentDiagnoses } from './latent.ts';
import { trustUnder } from './trust-under.ts';

/** The causes that a diagnosis can name; each is the rule that tells it. */
export const diagnosisCauses = [
  ...trustCauses,
  'eks/irsa-role-arn-malformed',
  'eks/irsa-role-missing',
  'eks/irsa-provider-missing',
  'eks/irsa-provider-audience',
  'eks/irsa-denied-outside-trust',
  'eks/irsa-token-rejected',
  'eks/irsa-session-duration',
  'eks/sts-region-disabled',
  'eks/irsa-undecided',
] as const;
export type DiagnosisCause = (typeof diagnosisCauses)[number];

/** One refused call, or one that would be refused, and why. */
export interface Diagnosis {
  /** The first is the rule that tells it, the others are also wrong. */
  causes: [DiagnosisCause, ...DiagnosisCause[]];
  /** The refused calls; null where the fault is latent. */
  denial: Denial | null;
  /** As the caller wrote it. */
  roleArn: string | null;
  role: Role | null;
  /** The callers' subjects: one for a denial, one or more for a latent fault. */
  subjects: string[];
  issuer: string | null;
  cluster: Cluster | null;
  audience: string | null;
  trust: ExplainedTrust | null;
  /** Why it was decided so, or what would decide it; sentences. */
  notes: string[];
}

let last: { key: unknown[]; diagnoses: Diagnosis[] } | undefined;

/** Every diagnosis of the observation, made once for all rules that tell a part of it. */
export function diagnose(given: WebIdentityGiven): Diagnosis[] {
  const { facts, place, time } = given;
  const key = [
    place.account,
    time,
    facts.denials,
    facts.roles,
    facts.namedRoles,
    facts.oidcProviders,
    facts.clusters,
    facts.issuerDiscovery,
    facts.serviceAccounts,
  ];
  if (last && key.every((item, index) => item === last?.key[index])) return last.diagnoses;
  const seen = (facts.denials?.denials ?? [])
    .filter(isOurs)
    .flatMap((denial) => diagnoseDenial(given, denial) ?? []);
  const diagnoses = [...seen, ...latentDiagnoses(given, seen)];
  last = { key, diagnoses };
  return diagnoses;
}

/** Callers of other identity providers (GitHub Actions, say) are not a cluster's workloads. */
function isOurs({ subject, provider }: Denial): boolean {
  if (subject?.startsWith('system:serviceaccount:') || (subject === null && provider === null)) return true;
  return provider !== null && parseEksIssuer(issuerOfProvider(provider) ?? '') !== null;
}

/** Refused by overload or by AWS's own fault: not a denial that anything here could explain. */
const transient = /^(throttl|serviceunavailable|internal|requestlimitexceeded|requestexpired)/i;

/** In the order in which STS decides. Null where nothing is wrong any more. */
export function diagnoseDenial(given: WebIdentityGiven, denial: Denial): Diagnosis | null {
  if (transient.test(denial.errorCode) || isOver(given, denial)) return null;
  const start = beginning(given, denial);
  if (denial.errorCode !== 'AccessDenied') return byErrorCode(given, start, denial);
  const { roleArn } = denial;
  if (roleArn === null)
    return undecided(start, ['The record names no role: CloudTrail gives no request parameters.']);
  if (roleArnFault(roleArn) !== null) return { ...start, causes: ['eks/irsa-role-arn-malformed'] };
  const known = roleOf(given, roleArn);
  if (known.state === 'missing') return { ...start, causes: ['eks/irsa-role-missing'] };
  if (known.state === 'unread') return undecided(start, [`The role could not be looked at: ${known.why}.`]);
  if (known.role.arn !== roleArn) return { ...start, role: known.role, causes: ['eks/irsa-role-missing'] };
  return diagnoseTrustOf(given, { ...start, role: known.role }, denial);
}

/** Whether the same caller got the same role after the last refusal. */
function isOver({ facts }: WebIdentityGiven, { roleArn, subject, provider, lastSeen }: Denial): boolean {
  const callers = facts.denials?.callers ?? [];
  return callers.some(
    (caller) =>
      caller.roleArn === roleArn &&
      caller.subject === subject &&
      caller.provider === provider &&
      caller.lastSeen > lastSeen,
  );
}

function beginning(given: WebIdentityGiven, denial: Denial): Diagnosis {
  const issuerName = denial.provider === null ? null : issuerOfProvider(denial.provider);
  const issuer = issuerName === null ? null : `https://${issuerName}`;
  return {
    causes: ['eks/irsa-undecided'],
    denial,
    roleArn: denial.roleArn,
    role: null,
    subjects: denial.subject === null ? [] : [denial.subject],
    issuer,
    cluster: issuer === null ? null : clusterOf(given, issuer),
    audience: denial.audience,
    trust: null,
    notes: [],
  };
}

function undecided(start: Diagnosis, notes: string[]): Diagnosis {
  return { ...start, causes: ['eks/irsa-undecided'], notes };
}

/** Errors other than AccessDenied name their cause themselves. */
function byErrorCode(given: WebIdentityGiven, start: Diagnosis, denial: Denial): Diagnosis | null {
  const { errorCode, errorMessage } = denial;
  const message = errorMessage ?? '';
  if (/^RegionDisabled$/i.test(errorCode)) return { ...start, causes: ['eks/sts-region-disabled'] };
  if (/No OpenIDConnect provider found/i.test(message)) return providerMissing(given, start, message);
  if (/Incorrect token audience/i.test(message)) return { ...start, causes: ['eks/irsa-provider-audience'] };
  if (/^(ExpiredToken|IDPCommunicationError|IDPRejectedClaim)$/i.test(errorCode))
    return { ...start, causes: ['eks/irsa-token-rejected'] };
  // One InvalidIdentityToken may be a passing fault: the SDKs retry it.
  if (/^InvalidIdentityToken$/i.test(errorCode))
    return denial.events > 1 ? { ...start, causes: ['eks/irsa-token-rejected'] } : null;
  if (/ARN is invalid/i.test(message)) return { ...start, causes: ['eks/irsa-role-arn-malformed'] };
  if (/DurationSeconds exceeds/i.test(message)) return sessionDuration(given, start);
  return undecided(start, [`STS answered ${errorCode}${message ? `: ${message}` : ''}.`]);
}

function providerMissing(given: WebIdentityGiven, start: Diagnosis, message: string): Diagnosis | null {
  const issuer = /for (https:\/\/\S+)/.exec(message)?.[1] ?? start.issuer;
  if (issuer !== null && providerOf(given, issuer)) return null; // it was made since
  return {
    ...start,
    issuer,
    cluster: issuer === null ? null : clusterOf(given, issuer),
    causes: ['eks/irsa-provider-missing'],
  };
}

function sessionDuration(given: WebIdentityGiven, start: Diagnosis): Diagnosis {
  const known = start.roleArn === null ? null : roleOf(given, start.roleArn);
  return {
    ...start,
    role: known?.state === 'exists' ? known.role : null,
    causes: ['eks/irsa-session-duration'],
  };
}

/** The role exists and the token was verified: what is left is the trust policy, and what lies outside of it. */
function diagnoseTrustOf(
  given: WebIdentityGiven,
  start: Diagnosis & { role: Role | null },
  denial: Denial,
): Diagnosis {
  const { role, subjects, audience, issuer } = start;
  const [subject] = subjects;
  if (!role || subject === undefined)
    return undecided(start, ['The record does not say who called: it has no user name.']);
  if (issuer === null)
    return undecided(start, ['The record does not name the OIDC provider, so the cluster is not known.']);
  const removed =
    providerOf(given, issuer) === null && parseRoleArn(role.arn)?.account === given.place.account;
  if (removed)
    return {
      ...start,
      causes: ['eks/irsa-provider-missing'],
      notes: ['The provider existed when the call was refused and was deleted since.'],
    };
  const circumstances = circumstancesOf(denial.latest);
  const claims = audience === null ? { sub: subject } : { sub: subject, aud: [audience] };
  const request = { issuer, roleArn: role.arn, claims, context: circumstances.context };
  const { diagnosis, open } = trustUnder(role.trustPolicy, request, circumstances);
  if (diagnosis.verdict === 'Malformed')
    return undecided(start, [`The trust policy could not be evaluated: ${diagnosis.malformed.join('; ')}.`]);
  if (open.length > 0) {
    const suspects = open.map(({ operator, key, values }) => `${operator} ${key} ${values.join(', ')}`);
    return undecided(start, [
      `The rest of the trust policy allows the call; CloudTrail does not record what decides: ${suspects.join('; ')}.`,
    ]);
  }
  const trust = explainTrust(given, role, [request], diagnosis);
  const [first, ...others] = diagnosis.causes;
  return { ...start, trust, causes: first ? [first, ...others] : ['eks/irsa-denied-outside-trust'] };
}
