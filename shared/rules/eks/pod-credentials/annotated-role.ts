/** Whether naming a role in an annotation grants nothing: the role's trust policy lets the service account in already. */
import { parsePolicy } from '../../../domain/policy-document.ts';
import { subjectOf } from '../../../domain/service-account.ts';
import { evaluateTrust } from '../../../domain/trust-policy.ts';
import type { Role } from '../../../domain/web-identity.ts';
import { latentCircumstances } from '../web-identity/circumstances.ts';
import { defaultAudience } from '../web-identity/diagnosis.ts';
import type { Workload } from './workloads.ts';

/** The annotation by which a service account asks for tokens with another audience. */
const audienceAnnotation = 'eks.amazonaws.com/audience';

export function trustsAccount(role: Role, { cluster, account }: Workload, time: string): boolean {
  if (cluster.issuer === null) return false;
  const { context } = latentCircumstances(time);
  const audience = account.annotations[audienceAnnotation] ?? defaultAudience;
  const claims = { sub: subjectOf(account), aud: [audience] };
  const request = { issuer: cluster.issuer, roleArn: role.arn, claims, context };
  return evaluateTrust(role.trustPolicy, request).verdict === 'Allowed';
}

/** Whether the policy names the service account itself, and not by a pattern that it happens to match. */
export function namesAccount({ trustPolicy }: Role, { account }: Workload): boolean {
  const parsed = parsePolicy(trustPolicy);
  const subject = subjectOf(account);
  return (
    parsed.ok &&
    parsed.policy.statements.some(
      ({ effect, conditions }) =>
        effect === 'Allow' && conditions.some(({ values }) => values.includes(subject)),
    )
  );
}
