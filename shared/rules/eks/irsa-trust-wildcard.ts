import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import {
  callersOf,
  faultyKeys,
  faultyValues,
  listed,
  roleName,
  verb,
  type Told,
} from './web-identity/told.ts';

const id = 'eks/irsa-trust-wildcard';

export default rule({
  id,
  title: 'A trust policy has a wildcard under an equals operator',
  severity: 'high',
  why: 'StringEquals compares letter by letter: an asterisk in it matches an asterisk only, so nobody is let in.',
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => problemsOf(id, given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): string {
  const [first] = told;
  return `The trust policy of ${roleName(first)} compares ${faultyKeys(first, id).join(' and ')} with ${listed(faultyValues(first, id))} by an equals operator, where a wildcard is an ordinary character, so ${callersOf(told)} ${verb(told, 'does', 'do')} not match.`;
}
