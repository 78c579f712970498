import { isNegated } from '../../domain/condition.ts';
import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, faultyConditions, listed, roleName, verb, type Told } from './web-identity/told.ts';

const id = 'eks/irsa-trust-audience';

export default rule({
  id,
  title: 'A trust policy wants another audience',
  severity: 'high',
  why: 'EKS gives its tokens the audience sts.amazonaws.com unless the service account asks for another one; the policy wants neither.',
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => problemsOf(id, given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): string {
  const conditions = faultyConditions(told[0].trust, id);
  const values = listed([...new Set(conditions.flatMap(({ values }) => values))]);
  const excludes = conditions.some((element) => isNegated(element) || element.base === 'null');
  const wants = excludes ? 'excludes the audience' : 'wants the audience';
  const token = `${verb(told, 'the token', 'the tokens')} of ${callersOf(told)} ${verb(told, 'has', 'have')}`;
  return `The trust policy of ${roleName(told[0])} ${wants} ${values || 'of nobody'}, and ${token} ${listed([told[0].audience ?? 'none'])}.`;
}
