import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { callerName, faultyKeys, listed, problemsOf, roleName } from './web-identity/problem.ts';

export default rule({
  id: 'eks/irsa-trust-condition-key',
  title: 'A trust policy asks for a condition key that the token does not have',
  severity: 'high',
  why: 'A key whose issuer or claim is misspelt is absent from every call, so the condition is never met.',
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf('eks/irsa-trust-condition-key', given, (diagnosis) => ({
      cause: `The trust policy of ${roleName(diagnosis)} asks for ${listed(faultyKeys(diagnosis, 'eks/irsa-trust-condition-key'))}, a condition key that no token of ${callerName(diagnosis)} has.`,
    })),
});
