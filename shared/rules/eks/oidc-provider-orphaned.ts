import { parseEksIssuer } from '../../domain/issuer.ts';
import type { OidcProvider } from '../../domain/web-identity.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { isDead, ownRoles, webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { issuersOf } from './web-identity/role-issuers.ts';
import { type Localized, type Words } from '../../words.ts';

export default rule({
  id: 'eks/oidc-provider-orphaned',
  title: {
    en: 'An OIDC provider belongs to a cluster that is gone',
    ja: '削除済みクラスターの OIDC プロバイダーが残っています',
  },
  severity: 'low',
  why: {
    en: 'An account holds 100 OIDC providers by default; what is left of deleted clusters fills them up.',
    ja: 'アカウントの OIDC プロバイダーはデフォルトで 100 個までです。削除されたクラスターの残りがその枠を埋めていきます。',
  },
  references: ['https://docs.aws.amazon.com/eks/latest/userguide/delete-cluster.html'],
  needs: webIdentityNeeds,
  check: (given) => (given.facts.oidcProviders ?? []).flatMap((provider) => judge(given, provider)),
});

function judge(given: WebIdentityGiven, { arn, url, createdAt }: OidcProvider): (Problem | Unknown)[] {
  const issuer = `https://${url}`;
  const eks = parseEksIssuer(issuer);
  const dead = eks ? isDead(given, issuer) : false;
  if (dead === null) return [{ unknown: undecided(url) }];
  if (!eks || !dead) return [];
  const trusting = ownRoles(given)
    .filter((role) => issuersOf(role).includes(issuer))
    .map(({ name }) => name);
  const known = given.facts.roles !== undefined && !given.partlyRead.includes('roles');
  return [
    {
      location: eks.region,
      cluster: null,
      subject: { kind: 'oidc-provider', name: url, id: arn },
      cause: {
        en: `The OIDC provider ${url} belongs to a cluster that no longer exists.`,
        ja: `OIDC プロバイダー ${url} のクラスターはもう存在しません。`,
      },
      evidence: [
        { label: 'Created', value: createdAt ?? { en: 'not told', ja: '情報なし' } },
        { label: 'Roles that trust it', value: trusting.join(', ') || (known ? none : unread) },
      ],
      fix: advice(whatToDo(trusting, known)),
    },
  ];
}

function undecided(url: string): Localized {
  return {
    en: `whether the cluster of the OIDC provider ${url} still exists could not be decided`,
    ja: `OIDC プロバイダー ${url} のクラスターがまだ存在するかどうかは判断できませんでした`,
  };
}

const none: Words = { en: 'none', ja: 'なし' };
const unread: Words = { en: 'not read', ja: '読み取られていません' };

function whatToDo(trusting: string[], known: boolean): Localized {
  if (trusting.length > 0)
    return {
      en: 'Repair or retire the roles that trust it first, then delete the provider.',
      ja: 'まず、これを信頼しているロールを修復するか廃止し、その後プロバイダーを削除してください。',
    };
  return known
    ? {
        en: 'Delete the provider; no role of this account trusts it.',
        ja: 'プロバイダーを削除してください。このアカウントにこれを信頼しているロールはありません。',
      }
    : {
        en: 'Make sure that no role of this account trusts it (the roles were not read), then delete the provider.',
        ja: 'このアカウントにこれを信頼しているロールがないこと (ロールは読み取られていません) を確認してから、プロバイダーを削除してください。',
      };
}
