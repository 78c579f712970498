import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { callerName, problemsOf, roleName } from './web-identity/problem.ts';

export default rule({
  id: 'eks/irsa-trust-explicit-deny',
  title: 'A Deny in the trust policy matches',
  severity: 'high',
  why: 'A Deny that matches refuses the call, whatever else the policy allows.',
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html'],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf('eks/irsa-trust-explicit-deny', given, (diagnosis) => ({
      cause: `A Deny statement in the trust policy of ${roleName(diagnosis)} matches the call of ${callerName(diagnosis)}.`,
    })),
});
