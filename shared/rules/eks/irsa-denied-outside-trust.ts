import { rule, type Evidence } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, denialOf, roleName, times, verb, type Told } from './web-identity/told.ts';
import { en, ja, type Localized } from '../../words.ts';

export default rule({
  id: 'eks/irsa-denied-outside-trust',
  title: {
    en: 'A call is refused although the trust policy allows it',
    ja: '信頼ポリシーが許可している呼び出しが拒否されています',
  },
  severity: 'high',
  why: {
    en: 'Something outside the trust policy refuses the workload: a resource control policy, an endpoint policy, or a state that has changed since.',
    ja: '信頼ポリシー以外の要因がワークロードを拒否しています。リソースコントロールポリシー、エンドポイントポリシー、またはその後変わった状態が考えられます。',
  },
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html',
    'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf('eks/irsa-denied-outside-trust', given, (told) => ({
      cause: sentence(told),
      evidence: outsideEvidence,
      fix: outsideFix,
    })),
});

function sentence(told: Told): Localized {
  const { events = 0, lastSeen = '' } = denialOf(told) ?? {};
  const last = events === 1 ? { en: 'at', ja: '時刻は' } : { en: 'last at', ja: '最終は' };
  const [role, callers] = [roleName(told[0]), callersOf(told)];
  return {
    en: en`The trust policy of ${role} allows ${callers} today, yet ${verb(told, 'it was', 'they were')} refused ${times(events)}, ${last} ${lastSeen}: what refuses lies outside of the policy, or the policy was changed since.`,
    ja: ja`${role} の信頼ポリシーは現在 ${callers} を許可していますが、${times(events)}拒否されました (${last} ${lastSeen})。拒否の要因がポリシーの外にあるか、その後ポリシーが変更されています。`,
  };
}

const outsideEvidence: Evidence[] = [
  {
    label: 'Looked at',
    value: {
      en: 'the role, its trust policy, the OIDC provider, the circumstances that CloudTrail records',
      ja: 'ロール、その信頼ポリシー、OIDC プロバイダー、CloudTrail に記録された呼び出しの状況',
    },
  },
  {
    label: 'Not looked at',
    value: {
      en: 'resource control policies and service control policies of the organization, policies of VPC endpoints, earlier versions of the trust policy',
      ja: '組織のリソースコントロールポリシーとサービスコントロールポリシー、VPC エンドポイントのポリシー、以前の信頼ポリシー',
    },
  },
];

const outsideFix = advice({
  en: 'If the trust policy was changed after the last refusal, nothing is left to do. Otherwise look for a resource control policy that covers sts:AssumeRoleWithWebIdentity (aws organizations list-policies --filter RESOURCE_CONTROL_POLICY, from the management account) and at the policy of the VPC endpoint for STS.',
  ja: '最後の拒否より後に信頼ポリシーが変更されたのであれば、対応は不要です。そうでなければ、sts:AssumeRoleWithWebIdentity を対象とするリソースコントロールポリシー (管理アカウントで aws organizations list-policies --filter RESOURCE_CONTROL_POLICY) と、STS 用 VPC エンドポイントのポリシーを確認してください。',
});
