import { rule } from '../../rule.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { callerName, problemsOf, roleName } from './web-identity/problem.ts';

export default rule({
  id: 'eks/irsa-trust-other-cluster',
  title: 'A trust policy is written for another cluster',
  severity: 'high',
  why: 'Pods of this cluster get no credentials for the role; after a cluster was replaced this is what its workloads meet first.',
  references: ['https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html'],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf('eks/irsa-trust-other-cluster', given, (diagnosis) => ({
      cause: `The whole trust policy of ${roleName(diagnosis)} is written for ${namedPrincipals(diagnosis)}, and ${callerName(diagnosis)} has a token of another issuer.`,
    })),
});

/** What the statement nearest to allowing names in its place. */
function namedPrincipals({ trust }: Diagnosis): string {
  const near = trust?.diagnosis.statements.find(({ index }) => index === trust.diagnosis.nearest);
  return (
    near?.elements[0]?.policy.map((principal) => principal.replace('Federated: ', '')).join(', ') ?? 'nobody'
  );
}
