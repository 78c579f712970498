import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, principalsOf, roleName, verb, type Told } from './web-identity/told.ts';

export default rule({
  id: 'eks/irsa-trust-other-cluster',
  title: 'A trust policy is written for another cluster',
  severity: 'high',
  why: 'Pods of this cluster get no credentials for the role; after a cluster was replaced this is what its workloads meet first.',
  references: ['https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html'],
  needs: webIdentityNeeds,
  check: (given) => problemsOf('eks/irsa-trust-other-cluster', given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): string {
  return `The whole trust policy of ${roleName(told[0])} is written for ${principalsOf(told[0])}, and ${callersOf(told)} ${verb(told, 'has a token', 'have tokens')} of another issuer.`;
}
