/**
 * Whether something that the caller does not write shows that a grant was meant for it.
 *
 * Whoever may create a service account can annotate it with any role and wait for a report that tells somebody to let
 * it in. A grant is therefore printed only where the trust policy itself speaks of this caller.
 */
import { keyMeaning } from '../../../domain/condition-key.ts';
import { isNegated } from '../../../domain/condition.ts';
import { editDistance, issuerOfProvider } from '../../../domain/issuer.ts';
import { parsePolicy, type Statement } from '../../../domain/policy-document.ts';
import { isMisspeltSubject, parseSubject } from '../../../domain/service-account.ts';
import { metAsMeant, type TrustDiagnosis } from '../../../domain/trust-causes.ts';
import { makeCall, type WebIdentityRequest } from '../../../domain/trust-policy.ts';
import { clusterOf, isDead, isLive, type WebIdentityGiven } from './given.ts';

export interface Intent {
  shown: boolean;
  /** What shows it, or what would; a sentence. */
  why: string;
}

/** Looks for the intent in the statement that is nearest to allowing the call. */
export function intentOf(
  given: WebIdentityGiven,
  policy: unknown,
  request: WebIdentityRequest,
  diagnosis: TrustDiagnosis,
): Intent {
  const parsed = parsePolicy(policy);
  const statement =
    parsed.ok && diagnosis.nearest !== null ? parsed.policy.statements[diagnosis.nearest] : undefined;
  if (!statement) return { shown: false, why: 'No statement of the trust policy speaks of this caller.' };
  const subject = String(request.claims['sub']);
  if (diagnosis.causes.includes('eks/irsa-trust-other-cluster'))
    return intentOfReplacement(given, statement, subject);
  const call = makeCall(request);
  const values = subjectConditions(statement, call.issuer);
  if (values.length === 0)
    return speaksOfIssuer(statement, call.issuer)
      ? {
          shown: true,
          why: 'The statement is written for this cluster and names no service account of its own.',
        }
      : { shown: false, why: 'No statement of the trust policy speaks of this cluster.' };
  const key = `${call.issuer}:sub`;
  if (values.every((element) => metAsMeant(element, key, call)))
    return { shown: true, why: `The trust policy's own text names ${subject}.` };
  return intentOfNearMiss(
    given,
    values.flatMap(({ values }) => values),
    request,
  );
}

function subjectConditions({ conditions }: Statement, issuer: string) {
  return conditions.filter((element) => {
    const meaning = keyMeaning(element.key, element.values, issuer);
    return (
      meaning.kind !== 'other' && meaning.claim === 'sub' && !isNegated(element) && element.base !== 'null'
    );
  });
}

function speaksOfIssuer({ principals, conditions }: Statement, issuer: string): boolean {
  const keys = conditions.some(({ key, values }) => keyMeaning(key, values, issuer).kind !== 'other');
  return keys || principals.some(({ value }) => issuerOfProvider(value) === issuer);
}

/** A misspelling that no cluster can issue is absent from every cluster; another near miss must be shown to be absent. */
function intentOfNearMiss(given: WebIdentityGiven, allowed: string[], request: WebIdentityRequest): Intent {
  const subject = String(request.claims['sub']);
  const impossible = allowed.find((text) => isMisspeltSubject(text, subject));
  if (impossible !== undefined)
    return {
      shown: true,
      why: `The policy's "${impossible}" is no subject that a cluster can issue, and is recognisably this one.`,
    };
  const near = allowed.find((text) => parseSubject(text) !== null && editDistance(text, subject, 2) <= 2);
  if (near === undefined)
    return { shown: false, why: 'The trust policy names other service accounts, none like this one.' };
  return intentOfAbsence(given, near, request.issuer);
}

function intentOfAbsence(given: WebIdentityGiven, near: string, issuer: string): Intent {
  const cluster = clusterOf(given, issuer);
  const accounts = cluster ? given.facts.serviceAccounts?.[cluster.arn] : undefined;
  const name = parseSubject(near);
  const called = given.facts.denials?.callers.some(({ subject }) => subject === near);
  if (called)
    return {
      shown: false,
      why: `${near}, which the policy names, exists and calls: this is another service account.`,
    };
  if (!accounts || !name)
    return {
      shown: false,
      why: `Whether ${near}, which the policy names, exists in the cluster was not read; if it does not, this is a misspelling.`,
    };
  const exists = accounts.some(
    (account) => account.namespace === name.namespace && account.name === name.name,
  );
  return exists
    ? {
        shown: false,
        why: `${near}, which the policy names, exists in the cluster: this is another service account.`,
      }
    : {
        shown: true,
        why: `${near}, which the policy names, does not exist in the cluster, and is nearly this one.`,
      };
}

/** A policy written for a cluster that is gone, for this very service account: the cluster was replaced. */
function intentOfReplacement(given: WebIdentityGiven, statement: Statement, subject: string): Intent {
  const issuer =
    statement.principals.map(({ value }) => issuerOfProvider(value)).find((name) => name !== null) ?? '';
  const names = statement.conditions.some(({ values }) => values.includes(subject));
  if (!names) return { shown: false, why: `The statement for ${issuer} does not name this service account.` };
  if (isLive(given, issuer))
    return {
      shown: false,
      why: `${issuer} is a live cluster of its own; the policy may be meant for it alone.`,
    };
  return isDead(given, issuer) === true
    ? {
        shown: true,
        why: `The policy names this service account for ${issuer}, a cluster that is gone: this one replaced it.`,
      }
    : {
        shown: false,
        why: `Whether ${issuer}, for which the policy is written, still has a cluster could not be decided.`,
      };
}
