import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { callerName, faultyValues, listed, problemsOf, roleName } from './web-identity/problem.ts';

export default rule({
  id: 'eks/irsa-trust-audience',
  title: 'A trust policy wants another audience',
  severity: 'high',
  why: 'EKS gives its tokens the audience sts.amazonaws.com unless the service account asks for another one; the policy wants neither.',
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf('eks/irsa-trust-audience', given, (diagnosis) => ({
      cause: `The trust policy of ${roleName(diagnosis)} wants the audience ${listed(faultyValues(diagnosis, 'eks/irsa-trust-audience'))}, and the token of ${callerName(diagnosis)} has "${diagnosis.audience ?? 'none'}".`,
    })),
});
