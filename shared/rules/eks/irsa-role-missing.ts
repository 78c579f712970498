import { parseRoleArn } from '../../domain/arn.ts';
import { editDistance } from '../../domain/issuer.ts';
import { rule } from '../../rule.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { callerName, problemsOf } from './web-identity/problem.ts';
import { roleForCaller, workloadFix } from './web-identity/workload-fix.ts';

export default rule({
  id: 'eks/irsa-role-missing',
  title: 'A workload asks for a role that does not exist',
  severity: 'high',
  why: 'STS answers a missing role by AccessDenied, as if it existed; the role was deleted, renamed, or has another path.',
  references: [
    'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf('eks/irsa-role-missing', given, (diagnosis) => {
      const wanted = parseRoleArn(diagnosis.roleArn ?? '')?.name ?? '';
      const near = roleForCaller(given, diagnosis, (role) => editDistance(role.name, wanted, 2) <= 2);
      return {
        cause: sentence(diagnosis),
        subject: { kind: 'role', name: wanted, id: diagnosis.roleArn ?? wanted },
        fix: workloadFix(diagnosis, near),
      };
    }),
});

function sentence(diagnosis: Diagnosis): string {
  const { role, roleArn } = diagnosis;
  const asked = `${callerName(diagnosis)} asks for ${roleArn ?? 'a role'}`;
  if (!role) return `${asked}, which does not exist.`;
  return `${asked}; the role of that name has the path ${role.path}, so its ARN is ${role.arn}.`;
}
