import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, listed, nearestOf, roleName, statementName, type Told } from './web-identity/told.ts';

export default rule({
  id: 'eks/irsa-trust-action',
  title: 'A trust policy does not allow AssumeRoleWithWebIdentity',
  severity: 'high',
  why: 'Service accounts assume roles by sts:AssumeRoleWithWebIdentity; sts:AssumeRole and the like are other calls.',
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => problemsOf('eks/irsa-trust-action', given, (told) => ({ cause: sentence(told) })),
});

/** What the statement that is meant for the callers does with actions instead. */
function sentence(told: Told): string {
  const near = nearestOf(told[0]);
  const action = near?.elements.find(({ element }) => element === 'Action' || element === 'NotAction');
  const policy = `The trust policy of ${roleName(told[0])}`;
  if (!near || !action)
    return `${policy} allows nothing to anybody, and so not the call of ${callersOf(told)}.`;
  const instead = action.element === 'NotAction' ? 'leaves out' : 'allows';
  return `${policy} is meant for ${callersOf(told)} in ${statementName(near)}, which ${instead} ${listed(action.policy)} and so does not allow sts:AssumeRoleWithWebIdentity.`;
}
