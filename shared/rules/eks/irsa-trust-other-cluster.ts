import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, principalsOf, roleName, verb, type Told } from './web-identity/told.ts';
import { en, ja, type Localized } from '../../words.ts';

export default rule({
  id: 'eks/irsa-trust-other-cluster',
  title: {
    en: 'A trust policy is written for another cluster',
    ja: '信頼ポリシーが別のクラスター向けに書かれています',
  },
  severity: 'high',
  why: {
    en: 'Pods of this cluster get no credentials for the role; after a cluster was replaced this is what its workloads meet first.',
    ja: 'このクラスターの Pod は、ロールの認証情報を取得できません。クラスターを置き換えた後、ワークロードが最初に直面する問題です。',
  },
  references: ['https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html'],
  needs: webIdentityNeeds,
  check: (given) => problemsOf('eks/irsa-trust-other-cluster', given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): Localized {
  const [role, callers, principals] = [roleName(told[0]), callersOf(told), principalsOf(told[0])];
  return {
    en: en`The whole trust policy of ${role} is written for ${principals}, and ${callers} ${verb(told, 'has a token', 'have tokens')} of another issuer.`,
    ja: ja`${role} の信頼ポリシーは全体が ${principals} 向けに書かれていますが、${callers} のトークンの発行者は別のものです。`,
  };
}
