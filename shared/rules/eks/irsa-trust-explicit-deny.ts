import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import {
  allOf,
  callersOf,
  nearestOf,
  roleName,
  statementName,
  verb,
  type Told,
} from './web-identity/told.ts';
import { en, ja, type Localized } from '../../words.ts';

export default rule({
  id: 'eks/irsa-trust-explicit-deny',
  title: {
    en: 'A Deny in the trust policy matches',
    ja: '信頼ポリシーの Deny が一致しています',
  },
  severity: 'high',
  why: {
    en: 'A Deny that matches refuses the call, whatever else the policy allows.',
    ja: '一致する Deny は、ポリシーがほかに何を許可していても呼び出しを拒否します。',
  },
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html'],
  needs: webIdentityNeeds,
  check: (given) => problemsOf('eks/irsa-trust-explicit-deny', given, (told) => ({ cause: sentence(told) })),
});

function sentence(told: Told): Localized {
  const denies = (told[0].trust?.diagnosis.statements ?? []).filter(
    ({ effect, matched }) => effect === 'Deny' && matched,
  );
  const [role, callers] = [roleName(told[0]), callersOf(told)];
  const near = nearestOf(told[0]);
  if (denies.length === 0 && near)
    return {
      en: en`In the trust policy of ${role}, ${statementName(near)} is written for ${callers}, but its Effect is Deny.`,
      ja: ja`${role} の信頼ポリシーの${statementName(near)} は ${callers} 向けに書かれていますが、Effect が Deny です。`,
    };
  const names = allOf(denies.map(statementName));
  return {
    en: en`In the trust policy of ${role}, ${names} ${denies.length > 1 ? 'are Denies that match' : 'is a Deny that matches'} the ${verb(told, 'call', 'calls')} of ${callers}.`,
    ja: ja`${role} の信頼ポリシーの${names} は、${callers} の呼び出しに一致する Deny です。`,
  };
}
