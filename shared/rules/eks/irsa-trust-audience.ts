import { isNegated } from '../../domain/condition.ts';
import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, faultyConditions, listed, roleName, verb, type Told } from './web-identity/told.ts';
import { en, ja, type Localized } from '../../words.ts';

const id = 'eks/irsa-trust-audience';

export default rule({
  id,
  title: {
    en: 'A trust policy wants another audience',
    ja: '信頼ポリシーが別のオーディエンスを求めています',
  },
  severity: 'high',
  why: {
    en: 'EKS gives its tokens the audience sts.amazonaws.com unless the service account asks for another one; the policy wants neither.',
    ja: 'EKS は、サービスアカウントが別のものを要求しない限り、トークンのオーディエンスを sts.amazonaws.com にします。ポリシーはそのいずれも求めていません。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => problemsOf(id, given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): Localized {
  const conditions = faultyConditions(told[0].trust, id);
  const values = listed([...new Set(conditions.flatMap(({ values }) => values))]);
  const excludes = conditions.some((element) => isNegated(element) || element.base === 'null');
  const wants = excludes ? { en: 'excludes', ja: '除外して' } : { en: 'wants', ja: '求めて' };
  const wanted = values || { en: 'of nobody', ja: '(指定なし)' };
  const [role, callers] = [roleName(told[0]), callersOf(told)];
  const audience = listed([told[0].audience ?? 'none']);
  return {
    en: en`The trust policy of ${role} ${wants} the audience ${wanted}, and ${verb(told, 'the token', 'the tokens')} of ${callers} ${verb(told, 'has', 'have')} ${audience}.`,
    ja: ja`${role} の信頼ポリシーはオーディエンス ${wanted} を${wants}いますが、${callers} のトークンのオーディエンスは ${audience} です。`,
  };
}
