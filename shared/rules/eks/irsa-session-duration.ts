import { rule, type Problem } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { ownRoles, webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { parseEksIssuer, issuerOfProvider } from '../../domain/issuer.ts';
import { parseSubject } from '../../domain/service-account.ts';
import { clusterOf } from './web-identity/given.ts';
import { callerName, problemsOf, roleName } from './web-identity/problem.ts';

export default rule({
  id: 'eks/irsa-session-duration',
  title: 'A workload asks for longer sessions than its role allows',
  severity: 'high',
  why: 'STS refuses such a call with a ValidationError; it fails at the next renewal of the credentials.',
  references: ['https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html'],
  needs: webIdentityNeeds,
  check: (given) => [
    ...problemsOf('eks/irsa-session-duration', given, (diagnosis) => ({
      cause: `${callerName(diagnosis)} asks for a longer session than the ${diagnosis.role?.maxSessionDuration ?? 3600} seconds that ${roleName(diagnosis)} allows.`,
      fix: durationAdvice(diagnosis.role?.maxSessionDuration ?? 3600),
    })),
    ...outlived(given),
  ],
});

/** Callers who got a session that the role, as it is now, would no longer give. */
function outlived(given: WebIdentityGiven): Problem[] {
  const roles = new Map(ownRoles(given).map((role) => [role.arn, role]));
  return (given.facts.denials?.callers ?? []).flatMap((caller): Problem[] => {
    const role = roles.get(caller.roleArn);
    const asked = caller.longestDurationSeconds;
    if (!role || asked === null || asked <= role.maxSessionDuration) return [];
    const issuer = caller.provider === null ? null : issuerOfProvider(caller.provider);
    const cluster = issuer === null ? null : clusterOf(given, issuer);
    const name = parseSubject(caller.subject);
    return [
      {
        location: cluster?.region ?? parseEksIssuer(issuer ?? '')?.region ?? null,
        cluster: cluster?.name ?? null,
        subject: { kind: 'role', name: role.name, id: role.arn },
        workload: name && { namespace: name.namespace, serviceAccount: name.name },
        severity: 'medium',
        cause: `${caller.subject} asks for sessions of ${asked} seconds, and ${role.name} now allows ${role.maxSessionDuration} at most.`,
        evidence: [
          { label: 'Longest session asked for', value: `${asked} seconds, last at ${caller.lastSeen}` },
          { label: 'MaxSessionDuration of the role', value: `${role.maxSessionDuration} seconds` },
        ],
        fix: durationAdvice(role.maxSessionDuration),
      },
    ];
  });
}

function durationAdvice(seconds: number) {
  return advice(
    `Let the workload ask for at most ${seconds} seconds (its SDK's duration setting), or have the role's owner raise MaxSessionDuration if sessions that long are wanted.`,
  );
}
