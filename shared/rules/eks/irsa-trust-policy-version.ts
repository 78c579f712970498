import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, faultyValues, listed, roleName, verb, type Told } from './web-identity/told.ts';

const id = 'eks/irsa-trust-policy-version';

export default rule({
  id,
  title: 'A policy variable in a trust policy is not expanded',
  severity: 'high',
  why: 'Only the policy language of 2012-10-17 knows variables; in an older version ${…} is ordinary text that matches nobody.',
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html'],
  needs: webIdentityNeeds,
  check: (given) => problemsOf(id, given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): string {
  return `The trust policy of ${roleName(told[0])} has a variable in ${listed(faultyValues(told[0], id))} under a Version that leaves it as text, so ${callersOf(told)} ${verb(told, 'does', 'do')} not match.`;
}
