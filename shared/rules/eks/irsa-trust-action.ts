import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, listed, nearestOf, roleName, statementName, type Told } from './web-identity/told.ts';
import { en, ja, type Localized } from '../../words.ts';

export default rule({
  id: 'eks/irsa-trust-action',
  title: {
    en: 'A trust policy does not allow AssumeRoleWithWebIdentity',
    ja: '信頼ポリシーが AssumeRoleWithWebIdentity を許可していません',
  },
  severity: 'high',
  why: {
    en: 'Service accounts assume roles by sts:AssumeRoleWithWebIdentity; sts:AssumeRole and the like are other calls.',
    ja: 'サービスアカウントは sts:AssumeRoleWithWebIdentity でロールを引き受けます。sts:AssumeRole などは別の呼び出しです。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => problemsOf('eks/irsa-trust-action', given, (told) => ({ cause: sentence(told) })),
});

/** What the statement that is meant for the callers does with actions instead. */
function sentence(told: Told): Localized {
  const near = nearestOf(told[0]);
  const action = near?.elements.find(({ element }) => element === 'Action' || element === 'NotAction');
  const [role, callers] = [roleName(told[0]), callersOf(told)];
  if (!near || !action)
    return {
      en: en`The trust policy of ${role} allows nothing to anybody, and so not the call of ${callers}.`,
      ja: ja`${role} の信頼ポリシーはだれにも何も許可していないため、${callers} の呼び出しも許可されません。`,
    };
  const instead =
    action.element === 'NotAction' ? { en: 'leaves out', ja: '除外' } : { en: 'allows', ja: '許可' };
  return {
    en: en`The trust policy of ${role} is meant for ${callers} in ${statementName(near)}, which ${instead} ${listed(action.policy)} and so does not allow sts:AssumeRoleWithWebIdentity.`,
    ja: ja`${role} の信頼ポリシーの${statementName(near)} は ${callers} 向けですが、${listed(action.policy)} を${instead}しているため、sts:AssumeRoleWithWebIdentity を許可しません。`,
  };
}
