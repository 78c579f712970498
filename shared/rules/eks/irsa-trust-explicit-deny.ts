import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, nearestOf, roleName, statementName, verb, type Told } from './web-identity/told.ts';

export default rule({
  id: 'eks/irsa-trust-explicit-deny',
  title: 'A Deny in the trust policy matches',
  severity: 'high',
  why: 'A Deny that matches refuses the call, whatever else the policy allows.',
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html'],
  needs: webIdentityNeeds,
  check: (given) => problemsOf('eks/irsa-trust-explicit-deny', given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): string {
  const denies = (told[0].trust?.diagnosis.statements ?? []).filter(
    ({ effect, matched }) => effect === 'Deny' && matched,
  );
  const policy = `the trust policy of ${roleName(told[0])}`;
  const near = nearestOf(told[0]);
  if (denies.length === 0 && near)
    return `In ${policy}, ${statementName(near)} is written for ${callersOf(told)}, but its Effect is Deny.`;
  const names = denies.map((deny) => statementName(deny)).join(' and ');
  return `In ${policy}, ${names} ${denies.length > 1 ? 'are Denies that match' : 'is a Deny that matches'} the ${verb(told, 'call', 'calls')} of ${callersOf(told)}.`;
}
