/** Why the trust policy refuses a call that CloudTrail recorded: the role exists, and its token was verified. */
import type { ConditionElement } from '../../../domain/policy-document.ts';
import type { Denial, Role } from '../../../domain/web-identity.ts';
import { circumstancesOf } from './circumstances.ts';
import { because, defaultAudience, type Diagnosis, type DiagnosisCause } from './diagnosis.ts';
import { isGone, providerOf, type WebIdentityGiven } from './given.ts';
import { trustUnder } from './trust-under.ts';
import { en, ja, joinWords, type Localized } from '../../../words.ts';

/** What is left is the trust policy, and what lies outside of it. Null where nothing is wrong any more. */
export function byTrust(
  given: WebIdentityGiven,
  start: Diagnosis,
  role: Role,
  denial: Denial,
): Diagnosis | null {
  const { subject, issuer } = start;
  if (subject === null)
    return because({ ...start, role }, 'eks/irsa-undecided', {
      en: 'The record does not say who called.',
      ja: 'イベントに呼び出し元が記録されていません。',
    });
  if (issuer === null)
    return because({ ...start, role }, 'eks/irsa-undecided', {
      en: 'The record does not name the OIDC provider, so the cluster is not known.',
      ja: 'イベントに OIDC プロバイダーが記録されていないため、クラスターを特定できません。',
    });
  const provider = providerOf(given, issuer);
  const audiences = denial.audience === null ? (provider?.clientIds ?? [defaultAudience]) : [denial.audience];
  const tried = audiences.map((audience) => tryTrust(start, { role, subject, issuer, audience }, denial));
  const diagnosis =
    tried.sort((a, b) => countOf(a) - countOf(b))[0] ??
    tryTrust(start, { role, subject, issuer, audience: defaultAudience }, denial);
  return withProvider(given, diagnosis, issuer, denial);
}

/** Where the record has no audience, the one that serves the caller best is taken. */
function countOf({ causes }: Diagnosis): number {
  return causes[0] === 'eks/irsa-denied-outside-trust' ? 0 : causes.length;
}

function tryTrust(
  start: Diagnosis,
  call: { role: Role; subject: string; issuer: string; audience: string },
  denial: Denial,
): Diagnosis {
  const { role, subject, issuer, audience } = call;
  const circumstances = circumstancesOf(denial.latest);
  const claims = { sub: subject, aud: [audience] };
  const request = { issuer, roleArn: role.arn, claims, context: circumstances.context };
  const { diagnosis, open } = trustUnder(role.trustPolicy, request, circumstances);
  const notes = denial.audience === null ? [assumed(audience)] : [];
  const whole: Diagnosis = { ...start, role, audience, trust: { request, diagnosis }, notes };
  const faults = joinWords(diagnosis.malformed, '; ');
  if (diagnosis.verdict === 'Malformed')
    return because({ ...whole, trust: null }, 'eks/irsa-undecided', {
      en: en`The trust policy could not be evaluated: ${faults}.`,
      ja: ja`信頼ポリシーを評価できませんでした: ${faults}。`,
    });
  if (open.length > 0)
    return because(whole, 'eks/irsa-undecided', {
      en: `The rest of the trust policy allows the call; CloudTrail does not record what decides: ${described(open)}.`,
      ja: `信頼ポリシーのほかの部分は呼び出しを許可しています。結果を左右する条件の値は CloudTrail に記録されません: ${described(open)}。`,
    });
  const [first, ...others] = diagnosis.causes;
  return { ...whole, causes: first ? [first, ...others] : ['eks/irsa-denied-outside-trust'] };
}

function assumed(audience: string): Localized {
  return {
    en: `The record has no audience; ${audience} is assumed.`,
    ja: `イベントにオーディエンスが記録されていないため、${audience} と仮定しています。`,
  };
}

function described(open: ConditionElement[]): string {
  return open.map(({ operator, key, values }) => `${operator} ${key} ${values.join(', ')}`).join('; ');
}

/** A provider that verified the token then may be gone now, or take other audiences: the next call fails there. */
function withProvider(
  given: WebIdentityGiven,
  diagnosis: Diagnosis,
  issuer: string,
  denial: Denial,
): Diagnosis | null {
  const provider = providerOf(given, issuer);
  const faults = diagnosis.trust?.diagnosis.causes ?? [];
  const before = (cause: DiagnosisCause, note: Localized): Diagnosis => ({
    ...diagnosis,
    causes: [cause, ...faults],
    notes: [...diagnosis.notes, note],
  });
  if (provider === null) {
    if (faults.length > 0 && isGone(given, issuer) !== false) return diagnosis;
    const absent = byAbsentProvider(given, diagnosis, issuer);
    return absent && { ...absent, causes: [absent.causes[0], ...faults] };
  }
  if (provider && denial.audience !== null && !provider.clientIds.includes(denial.audience))
    return before('eks/irsa-provider-audience', {
      en: `The provider took the audience ${denial.audience} when the call was refused, and no longer does.`,
      ja: `プロバイダーは、呼び出しが拒否された時点ではオーディエンス ${denial.audience} を受け入れていましたが、現在は受け入れません。`,
    });
  return provider === undefined && diagnosis.causes[0] === 'eks/irsa-denied-outside-trust'
    ? because({ ...diagnosis, trust: null }, 'eks/irsa-undecided', {
        en: 'The trust policy allows the call, and whether the OIDC provider still exists was not read.',
        ja: '信頼ポリシーは呼び出しを許可しています。OIDC プロバイダーがまだ存在するかどうかは読み取られていません。',
      })
    : diagnosis;
}

/** This account has no provider of the issuer (any more). Null where the cluster went with it: that asks no more. */
export function byAbsentProvider(
  given: WebIdentityGiven,
  diagnosis: Diagnosis,
  issuer: string,
): Diagnosis | null {
  const isRemoved = diagnosis.denial?.errorCode === 'AccessDenied';
  const note = {
    en: 'The provider existed when the call was refused, and was deleted since.',
    ja: 'プロバイダーは呼び出しが拒否された時点では存在し、その後削除されました。',
  };
  const gone = isGone(given, issuer);
  if (gone === true) return null;
  if (gone === false) return because(diagnosis, 'eks/irsa-provider-missing', ...(isRemoved ? [note] : []));
  return because({ ...diagnosis, trust: null }, 'eks/irsa-undecided', {
    en: `This account has no OIDC provider for ${issuer}, and whether its cluster still exists could not be decided.`,
    ja: `このアカウントには ${issuer} の OIDC プロバイダーがなく、そのクラスターがまだ存在するかどうかも判断できませんでした。`,
  });
}
