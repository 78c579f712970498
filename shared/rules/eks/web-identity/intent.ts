/**
 * Whether something that the caller does not write shows that a grant was meant for it.
 *
 * Whoever may create a service account can annotate it with any role and wait for a report that tells somebody to let
 * it in. A grant is therefore printed only where the trust policy itself speaks of this caller.
 */
import { keyMeaning } from '../../../domain/condition-key.ts';
import { isNegated } from '../../../domain/condition.ts';
import { editDistance, issuerOfProvider } from '../../../domain/issuer.ts';
import { parsePolicy, type ConditionElement, type Statement } from '../../../domain/policy-document.ts';
import { isMisspeltSubject, parseSubject } from '../../../domain/service-account.ts';
import { metAsMeant, type TrustDiagnosis } from '../../../domain/trust-causes.ts';
import { makeCall, type Call, type WebIdentityRequest } from '../../../domain/trust-policy.ts';
import type { Caller, Denial } from '../../../domain/web-identity.ts';
import { clusterOf, isDead, isLive, serviceAccountOf, type WebIdentityGiven } from './given.ts';
import { lookUpBy } from './look-up-by.ts';
import type { Localized } from '../../../words.ts';

export interface Intent {
  shown: boolean;
  /** What shows it, or what would; a sentence. */
  why: Localized;
}

/** Looks for the intent in the statement that is nearest to allowing the call. */
export function intentOf(
  given: WebIdentityGiven,
  policy: unknown,
  { request, diagnosis }: { request: WebIdentityRequest; diagnosis: TrustDiagnosis },
): Intent {
  const parsed = parsePolicy(policy);
  const statement =
    parsed.ok && diagnosis.nearest !== null ? parsed.policy.statements[diagnosis.nearest] : undefined;
  if (!statement)
    return notShown(
      'No statement of the trust policy speaks of this caller.',
      '信頼ポリシーには、この呼び出し元に関するステートメントがありません。',
    );
  const call = makeCall(request);
  const subject = String(request.claims['sub']);
  if (diagnosis.causes.includes('eks/irsa-trust-other-cluster'))
    return intentOfReplacement(given, statement, subject, request.issuer);
  const conditions = subjectConditions(statement, call.issuer);
  if (conditions.length === 0)
    return notShown(
      'The trust policy names no service account that this one could be meant by.',
      '信頼ポリシーには、この呼び出し元を意図したと考えられるサービスアカウントの指定がありません。',
    );
  const spoken = conditions.map((element) => valueFor(element, subject, call));
  if (spoken.every((value) => value !== undefined)) return speaks(spoken, subject);
  const allowed = conditions.flatMap(({ values }) => values);
  return intentOfNearMiss(given, allowed, subject, request.issuer);
}

function shown(en: string, ja: string): Intent {
  return { shown: true, why: { en, ja } };
}

function notShown(en: string, ja: string): Intent {
  return { shown: false, why: { en, ja } };
}

function subjectConditions({ conditions }: Statement, issuer: string): ConditionElement[] {
  return conditions.filter((element) => {
    const meaning = keyMeaning(element.key, element.values, issuer);
    return (
      meaning.kind !== 'other' && meaning.claim === 'sub' && !isNegated(element) && element.base !== 'null'
    );
  });
}

/**
 * The value that was meant for this subject, taken as a pattern. Its namespace must be spelt out: what a wildcard or a
 * variable stands for there is the caller's choice, and shows nothing.
 */
function valueFor(element: ConditionElement, subject: string, call: Call): string | undefined {
  const namespace = parseSubject(subject)?.namespace;
  const prefix = `system:serviceaccount:${namespace}:`;
  return element.values.find(
    (value) =>
      namespace !== undefined &&
      value.startsWith(prefix) &&
      metAsMeant({ ...element, values: [value] }, `${call.issuer}:sub`, call),
  );
}

function speaks(values: (string | undefined)[], subject: string): Intent {
  const pattern = values.find((value) => value !== subject);
  return pattern === undefined
    ? shown(`The trust policy itself names ${subject}.`, `信頼ポリシー自体に ${subject} が指定されています。`)
    : shown(
        `The trust policy's "${pattern}" was meant for ${subject} among others.`,
        `信頼ポリシーの "${pattern}" は、${subject} も対象として書かれたものです。`,
      );
}

/** A misspelling that no cluster can issue is absent from every cluster; another near miss must be shown to be absent. */
function intentOfNearMiss(
  given: WebIdentityGiven,
  allowed: string[],
  subject: string,
  issuer: string,
): Intent {
  const impossible = allowed.find((text) => isMisspeltSubject(text, subject));
  if (impossible !== undefined)
    return shown(
      `The policy's "${impossible}" is no subject that a cluster can issue, and is recognisably this one.`,
      `ポリシーの "${impossible}" はクラスターが発行できるサブジェクトではなく、この呼び出し元の書き誤りと判断できます。`,
    );
  const near = allowed.filter((text) => isNearMiss(text, subject));
  if (near.length === 0)
    return notShown(
      'The trust policy names other service accounts, and nothing shows that this one was meant.',
      '信頼ポリシーはほかのサービスアカウントを指定しており、この呼び出し元が意図されていたことを示すものはありません。',
    );
  const presences = near.map((text) => presenceOf(given, text, issuer));
  const present = presences.find(({ shown }) => !shown);
  if (!present && serviceAccountOf(given, clusterOf(given, issuer), subject) === null)
    return notShown(
      'The caller is not in the cluster any more, so nothing shows that it was meant.',
      '呼び出し元はすでにクラスターに存在しないため、意図されていたことを示すものはありません。',
    );
  return present ?? (presences[0] as Intent);
}

