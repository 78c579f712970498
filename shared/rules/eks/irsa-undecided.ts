import { rule } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, roleName, shortened, verb, type Told } from './web-identity/told.ts';
import { en, ja, type Localized } from '../../words.ts';

export default rule({
  id: 'eks/irsa-undecided',
  title: {
    en: 'A refused call cannot be explained from what could be read',
    ja: '読み取れた情報では、拒否された呼び出しを説明できません',
  },
  severity: 'medium',
  why: {
    en: 'The denial is real; what is missing here would decide between the suspects that are left.',
    ja: '拒否は実際に起きています。ここで不足している情報があれば、残った候補から原因を特定できます。',
  },
  references: [
    'https://repost.aws/knowledge-center/eks-troubleshoot-irsa-errors',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf('eks/irsa-undecided', given, (told) => ({ cause: sentence(told), fix: fixOf(told) })),
});

/** The whole note stands in the evidence. */
function sentence(told: Told): Localized {
  const [role, callers] = [roleName(told[0]), callersOf(told)];
  const note = told[0].notes[0] ?? notDecided;
  const why = shortened(note.en).replace(/^The /, 'the ').replace(/\.$/, '');
  return {
    en: en`${callers} ${verb(told, 'was', 'were')} refused ${role}, and why is not decided: ${why}.`,
    ja: ja`${callers} は ${role} の引き受けを拒否されましたが、原因は特定できていません。${shortened(note.ja)}`,
  };
}

const notDecided = {
  en: 'What was read does not decide it.',
  ja: '読み取れた情報では判断できません。',
};

function fixOf([{ trust }]: Told) {
  return trust ? unrecordedAdvice : unreadAdvice;
}

const unrecordedAdvice = advice({
  en: 'Find out for this workload what CloudTrail does not record (its VPC, its endpoint, its tags) and compare it with the condition.',
  ja: 'CloudTrail に記録されない情報 (VPC、エンドポイント、タグ) をこのワークロードについて調べ、条件と比較してください。',
});

const unreadAdvice = advice({
  en: 'Read what is missing (the coverage section names the permissions), or compare the caller with the statements of the trust policy by "clusterwhy can-assume".',
  ja: '不足している情報を読み取れるようにする (必要な権限はカバレッジの節にあります) か、"clusterwhy can-assume" で呼び出し元を信頼ポリシーのステートメントと比較してください。',
});
