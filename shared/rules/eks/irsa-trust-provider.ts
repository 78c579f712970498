import { rule } from '../../rule.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { callerName, problemsOf, roleName } from './web-identity/problem.ts';

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
  check: (given) =>
    problemsOf('eks/irsa-trust-provider', given, (diagnosis) => ({
      cause: `The trust policy of ${roleName(diagnosis)} names no principal that ${callerName(diagnosis)} has: its token is ${principalOf(diagnosis)}, the policy names ${namedPrincipals(diagnosis)}.`,
    })),
});

/** What the statement nearest to allowing names in its place. */
function namedPrincipals({ trust }: Diagnosis): string {
  const near = trust?.diagnosis.statements.find(({ index }) => index === trust.diagnosis.nearest);
  return (
    near?.elements[0]?.policy.map((principal) => principal.replace('Federated: ', '')).join(', ') ?? 'nobody'
  );
}

/** The token's principal, as IAM compares it. */
function principalOf({ trust }: Diagnosis): string {
  return (
    trust?.diagnosis.statements[0]?.elements[0]?.request?.join(', ').replace('Federated: ', '') ??
    'of another issuer'
  );
}
