/** Fixes of web-identity faults: a proven policy where the grant was meant, the workload's side or advice elsewhere. */
import { parseRoleArn } from '../../../domain/arn.ts';
import { parseSubject } from '../../../domain/service-account.ts';
import { policyLength, trustPolicyQuota } from '../../../domain/trust-repair.ts';
import type { Fix } from '../../../rule.ts';
import { sh, withDocument } from '../../../shell.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { WebIdentityGiven } from './given.ts';

/** A fix that a person must decide. */
export function advice(text: string, commands: string[] = []): Fix {
  return { summary: `Advice: ${text}`, commands, verified: false };
}

/** `aws iam update-assume-role-policy` with the policy in a here-document. */
export function updateTrustCommand(roleName: string, policy: unknown): string {
  return withDocument(
    sh`aws iam update-assume-role-policy --role-name ${roleName} --policy-document file:///dev/stdin`,
    policy,
  );
}

/** Points a service account at a role, by the annotation that EKS reads. */
export function annotateCommand(subject: string, roleArn: string): string | null {
  const name = parseSubject(subject);
  return (
    name &&
    sh`kubectl annotate serviceaccount ${name.name} --namespace ${name.namespace} eks.amazonaws.com/role-arn=${roleArn} --overwrite`
  );
}

function removeAnnotationCommands(subjects: string[]): string[] {
  return subjects.flatMap((subject) => {
    const name = parseSubject(subject);
    return name
      ? [
          sh`kubectl annotate serviceaccount ${name.name} --namespace ${name.namespace} eks.amazonaws.com/role-arn-`,
        ]
      : [];
  });
}

/** The repair of the role's trust policy, as far as it may be offered. */
export function trustFix(_: WebIdentityGiven, { trust, role, subjects, causes }: Diagnosis): Fix {
  if (!trust?.repair || !role) return undecidedFix(causes);
  const { repair, intent } = trust;
  if (!intent.shown) {
    return {
      ...advice(
        `If this caller should not have the role ${role.name}, nothing is broken: take the annotation off the service account. ${intent.why} Only if the grant is meant, set the trust policy shown here; it is proven to allow this caller and nothing else.`,
        removeAnnotationCommands(subjects),
      ),
      policy: repair.policy,
    };
  }
  const { neighboursDenied, compared } = repair.proof;
  const length = policyLength(repair.policy);
  const quota =
    length > trustPolicyQuota
      ? ` The policy has ${length} characters, more than the default quota of ${trustPolicyQuota}: raise it first.`
      : '';
  return {
    summary: `${repair.summary} ${intent.why} Proven: the call is allowed, ${neighboursDenied} similar callers stay refused, and the answers to ${compared} other requests do not change.${quota}`,
    commands: [updateTrustCommand(parseRoleArn(role.arn)?.name ?? role.name, repair.policy)],
    policy: repair.policy,
    verified: true,
  };
}

/** What only a person may decide, by the cause that stands in the way. */
function undecidedFix(causes: Diagnosis['causes']): Fix {
  const withOthers = causes.length > 1 ? ' The other causes named here must be repaired as well.' : '';
  if (causes.includes('eks/irsa-trust-explicit-deny'))
    return advice(
      `A Deny is somebody's decision, so no edit of it is offered. Ask who wrote it; if this caller is meant to be let in, narrow the Deny by hand.${withOthers}`,
    );
  if (causes.includes('eks/irsa-trust-other-condition'))
    return advice(
      `The condition is a safeguard, so it is neither removed nor widened here. Meet it from the workload's side, or have its owner change it.${withOthers}`,
    );
  return advice(
    `No edit of the trust policy could be proven to allow this caller and nothing else. Rewrite the statement for this cluster and service account by hand.`,
  );
}
