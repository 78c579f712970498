import { rule, type Evidence } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, denialOf, roleName, times, verb, type Told } from './web-identity/told.ts';

export default rule({
  id: 'eks/irsa-denied-outside-trust',
  title: 'A call is refused although the trust policy allows it',
  severity: 'high',
  why: 'Something outside the trust policy refuses the workload: a resource control policy, an endpoint policy, or a state that has changed since.',
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

function sentence(told: Told): string {
  const { events = 0, lastSeen = '' } = denialOf(told) ?? {};
  const when = events === 1 ? `once, at ${lastSeen}` : `${times(events)}, last at ${lastSeen}`;
  return `The trust policy of ${roleName(told[0])} allows ${callersOf(told)} today, yet ${verb(told, 'it was', 'they were')} refused ${when}: what refuses lies outside of the policy, or the policy was changed since.`;
}

const outsideEvidence: Evidence[] = [
  {
    label: 'Looked at',
    value: 'the role, its trust policy, the OIDC provider, the circumstances that CloudTrail records',
  },
  {
    label: 'Not looked at',
    value:
      'resource control policies and service control policies of the organization, policies of VPC endpoints, earlier versions of the trust policy',
  },
];

const outsideFix = advice(
  'If the trust policy was changed after the last refusal, nothing is left to do. Otherwise look for a resource control policy that covers sts:AssumeRoleWithWebIdentity (aws organizations list-policies --filter RESOURCE_CONTROL_POLICY, from the management account) and at the policy of the VPC endpoint for STS.',
);
