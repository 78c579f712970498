/** Repairs on the workload's side: the annotation that names the role. */
import type { Fix } from '../../../rule.ts';
import type { Role } from '../../../domain/web-identity.ts';
import { evaluateTrust } from '../../../domain/trust-policy.ts';
import { circumstancesOf } from './circumstances.ts';
import type { Diagnosis } from './diagnosis.ts';
import { advice, annotateCommand } from './fix.ts';
import { ownRoles, type WebIdentityGiven } from './given.ts';

/** The one role that may have been meant and trusts the caller already; null where there is none, or more than one. */
export function roleForCaller(
  given: WebIdentityGiven,
  { subjects, issuer, audience, denial }: Diagnosis,
  meant: (role: Role) => boolean,
): Role | null {
  const [subject] = subjects;
  if (subject === undefined || issuer === null || !denial) return null;
  const { context } = circumstancesOf(denial.latest);
  const claims = { sub: subject, aud: [audience ?? 'sts.amazonaws.com'] };
  const trusting = ownRoles(given).filter(
    (role) =>
      meant(role) &&
      evaluateTrust(role.trustPolicy, { issuer, roleArn: role.arn, claims, context }).verdict === 'Allowed',
  );
  return trusting.length === 1 ? (trusting[0] ?? null) : null;
}

/** Names the right role in the annotation where one is known: that grants nothing, for the role trusts the caller already. */
export function workloadFix({ subjects, roleArn }: Diagnosis, role: Role | null): Fix {
  const command = role && annotateCommand(subjects[0] ?? '', role.arn);
  if (role && command) {
    return {
      summary: `Name ${role.arn} in the service account's annotation, and restart its pods. That role trusts this caller already.`,
      commands: [command],
      verified: false,
    };
  }
  return advice(
    `Write the ARN of an existing role that trusts this service account into its annotation eks.amazonaws.com/role-arn in place of ${roleArn ?? 'what is there'}, and restart its pods.`,
  );
}
