/** Why a call was refused that CloudTrail recorded, decided in the order in which STS decides. */
import { parseRoleArn, roleArnFault } from '../../../domain/arn.ts';
import { issuerOfProvider, parseEksIssuer } from '../../../domain/issuer.ts';
import { parsePolicy, type ConditionElement } from '../../../domain/policy-document.ts';
import { evaluateTrust } from '../../../domain/trust-policy.ts';
import type { Caller, Denial } from '../../../domain/web-identity.ts';
import { circumstancesOf } from './circumstances.ts';
import { byAbsentProvider, byTrust } from './denial-by-trust.ts';
import { because, defaultAudience, type Diagnosis } from './diagnosis.ts';
import { clusterOf, providerOf, roleOf, rolesNamed, type WebIdentityGiven } from './given.ts';
import { lookUpBy } from './look-up-by.ts';
import { en, ja, type Localized } from '../../../words.ts';

/** Callers of other identity providers (GitHub Actions, say) are not a cluster's workloads. */
export function isOurs(given: WebIdentityGiven, { subject, provider, errorMessage }: Denial): boolean {
  if (subject?.startsWith('system:serviceaccount:')) return true;
  const issuer = provider === null ? issuerInMessage(errorMessage) : issuerIn(provider);
  if (issuer === null) return subject === null;
  return parseEksIssuer(issuer) !== null || clusterOf(given, issuer) !== null;
}

/** Without `https://`; also of a provider's ARN that is not quite one. */
function issuerIn(provider: string): string {
  return issuerOfProvider(provider) ?? provider.split(':oidc-provider/').at(-1) ?? provider;
}

function issuerInMessage(message: string | null): string | null {
  return (
    /No OpenIDConnect provider found .*\bhttps:\/\/(\S+)/i.exec(message ?? '')?.[1]?.replace(/\.$/, '') ??
    null
  );
}

/** Refused by overload or by AWS's own fault: not a denial that anything here could explain. */
const transient = /^(throttl|serviceunavailable|internal|requestlimitexceeded|requestexpired)/i;

/** In the order in which STS decides. Null where nothing is wrong any more. */
export function diagnoseDenial(given: WebIdentityGiven, denial: Denial): Diagnosis | null {
  if (transient.test(denial.errorCode)) return null;
  const success = successSince(given, denial);
  const start = beginning(given, denial);
  if (denial.errorCode !== 'AccessDenied') return success ? null : byErrorCode(given, start, denial);
  const diagnosis = byRole(given, start, denial);
  if (diagnosis?.causes[0] === 'eks/irsa-denied-outside-trust' && isMended(given, diagnosis, denial))
    return null;
  if (!success || !diagnosis) return diagnosis;
  return isOfCircumstances(diagnosis)
    ? noted(diagnosis, {
        en: `The same caller got the role at ${success.lastSeen}: calls under these circumstances stay refused.`,
        ja: `同じ呼び出し元は ${success.lastSeen} にロールを引き受けています。拒否されるのは、この条件での呼び出しだけです。`,
      })
    : null;
}

/** Whether today's trust policy, which allows the call, was written after the last refusal. */
function isMended({ facts }: WebIdentityGiven, { role }: Diagnosis, { lastSeen }: Denial): boolean {
  const changes = facts.denials?.trustChanges ?? {};
  const changed = role && Object.hasOwn(changes, role.name) ? changes[role.name] : undefined;
  return [changed, role?.createdAt].some(
    (time) => time !== null && time !== undefined && time.slice(0, 19) >= lastSeen.slice(0, 19),
  );
}

const callersByCall = lookUpBy<Caller>((caller) => [callKey(caller)]);

function callKey({ roleArn, subject, provider }: Pick<Denial, 'roleArn' | 'subject' | 'provider'>): string {
  return JSON.stringify([roleArn, subject, provider]);
}

/** A call by which the same caller got the same role after the last refusal. */
function successSince({ facts }: WebIdentityGiven, denial: Denial): Caller | undefined {
  const sameAudience = (audience: string | null) =>
    audience === null || denial.audience === null || audience === denial.audience;
  return callersByCall(facts.denials?.callers, callKey(denial)).find(
    ({ lastSeen, audience }) => lastSeen > denial.lastSeen && sameAudience(audience),
  );
}

