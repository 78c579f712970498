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
  id: 'eks/irsa-trust-wildcard',
  title: 'A trust policy has a wildcard under an equals operator',
  severity: 'high',
  why: 'StringEquals compares letter by letter: an asterisk in it matches an asterisk only, so nobody is let in.',
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf('eks/irsa-trust-wildcard', given, (diagnosis) => ({
      cause: `The trust policy of ${roleName(diagnosis)} compares ${faultyKeys(diagnosis, 'eks/irsa-trust-wildcard').join(', ')} with ${listed(faultyValues(diagnosis, 'eks/irsa-trust-wildcard'))} by an equals operator, where a wildcard is an ordinary character, so ${callerName(diagnosis)} does not match.`,
    })),
});
