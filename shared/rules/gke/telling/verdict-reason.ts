/** Why access is denied or in doubt, in words that a person can check against the policy. */
import type { Grant, Verdict } from '../../../domain/google-access.ts';
import type { Evidence } from '../../../rule.ts';

/** One clause: `its binding of roles/x on projects/p expired on …`, `nothing on projects/p or above it grants it`. */
export function reasonFor(verdict: Verdict, role: string, resource: string): string {
  if (verdict.state === 'allowed') return `it has ${role}`;
  const grant = verdict.near.find((near) => near.role === role) ?? verdict.near[0];
  if (grant) return describeNear(grant);
  return verdict.isPart
    ? `what it has on ${resource} and above it grants only a part`
    : `nothing on ${resource} or above it grants it`;
}

function describeNear({ match, member, role, resource, condition }: Grant): string {
  if (match === 'deleted')
    return `its binding of ${role} on ${resource} belongs to an account that was deleted (${member})`;
  if (condition?.state === 'expired')
    return `its binding of ${role} on ${resource} expired on ${condition.since}`;
  if (condition?.state === 'not-yet')
    return `its binding of ${role} on ${resource} is in force only from ${condition.from}`;
  return `its binding of ${role} on ${resource} does not hold`;
}

/** The bindings that no longer grant, as evidence. */
export function nearEvidence(verdict: Verdict): Evidence[] {
  if (verdict.state === 'allowed') return [];
  return verdict.near
    .slice(0, 5)
    .map((grant) => ({ label: 'Binding without effect', value: describeNear(grant) }));
}