/** Whether only conditions on where or how the call was made refuse it: a success from elsewhere mends nothing then. */
function isOfCircumstances({ trust, role }: Diagnosis): boolean {
  const parsed = parsePolicy(role?.trustPolicy);
  if (!trust || !parsed.ok || trust.diagnosis.faults.length === 0) return false;
  return trust.diagnosis.faults.every(({ cause, condition, statement }) => {
    if (cause === 'eks/irsa-trust-explicit-deny')
      return parsed.policy.statements[statement]?.conditions.some(isOfTheCall);
    return cause === 'eks/irsa-trust-other-condition' && condition !== null && isOfTheCall(condition);
  });
}

/** Whether the same caller's next call may have another value of the key. */
function isOfTheCall({ key }: ConditionElement): boolean {
  return /^(aws:(sourceip|vpcsourceip|sourcevpce|requestedregion|useragent)|sts:(rolesessionname|durationseconds))$/i.test(
    key,
  );
}

function noted(diagnosis: Diagnosis, note: Localized): Diagnosis {
  return { ...diagnosis, notes: [...diagnosis.notes, note] };
}

function beginning(given: WebIdentityGiven, denial: Denial): Diagnosis {
  const { provider, errorMessage } = denial;
  const name = provider === null ? issuerInMessage(errorMessage) : issuerIn(provider);
  const issuer = name === null ? null : `https://${name}`;
  return {
    causes: ['eks/irsa-undecided'],
    denial,
    roleArn: denial.roleArn,
    role: null,
    subject: denial.subject,
    issuer,
    cluster: issuer === null ? null : clusterOf(given, issuer),
    audience: denial.audience,
    trust: null,
    notes: [],
  };
}

/** Errors other than AccessDenied name their cause themselves. */
function byErrorCode(given: WebIdentityGiven, start: Diagnosis, denial: Denial): Diagnosis | null {
  const { errorCode, errorMessage, roleArn } = denial;
  const message = errorMessage ?? '';
  if (/^RegionDisabled$/i.test(errorCode)) return because(start, 'eks/sts-region-disabled');
  if (/No OpenIDConnect provider found/i.test(message)) return byMissingProvider(given, start, denial);
  if (/Incorrect token audience/i.test(message)) return byAudience(given, start);
  if (/^(ExpiredToken|IDPRejectedClaim)$/i.test(errorCode)) return because(start, 'eks/irsa-token-rejected');
  // A single one of these may be a passing fault: the SDKs retry them.
  if (/^(InvalidIdentityToken|IDPCommunicationError)$/i.test(errorCode))
    return denial.events > 1 ? because(start, 'eks/irsa-token-rejected') : null;
  const isMalformed = roleArn !== null && arnFault(given, roleArn) !== null;
  if (/ARN is invalid/i.test(message) || (/^ValidationError$/i.test(errorCode) && isMalformed))
    return because(start, 'eks/irsa-role-arn-malformed');
  if (/DurationSeconds exceeds/i.test(message)) return bySessionDuration(given, start, denial);
  const answer = `${errorCode}${message ? `: ${message}` : ''}`;
  return because(start, 'eks/irsa-undecided', {
    en: `STS answered ${answer}.`,
    ja: `STS の応答は ${answer} です。`,
  });
}

function byMissingProvider(given: WebIdentityGiven, start: Diagnosis, denial: Denial): Diagnosis | null {
  const { issuer } = start;
  if (issuer === null)
    return because(start, 'eks/irsa-undecided', {
      en: 'STS found no OIDC provider, and the record names no issuer.',
      ja: 'STS は OIDC プロバイダーを見つけられず、イベントにも発行者が記録されていません。',
    });
  const provider = providerOf(given, issuer);
  if (provider === undefined)
    return because(start, 'eks/irsa-undecided', {
      en: `STS found no OIDC provider for ${issuer}; whether it was made since was not read.`,
      ja: `STS は ${issuer} の OIDC プロバイダーを見つけられませんでした。その後作成されたかどうかは読み取られていません。`,
    });
  if (provider === null) return byAbsentProvider(given, start, issuer);
  const wasThere = provider.createdAt !== null && provider.createdAt < denial.firstSeen;
  if (!wasThere) return null; // it was made since
  return because(start, 'eks/irsa-undecided', {
    en: `STS found no OIDC provider for ${issuer}, although this account has had one since ${provider.createdAt}.`,
    ja: `STS は ${issuer} の OIDC プロバイダーを見つけられませんでしたが、このアカウントには ${provider.createdAt} から存在しています。`,
  });
}

