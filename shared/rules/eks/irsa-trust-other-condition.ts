import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import {
  callerName,
  faultyKeys,
  faultyValues,
  listed,
  problemsOf,
  roleName,
} from './web-identity/problem.ts';

export default rule({
  id: 'eks/irsa-trust-other-condition',
  title: 'A further condition of a trust policy is not met',
  severity: 'high',
  why: 'The service account is right, yet another condition (address, VPC, tag, session name, date) keeps its pods out.',
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf('eks/irsa-trust-other-condition', given, (diagnosis) => ({
      cause: `The trust policy of ${roleName(diagnosis)} asks for ${listed(faultyKeys(diagnosis, 'eks/irsa-trust-other-condition'))} with ${listed(faultyValues(diagnosis, 'eks/irsa-trust-other-condition'))}, which ${callerName(diagnosis)} does not meet.`,
    })),
});
