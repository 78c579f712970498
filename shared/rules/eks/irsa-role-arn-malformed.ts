import { roleArnFault } from '../../domain/arn.ts';
import { rule, type Fix } from '../../rule.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { callerName, problemsOf } from './web-identity/problem.ts';
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
    problemsOf('eks/irsa-role-arn-malformed', given, (diagnosis) => ({
      cause: `${callerName(diagnosis)} asks for "${diagnosis.roleArn ?? ''}", which ${roleArnFault(diagnosis.roleArn ?? '') ?? 'STS calls invalid'}.`,
      subject: { kind: 'role', name: diagnosis.roleArn ?? 'none', id: diagnosis.roleArn ?? 'none' },
      fix: fixOf(given, diagnosis),
    })),
});

/** The role that the caller may have meant: one of the same name that trusts it already. */
function fixOf(given: WebIdentityGiven, diagnosis: Diagnosis): Fix {
  const name = (diagnosis.roleArn ?? '').split(/[/:]/).at(-1) ?? '';
  return workloadFix(
    diagnosis,
    roleForCaller(given, diagnosis, (role) => role.name === name),
  );
}