function byAudience(given: WebIdentityGiven, start: Diagnosis): Diagnosis | null {
  const { issuer, audience } = start;
  if (issuer === null) return because(start, 'eks/irsa-provider-audience');
  const provider = providerOf(given, issuer);
  if (provider === null) return byAbsentProvider(given, start, issuer);
  if (provider === undefined)
    return because(start, 'eks/irsa-undecided', {
      en: `STS says that the OIDC provider of ${issuer} does not take the audience of the token; what it takes now was not read.`,
      ja: `STS によると、${issuer} の OIDC プロバイダーはトークンのオーディエンスを受け入れません。現在何を受け入れるかは読み取られていません。`,
    });
  const takesItNow = audience !== null && provider.clientIds.includes(audience);
  return takesItNow ? null : because(start, 'eks/irsa-provider-audience');
}

function bySessionDuration(given: WebIdentityGiven, start: Diagnosis, denial: Denial): Diagnosis | null {
  const known = start.roleArn === null ? null : roleOf(given, start.roleArn);
  if (known?.state !== 'exists')
    return because(start, 'eks/irsa-undecided', {
      en: 'STS says that the session asked for is longer than the role allows; what it allows now was not read.',
      ja: 'STS によると、要求されたセッションはロールが許可する時間を超えています。現在許可されている時間は読み取られていません。',
    });
  const { role } = known;
  const asked = denial.latest.durationSeconds;
  if (asked !== null && asked <= role.maxSessionDuration) return null; // it was raised since
  return because({ ...start, role }, 'eks/irsa-session-duration');
}

/** As `roleArnFault`, for a role in this account's partition. */
export function arnFault({ place }: WebIdentityGiven, arn: string): Localized | null {
  const partition = parseRoleArn(arn)?.partition;
  return place.partition !== undefined && partition !== undefined && partition !== place.partition
    ? {
        en: `names the partition "${partition}", and this account is in "${place.partition}"`,
        ja: `パーティション "${partition}" を指定していますが、このアカウントは "${place.partition}" にあります`,
      }
    : roleArnFault(arn);
}

function byRole(given: WebIdentityGiven, start: Diagnosis, denial: Denial): Diagnosis | null {
  const { roleArn } = denial;
  if (roleArn === null)
    return because(start, 'eks/irsa-undecided', {
      en: 'The record names no role: it has no request parameters.',
      ja: 'イベントにリクエストパラメータがなく、ロールが記録されていません。',
    });
  if (arnFault(given, roleArn) !== null) return because(start, 'eks/irsa-role-arn-malformed');
  const known = roleOf(given, roleArn);
  if (known.state === 'missing') return because(start, 'eks/irsa-role-missing');
  if (known.state === 'exists')
    return known.role.arn === roleArn
      ? byTrust(given, start, known.role, denial)
      : because({ ...start, role: known.role }, 'eks/irsa-role-missing');
  const cause = hasTrustingNamesake(given, start, denial) ? 'eks/irsa-role-missing' : 'eks/irsa-undecided';
  return because(start, cause, {
    en: en`The role could not be looked at: ${known.why}.`,
    ja: ja`ロールを確認できませんでした: ${known.why}。`,
  });
}

/** Whether the ARN names another account, and this account's role of that name trusts the caller. */
function hasTrustingNamesake(
  given: WebIdentityGiven,
  { subject, issuer }: Diagnosis,
  denial: Denial,
): boolean {
  const parts = parseRoleArn(denial.roleArn ?? '');
  if (!parts || parts.account === given.place.account || subject === null || issuer === null) return false;
  const claims = { sub: subject, aud: [denial.audience ?? defaultAudience] };
  const { context } = circumstancesOf(denial.latest);
  return rolesNamed(given, parts.name).some(
    ({ arn, trustPolicy }) =>
      evaluateTrust(trustPolicy, { issuer, roleArn: arn, claims, context }).verdict === 'Allowed',
  );
}
