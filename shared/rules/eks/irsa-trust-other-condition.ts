import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import {
  allOf,
  callersOf,
  faultyConditions,
  listed,
  roleName,
  verb,
  type Told,
} from './web-identity/told.ts';
import { en, ja, mapWords, type Localized, type Words } from '../../words.ts';

const id = 'eks/irsa-trust-other-condition';

export default rule({
  id,
  title: {
    en: 'A further condition of a trust policy is not met',
    ja: '信頼ポリシーのほかの条件が満たされていません',
  },
  severity: 'high',
  why: {
    en: 'The service account is right, yet another condition (address, VPC, tag, session name, date) keeps its pods out.',
    ja: 'サービスアカウントは正しいものの、別の条件 (アドレス、VPC、タグ、セッション名、日付) が Pod を締め出しています。',
  },
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => problemsOf(id, given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): Localized {
  const [{ trust }] = told;
  const demands = faultyConditions(trust, id).map(({ operator, key, values }): Words =>
    mapWords(listed(values), (list) => `${operator} ${key} ${list}`),
  );
  const elements = trust?.diagnosis.statements.flatMap(({ elements }) => elements) ?? [];
  const has = faultyConditions(trust, id).map(({ key }) => {
    const values = elements.find((element) => element.key === key)?.request;
    return values ? listed(values) : noSuchKey;
  });
  const [role, callers] = [roleName(told[0]), callersOf(told)];
  return {
    en: en`The trust policy of ${role} also demands ${allOf(demands)}, and ${verb(told, 'the call', 'the calls')} of ${callers} ${verb(told, 'has', 'have')} ${allOf(has)}.`,
    ja: ja`${role} の信頼ポリシーはさらに ${allOf(demands)} を求めていますが、${callers} の呼び出しの値は ${allOf(has)} です。`,
  };
}

const noSuchKey = { en: 'no such key', ja: 'なし (このキーがありません)' };
