import { rule } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, roleName, shortened, verb, type Told } from './web-identity/told.ts';

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
    problemsOf('eks/irsa-undecided', given, (told) => ({ cause: sentence(told), fix: fixOf(told) })),
});

/** The whole note stands in the evidence. */
function sentence(told: Told): string {
  const [{ notes }] = told;
  const why = shortened(notes[0] ?? 'What was read does not decide it.')
    .replace(/^The /, 'the ')
    .replace(/\.$/, '');
  return `${callersOf(told)} ${verb(told, 'was', 'were')} refused ${roleName(told[0])}, and why is not decided: ${why}.`;
}

function fixOf([{ trust }]: Told) {
  return trust ? unrecordedAdvice : unreadAdvice;
}

const unrecordedAdvice = advice(
  'Find out for this workload what CloudTrail does not record (its VPC, its endpoint, its tags) and compare it with the condition.',
);

const unreadAdvice = advice(
  'Read what is missing (the coverage section names the permissions), or compare the caller with the statements of the trust policy by "clusterwhy can-assume".',
);
