import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, faultyConditions, listed, roleName, verb, type Told } from './web-identity/told.ts';

const id = 'eks/irsa-trust-other-condition';

export default rule({
  id,
  title: 'A further condition of a trust policy is not met',
  severity: 'high',
  why: 'The service account is right, yet another condition (address, VPC, tag, session name, date) keeps its pods out.',
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => problemsOf(id, given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): string {
  const [{ trust }] = told;
  const demands = faultyConditions(trust, id).map(
    ({ operator, key, values }) => `${operator} ${key} ${listed(values)}`,
  );
  const elements = trust?.diagnosis.statements.flatMap(({ elements }) => elements) ?? [];
  const has = faultyConditions(trust, id).map(({ key }) => {
    const values = elements.find((element) => element.key === key)?.request;
    return values ? listed(values) : 'no such key';
  });
  const call = `${verb(told, 'the call', 'the calls')} of ${callersOf(told)} ${verb(told, 'has', 'have')}`;
  return `The trust policy of ${roleName(told[0])} also demands ${demands.join(' and ')}, and ${call} ${has.join(' and ')}.`;
}
