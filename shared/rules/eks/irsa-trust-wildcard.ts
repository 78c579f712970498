import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import {
  allOf,
  callersOf,
  faultyKeys,
  faultyValues,
  listed,
  roleName,
  verb,
  type Told,
} from './web-identity/told.ts';
import { en, ja, type Localized } from '../../words.ts';

const id = 'eks/irsa-trust-wildcard';

export default rule({
  id,
  title: {
    en: 'A trust policy has a wildcard under an equals operator',
    ja: '信頼ポリシーの完全一致の演算子にワイルドカードがあります',
  },
  severity: 'high',
  why: {
    en: 'StringEquals compares letter by letter: an asterisk in it matches an asterisk only, so nobody is let in.',
    ja: 'StringEquals は 1 文字ずつ比較します。アスタリスクはアスタリスクにしか一致しないため、だれも許可されません。',
  },
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => problemsOf(id, given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): Localized {
  const [first] = told;
  const [role, callers] = [roleName(first), callersOf(told)];
  const [keys, values] = [allOf(faultyKeys(first, id)), listed(faultyValues(first, id))];
  return {
    en: en`The trust policy of ${role} compares ${keys} with ${values} by an equals operator, where a wildcard is an ordinary character, so ${callers} ${verb(told, 'does', 'do')} not match.`,
    ja: ja`${role} の信頼ポリシーは ${keys} を ${values} と完全一致の演算子で比較しています。この演算子ではワイルドカードは普通の文字なので、${callers} は一致しません。`,
  };
}
