import { rule } from '../../rule.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, principalsOf, roleName, verb, type Told } from './web-identity/told.ts';
import { en, ja, type Localized, type Words } from '../../words.ts';

export default rule({
  id: 'eks/irsa-trust-provider',
  title: {
    en: 'A trust policy names another principal than the cluster',
    ja: '信頼ポリシーがクラスターとは別のプリンシパルを指定しています',
  },
  severity: 'high',
  why: {
    en: "Pods get no credentials for the role: IAM compares the provider's ARN letter by letter, and the token has another.",
    ja: 'Pod はロールの認証情報を取得できません。IAM はプロバイダーの ARN を 1 文字ずつ比較し、トークンの ARN はそれと異なります。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => problemsOf('eks/irsa-trust-provider', given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): Localized {
  const [role, callers] = [roleName(told[0]), callersOf(told)];
  const [token, principals] = [tokenPrincipal(told[0]), principalsOf(told[0])];
  return {
    en: en`The trust policy of ${role} names no principal that ${callers} ${verb(told, 'has', 'have')}: the token is of ${token}, the policy names ${principals}.`,
    ja: ja`${role} の信頼ポリシーには、${callers} に当てはまるプリンシパルがありません。トークンのプリンシパルは ${token}、ポリシーの指定は ${principals} です。`,
  };
}

/** The token's principal, as IAM compares it. */
function tokenPrincipal({ trust }: Diagnosis): Words {
  const principal = trust?.diagnosis.statements[0]?.elements[0]?.request?.join(', ');
  return principal?.replace('Federated: ', '') ?? { en: 'another issuer', ja: '別の発行者' };
}
