import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, faultyValues, listed, roleName, verb, type Told } from './web-identity/told.ts';
import { en, ja, type Localized } from '../../words.ts';

const id = 'eks/irsa-trust-policy-version';

export default rule({
  id,
  title: {
    en: 'A policy variable in a trust policy is not expanded',
    ja: '信頼ポリシーのポリシー変数が展開されません',
  },
  severity: 'high',
  why: {
    en: 'Only the policy language of 2012-10-17 knows variables; in an older version ${…} is ordinary text that matches nobody.',
    ja: '変数を解釈するのは 2012-10-17 のポリシー言語だけです。それより古いバージョンでは、${…} は何にも一致しない普通の文字列です。',
  },
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html'],
  needs: webIdentityNeeds,
  check: (given) => problemsOf(id, given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): Localized {
  const [role, callers] = [roleName(told[0]), callersOf(told)];
  const values = listed(faultyValues(told[0], id));
  return {
    en: en`The trust policy of ${role} has a variable in ${values} under a Version that leaves it as text, so ${callers} ${verb(told, 'does', 'do')} not match.`,
    ja: ja`${role} の信頼ポリシーの ${values} には変数がありますが、Version が変数を展開しないものであるため、${callers} は一致しません。`,
  };
}
