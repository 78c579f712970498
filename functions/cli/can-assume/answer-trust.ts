/** May this caller assume this role: the verdict, its causes, and a repair that was proven, or advice. */
import { parseRoleArn } from '../../../shared/domain/arn.ts';
import { diagnoseTrust, type TrustCause, type TrustDiagnosis } from '../../../shared/domain/trust-causes.ts';
import type {
  StatementExplanation,
  Verdict,
  WebIdentityRequest,
} from '../../../shared/domain/trust-policy.ts';
import { isMisspeltSubject } from '../../../shared/domain/service-account.ts';
import { repairTrust } from '../../../shared/domain/trust-repair.ts';
import type { Fix } from '../../../shared/rule.ts';
import { sh, withDocument } from '../../../shared/shell.ts';

export interface TrustAnswer {
  verdict: Verdict;
  /** Rule ids of the faults that belong to a smallest repair. */
  causes: TrustCause[];
  /** What IAM would refuse in the policy; only where the verdict is Malformed. */
  malformed?: string[];
  statements: StatementExplanation[];
  /** Null where nothing needs repair. */
  fix: Fix | null;
}

export interface TrustQuestion {
  trustPolicy: unknown;
  request: WebIdentityRequest;
  /** Whether the role's name in `request.roleArn` is the real one, so that a command may name it; default true. */
  roleKnown?: boolean;
}

export function answerTrust({ trustPolicy, request, roleKnown = true }: TrustQuestion): TrustAnswer {
  const diagnosis = diagnoseTrust(trustPolicy, request);
  const { verdict, causes, malformed, statements } = diagnosis;
  return {
    verdict,
    causes,
    ...(verdict === 'Malformed' ? { malformed: malformed.map(({ en }) => en) } : {}),
    statements,
    fix: verdict === 'Allowed' ? null : repair(trustPolicy, request, diagnosis, roleKnown),
  };
}

function repair(
  policy: unknown,
  request: WebIdentityRequest,
  diagnosis: TrustDiagnosis,
  roleKnown: boolean,
): Fix {
  const repaired = repairTrust(policy, request, diagnosis);
  if (!repaired) return { summary: advice(diagnosis), commands: [], verified: false };
  const name = roleKnown ? parseRoleArn(request.roleArn)?.name : undefined;
  const isNamed = namesCaller(diagnosis, request);
  const command =
    name && isNamed
      ? sh`aws iam update-assume-role-policy --role-name ${name} --policy-document file:///dev/stdin`
      : null;
  return {
    summary: isNamed ? repaired.summary.en : `${perhapsNothing} ${repaired.summary.en}`,
    commands: command ? [withDocument(command, repaired.policy)] : [],
    policy: repaired.policy,
    verified: true,
  };
}

const perhapsNothing =
  'The trust policy does not speak of this caller: if it should not have the role, nothing is broken. Only if the grant is meant, set the policy shown here.';

/** Whether the policy's own text names the caller, if misspelt: then a command may grant what it says. */
function namesCaller({ causes, faults }: TrustDiagnosis, { claims }: WebIdentityRequest): boolean {
  if (causes.includes('eks/irsa-trust-other-cluster')) return false;
  const subject = String(claims['sub']);
  const named = faults.flatMap(({ cause, condition }) =>
    cause === 'eks/irsa-trust-subject' ? [condition?.values ?? []] : [],
  );
  return named.every((values) => values.some((value) => isMisspeltSubject(value, subject)));
}

function advice({ verdict, causes }: TrustDiagnosis): string {
  if (verdict === 'Malformed')
    return 'Advice: IAM would refuse this policy; correct what is listed and ask again.';
  if (causes.includes('eks/irsa-trust-explicit-deny'))
    return 'Advice: a Deny statement matches this call. Whoever wrote it has to decide whether this caller is meant; a Deny is never removed for you.';
  if (causes.includes('eks/irsa-trust-other-condition'))
    return 'Advice: a condition on the circumstances of the call is not met. Change the circumstances (address, network, tags, session name), or have its author decide; a condition is never removed for you.';
  return 'Advice: no edit of this policy could be proven to allow this caller and nobody else. Write a statement for this issuer, subject and audience, and ask again.';
}
