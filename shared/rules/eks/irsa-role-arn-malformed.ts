import { rule } from '../../rule.ts';
import { arnFault } from './web-identity/denial.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { rolesNamed, webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, shortened, verb, type Told } from './web-identity/told.ts';
import { roleForCaller, workloadFix } from './web-identity/workload-fix.ts';
import { en, ja, mapWords, type Localized } from '../../words.ts';

export default rule({
  id: 'eks/irsa-role-arn-malformed',
  title: {
    en: 'A workload asks for a role by an impossible ARN',
    ja: 'ワークロードがロールとしてありえない ARN を要求しています',
  },
  severity: 'high',
  why: {
    en: 'No role can have such an ARN, so its pods get no credentials; the annotation of the service account is misspelt.',
    ja: 'このような ARN のロールは存在しえないため、Pod は認証情報を取得できません。サービスアカウントのアノテーションに誤りがあります。',
  },
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html',
    'https://repost.aws/knowledge-center/eks-troubleshoot-irsa-errors',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf('eks/irsa-role-arn-malformed', given, (told) => ({
      cause: sentence(given, told),
      fix: workloadFix(told, (diagnosis) => meantRole(given, diagnosis)),
    })),
});

function sentence(given: WebIdentityGiven, told: Told): Localized {
  const { roleArn } = told[0];
  const [callers, asks] = [callersOf(told), verb(told, 'asks', 'ask')];
  if (roleArn === null)
    return {
      en: en`${callers} ${asks} for a role by an ARN that STS calls invalid; the record does not show it.`,
      ja: ja`${callers} が要求しているロールの ARN を STS は無効と判断しましたが、その ARN はイベントに記録されていません。`,
    };
  const fault = mapWords(arnFault(given, roleArn) ?? calledInvalid, shortened);
  return {
    en: en`${callers} ${asks} for "${shortened(roleArn)}", which ${fault}.`,
    ja: ja`${callers} が要求している "${shortened(roleArn)}" は、ロールの ARN として正しくありません。${fault}。`,
  };
}

const calledInvalid = { en: 'STS calls invalid', ja: 'STS が無効と判断しました' };

/** The role that the caller may have meant: the one of that name, if it trusts the caller already. */
function meantRole(given: WebIdentityGiven, diagnosis: Diagnosis) {
  const name = (diagnosis.roleArn ?? '').trim().split(/[/:]/).at(-1) ?? '';
  return roleForCaller(given, diagnosis, rolesNamed(given, name));
}
