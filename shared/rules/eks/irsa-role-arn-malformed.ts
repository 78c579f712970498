import { rule } from '../../rule.ts';
import { arnFault } from './web-identity/denial.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { rolesNamed, webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, shortened, verb, type Told } from './web-identity/told.ts';
import { roleForCaller, workloadFix } from './web-identity/workload-fix.ts';

export default rule({
  id: 'eks/irsa-role-arn-malformed',
  title: 'A workload asks for a role by an impossible ARN',
  severity: 'high',
  why: 'No role can have such an ARN, so its pods get no credentials; the annotation of the service account is misspelt.',
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

function sentence(given: WebIdentityGiven, told: Told): string {
  const { roleArn } = told[0];
  const asks = `${callersOf(told)} ${verb(told, 'asks', 'ask')}`;
  return roleArn === null
    ? `${asks} for a role by an ARN that STS calls invalid; the record does not show it.`
    : `${asks} for "${shortened(roleArn)}", which ${shortened(arnFault(given, roleArn) ?? 'STS calls invalid')}.`;
}

/** The role that the caller may have meant: the one of that name, if it trusts the caller already. */
function meantRole(given: WebIdentityGiven, diagnosis: Diagnosis) {
  const name = (diagnosis.roleArn ?? '').trim().split(/[/:]/).at(-1) ?? '';
  return roleForCaller(given, diagnosis, rolesNamed(given, name));
}
