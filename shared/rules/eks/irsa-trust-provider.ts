import { rule } from '../../rule.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, principalsOf, roleName, verb, type Told } from './web-identity/told.ts';

export default rule({
  id: 'eks/irsa-trust-provider',
  title: 'A trust policy names another principal than the cluster',
  severity: 'high',
  why: "Pods get no credentials for the role: IAM compares the provider's ARN letter by letter, and the token has another.",
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => problemsOf('eks/irsa-trust-provider', given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): string {
  return `The trust policy of ${roleName(told[0])} names no principal that ${callersOf(told)} ${verb(told, 'has', 'have')}: the token is of ${tokenPrincipal(told[0])}, the policy names ${principalsOf(told[0])}.`;
}

/** The token's principal, as IAM compares it. */
function tokenPrincipal({ trust }: Diagnosis): string {
  const principal = trust?.diagnosis.statements[0]?.elements[0]?.request?.join(', ');
  return principal?.replace('Federated: ', '') ?? 'another issuer';
}
