import { issuerName, parseEksIssuer } from '../../domain/issuer.ts';
import type { Role } from '../../domain/web-identity.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { isDead, ownRoles, webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { groupBy } from './web-identity/look-up-by.ts';
import { issuersOf } from './web-identity/role-issuers.ts';

export default rule({
  id: 'eks/irsa-trust-dead-issuer',
  title: {
    en: 'A role trusts the issuer of a cluster that is gone',
    ja: 'ロールが削除済みクラスターの発行者を信頼しています',
  },
  severity: 'low',
  why: {
    en: 'Nobody can use that trust any more; it hides which roles are in use, and a policy that was copied from it will not work.',
    ja: 'この信頼はもうだれも使えません。どのロールが使われているかがわかりにくくなり、コピーして作ったポリシーも機能しません。',
  },
  references: ['https://docs.aws.amazon.com/eks/latest/userguide/delete-cluster.html'],
  needs: webIdentityNeeds,
  check: (given) => ownRoles(given).flatMap((role) => judge(given, role)),
});

/** One problem for each region whose clusters are gone. */
function judge(given: WebIdentityGiven, role: Role): (Problem | Unknown)[] {
  const issuers = issuersOf(role).filter((issuer) => parseEksIssuer(issuer) !== null);
  const unknown = issuers
    .filter((issuer) => isDead(given, issuer) === null)
    .map((issuer) => ({
      unknown: {
        en: `${role.name} trusts ${issuerName(issuer)}, and whether that cluster still exists could not be decided`,
        ja: `${role.name} は ${issuerName(issuer)} を信頼していますが、そのクラスターがまだ存在するかどうかは判断できませんでした`,
      },
    }));
  const dead = issuers.filter((issuer) => isDead(given, issuer) === true);
  const regions = groupBy(dead, (issuer) => parseEksIssuer(issuer)?.region ?? null);
  return [...unknown, ...[...regions].map(([region, gone]) => problem(given, role, region, gone))];
}

function problem(given: WebIdentityGiven, role: Role, region: string, gone: string[]): Problem {
  const names = gone.map(issuerName).join(', ');
  const silent = gone.filter((issuer) => given.facts.issuerDiscovery?.[issuer]?.state === 'gone');
  return {
    location: region,
    cluster: null,
    subject: { kind: 'role', name: role.name, id: role.arn },
    cause: {
      en: `${role.name} trusts ${names}, and no cluster has ${gone.length === 1 ? 'that issuer' : 'those issuers'} any more.`,
      ja: `${role.name} は ${names} を信頼していますが、この発行者を持つクラスターはもうありません。`,
    },
    evidence: [
      {
        label: 'Clusters',
        value: {
          en: `every cluster of ${region} was read, and none has it as its issuer`,
          ja: `${region} のすべてのクラスターを読み取りましたが、これを発行者とするものはありません`,
        },
      },
      {
        label: 'Discovery document',
        value:
          silent.length === gone.length
            ? { en: 'no longer answers', ja: '応答しなくなりました' }
            : {
                en: 'not decisive: the clusters of all accounts were read',
                ja: '決め手ではありません: すべてのアカウントのクラスターを読み取りました',
              },
      },
    ],
    fix: advice({
      en: 'If the cluster was replaced, write the statement for the new one; otherwise take the statement out, or delete the role once nothing else uses it.',
      ja: 'クラスターを置き換えたのであれば、ステートメントを新しいクラスター向けに書き直してください。そうでなければ、ステートメントを削除するか、ほかに使うものがなくなった時点でロールを削除してください。',
    }),
  };
}
