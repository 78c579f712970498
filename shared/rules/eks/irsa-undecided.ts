import { rule } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { callerName, problemsOf, roleName } from './web-identity/problem.ts';

export default rule({
  id: 'eks/irsa-undecided',
  title: 'A refused call cannot be explained from what could be read',
  severity: 'medium',
  why: 'The denial is real; what is missing here would decide between the suspects that are left.',
  references: [
    'https://repost.aws/knowledge-center/eks-troubleshoot-irsa-errors',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf('eks/irsa-undecided', given, (diagnosis) => ({
      cause: `${callerName(diagnosis)} was refused ${roleName(diagnosis)}, and what was read does not decide why: ${diagnosis.notes.join(' ')}`,
      fix: undecidedFix,
    })),
});

const undecidedFix = advice(
  'Read what is missing (the coverage section names the permissions), or compare the caller with the statements of the trust policy by "clusterwhy can-assume".',
);
