import { rule } from '../../rule.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { callerName, problemsOf, roleName } from './web-identity/problem.ts';

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
  check: (given) =>
    problemsOf('eks/irsa-trust-action', given, (diagnosis) => ({
      cause: `The statement of ${roleName(diagnosis)} that is meant for ${callerName(diagnosis)} ${actionsOf(diagnosis)}, and so does not allow sts:AssumeRoleWithWebIdentity.`,
    })),
});

/** What the statement does with actions instead. */
function actionsOf({ trust }: Diagnosis): string {
  const near = trust?.diagnosis.statements.find(({ index }) => index === trust.diagnosis.nearest);
  const action = near?.elements[1];
  if (!action) return 'allows nothing';
  return `${action.element === 'NotAction' ? 'leaves out' : 'allows'} ${action.policy.join(', ')}`;
}
