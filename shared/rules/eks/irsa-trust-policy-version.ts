import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { callerName, faultyValues, listed, problemsOf, roleName } from './web-identity/problem.ts';

export default rule({
  id: 'eks/irsa-trust-policy-version',
  title: 'A policy variable in a trust policy is not expanded',
  severity: 'high',
  why: 'Only the policy language of 2012-10-17 knows variables; in an older version ${…} is ordinary text that matches nobody.',
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html'],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf('eks/irsa-trust-policy-version', given, (diagnosis) => ({
      cause: `The trust policy of ${roleName(diagnosis)} has the variable ${listed(faultyValues(diagnosis, 'eks/irsa-trust-policy-version'))} under a Version that leaves it as text, so ${callerName(diagnosis)} does not match.`,
    })),
});
