import { keyMeaning } from '../../domain/condition-key.ts';
import { issuerName, parseEksIssuer } from '../../domain/issuer.ts';
import type { Statement } from '../../domain/policy-document.ts';
import type { OidcProvider, Role } from '../../domain/web-identity.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { groupBy } from './web-identity/look-up-by.ts';
import {
  clusterOf,
  isDead,
  ownRoles,
  providerOf,
  webIdentityNeeds,
  type WebIdentityGiven,
} from './web-identity/given.ts';
import { defaultAudience } from './web-identity/diagnosis.ts';
import { webIdentityStatements } from './web-identity/role-issuers.ts';
import { clusterName } from './web-identity/told.ts';
import { en, ja, joinWords, type Words } from '../../words.ts';

export default rule({
  id: 'eks/irsa-trust-no-audience',
  title: {
    en: 'A trust policy does not ask for an audience',
    ja: '信頼ポリシーがオーディエンスを確認していません',
  },
  severity: 'low',
  why: {
    en: 'A token that was made for another service is accepted as well, if the provider takes its audience.',
    ja: 'プロバイダーがそのオーディエンスを受け入れる場合、別のサービス向けに発行されたトークンも通ります。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => ownRoles(given).flatMap((role) => judge(given, role)),
});

/** One problem for each place whose clusters' issuers are trusted so; a cluster that is gone calls no more. */
function judge(given: WebIdentityGiven, role: Role): (Problem | Unknown)[] {
  const open = webIdentityStatements(role).flatMap(({ statement, issuers }) =>
    issuers.filter((issuer) => parseEksIssuer(issuer) !== null && !asksForAudience(statement, issuer)),
  );
  const issuers = [...new Set(open)];
  const alive = issuers.filter((issuer) => isDead(given, issuer) === false);
  const unknown = issuers
    .filter((issuer) => isDead(given, issuer) === null)
    .map((issuer) => ({
      unknown: {
        en: `${role.name} asks for no audience of tokens from ${issuerName(issuer)}, if that cluster still exists`,
        ja: `${role.name} は ${issuerName(issuer)} のトークンのオーディエンスを確認していません (そのクラスターがまだ存在する場合)`,
      },
    }));
  const places = groupBy(alive, (issuer) =>
    JSON.stringify([parseEksIssuer(issuer)?.region, clusterOf(given, issuer)?.name]),
  );
  return [...unknown, ...[...places.values()].map((group) => problem(given, role, group))];
}

/** Whether some condition looks at the audience at all; whether it is a good one is another rule's question. */
function asksForAudience({ conditions }: Statement, issuer: string): boolean {
  return conditions.some(({ key, values }) => {
    const meaning = keyMeaning(key, values, issuerName(issuer));
    return meaning.kind !== 'other' && meaning.claim === 'aud';
  });
}

function problem(given: WebIdentityGiven, role: Role, issuers: string[]): Problem {
  const [issuer = ''] = issuers;
  const cluster = clusterOf(given, issuer);
  const conditions = joinWords(
    issuers.map((each) => `StringEquals "${issuerName(each)}:aud": "${defaultAudience}"`),
    { en: ' or ', ja: ' または ' },
  );
  const origin = clusterName(cluster, issuers.map(issuerName).join(', '));
  return {
    location: cluster?.region ?? parseEksIssuer(issuer)?.region ?? null,
    cluster: cluster?.name ?? null,
    subject: { kind: 'role', name: role.name, id: role.arn },
    cause: {
      en: en`The trust policy of ${role.name} asks for no audience of tokens from ${origin}, so one that was made for another service would do.`,
      ja: ja`${role.name} の信頼ポリシーは ${origin} のトークンのオーディエンスを確認していないため、別のサービス向けに発行されたトークンでも通ります。`,
    },
    evidence: issuers.map((each) => ({
      label: 'Audiences that the provider takes',
      value: takes(providerOf(given, each)),
    })),
    fix: advice({
      en: en`Add the condition ${conditions} to the statement, unless its service accounts ask for tokens with another audience.`,
      ja: ja`サービスアカウントが別のオーディエンスのトークンを要求している場合を除き、ステートメントに条件 ${conditions} を追加してください。`,
    }),
  };
}

function takes(provider: OidcProvider | null | undefined): Words {
  if (provider === undefined) return { en: 'not read', ja: '読み取られていません' };
  return provider === null
    ? { en: 'there is no provider', ja: 'プロバイダーがありません' }
    : provider.clientIds.join(', ') || { en: 'none', ja: 'なし' };
}