/**
 * Whether one name may be the other, misspelt: in namespace or name one wrong character, in a long part of it two.
 * Another number (`worker-1`), a part of one or two letters (`team-a`, `eu`) is another name.
 */
function isNearMiss(a: string, b: string): boolean {
  const [allowed, called] = [parseSubject(a), parseSubject(b)];
  if (!allowed || !called) return false;
  if (allowed.namespace === called.namespace) return isMisspelt(allowed.name, called.name);
  return allowed.name === called.name && isMisspelt(allowed.namespace, called.namespace);
}

function isMisspelt(a: string, b: string): boolean {
  if (a.replaceAll(/\D/g, '') !== b.replaceAll(/\D/g, '')) return false;
  const [partsA, partsB] = [a.split(/[-.]/), b.split(/[-.]/)];
  if (partsA.length !== partsB.length) return editDistance(a, b, 1) <= 1;
  const changed = partsA.flatMap((part, index) =>
    part === partsB[index] ? [] : [[part, partsB[index] ?? '']],
  );
  return changed.length === 1 && changed.every(([part = '', other = '']) => isSlip(part, other));
}

function isSlip(a: string, b: string): boolean {
  const shorter = Math.min(a.length, b.length);
  const most = shorter < 6 ? 1 : 2;
  return shorter > 2 && editDistance(a, b, most) <= most;
}

const callersBySubject = lookUpBy<Caller>(({ subject }) => [subject]);
const denialsBySubject = lookUpBy<Denial>(({ subject }) => (subject === null ? [] : [subject]));

/** Whether a name that is nearly the caller's is absent from the cluster, so that the caller must be meant by it. */
function presenceOf(given: WebIdentityGiven, near: string, issuer: string): Intent {
  const { denials } = given.facts;
  const name = `${near}, which the policy names,`;
  const nameJa = `ポリシーが指定している ${near}`;
  if (callersBySubject(denials?.callers, near).length + denialsBySubject(denials?.denials, near).length > 0)
    return notShown(
      `${name} exists and calls: this is another service account.`,
      `${nameJa} は存在し、呼び出しも行っています。この呼び出し元とは別のサービスアカウントです。`,
    );
  const account = serviceAccountOf(given, clusterOf(given, issuer), near);
  if (account === undefined)
    return notShown(
      `Whether ${name} exists in the cluster was not read; if it does not, this is a misspelling.`,
      `${nameJa} がクラスターに存在するかどうかは読み取られていません。存在しなければ、書き誤りです。`,
    );
  return account
    ? notShown(
        `${name} exists in the cluster: this is another service account.`,
        `${nameJa} はクラスターに存在します。この呼び出し元とは別のサービスアカウントです。`,
      )
    : shown(
        `${name} does not exist in the cluster, and is nearly this one.`,
        `${nameJa} はクラスターに存在せず、この呼び出し元とほぼ同じ名前です。`,
      );
}

/** A policy written for a cluster that is gone, for this very service account: the cluster was replaced. */
function intentOfReplacement(
  given: WebIdentityGiven,
  { principals, conditions }: Statement,
  subject: string,
  issuer: string,
): Intent {
  const old = principals.map(({ value }) => issuerOfProvider(value)).find((name) => name !== null) ?? '';
  if (!conditions.some(({ values }) => values.includes(subject)))
    return notShown(
      `The statement for ${old} does not name this service account.`,
      `${old} 向けのステートメントは、このサービスアカウントを指定していません。`,
    );
  if (isLive(given, old))
    return notShown(
      `${old} is a live cluster of its own; the policy may be meant for it alone.`,
      `${old} は現存する別のクラスターです。ポリシーはそのクラスター専用の可能性があります。`,
    );
  if (isDead(given, old) !== true)
    return notShown(
      `Whether ${old}, for which the policy is written, still has a cluster could not be decided.`,
      `ポリシーが対象とする ${old} のクラスターがまだ存在するかどうかは判断できませんでした。`,
    );
  return clusterOf(given, issuer)
    ? shown(
        `The policy names this service account for ${old}, a cluster that is gone: this one replaced it.`,
        `ポリシーは、削除済みのクラスター ${old} についてこのサービスアカウントを指定しています。現在のクラスターはその後継です。`,
      )
    : notShown(
        `${old}, for which the policy is written, is gone, but the caller's cluster is not this account's.`,
        `ポリシーが対象とする ${old} は削除済みですが、呼び出し元のクラスターはこのアカウントのものではありません。`,
      );
}
