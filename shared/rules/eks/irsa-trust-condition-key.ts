import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, faultyKeys, roleName, type Told } from './web-identity/told.ts';

const id = 'eks/irsa-trust-condition-key';

export default rule({
  id,
  title: 'A trust policy asks for a condition key that the token does not have',
  severity: 'high',
  why: 'A key whose issuer or claim is misspelt is absent from every call, so the condition is never met.',
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => problemsOf(id, given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): string {
  const keys = faultyKeys(told[0], id).map((key) => `"${key}"`);
  const what = keys.length > 1 ? 'condition keys' : 'a condition key';
  return `The trust policy of ${roleName(told[0])} asks for ${keys.join(' and ')}, ${what} that no token of ${callersOf(told)} has.`;
}
