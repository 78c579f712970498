import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { allOf, callersOf, faultyKeys, roleName, type Told } from './web-identity/told.ts';
import { en, ja, type Localized } from '../../words.ts';

const id = 'eks/irsa-trust-condition-key';

export default rule({
  id,
  title: {
    en: 'A trust policy asks for a condition key that the token does not have',
    ja: '信頼ポリシーがトークンにない条件キーを求めています',
  },
  severity: 'high',
  why: {
    en: 'A key whose issuer or claim is misspelt is absent from every call, so the condition is never met.',
    ja: '発行者やクレームを書き誤ったキーはどの呼び出しにも存在しないため、条件が満たされることはありません。',
  },
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => problemsOf(id, given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): Localized {
  const keys = faultyKeys(told[0], id).map((key) => `"${key}"`);
  const what = keys.length > 1 ? 'condition keys' : 'a condition key';
  const [role, callers] = [roleName(told[0]), callersOf(told)];
  return {
    en: en`The trust policy of ${role} asks for ${allOf(keys)}, ${what} that no token of ${callers} has.`,
    ja: ja`${role} の信頼ポリシーは条件キー ${allOf(keys)} を求めていますが、${callers} のトークンにこのキーはありません。`,
  };
}
