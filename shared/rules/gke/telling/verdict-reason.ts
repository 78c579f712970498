/** Why access is denied or in doubt, in words that a person can check against the policy. */
import type { Grant, Verdict } from '../../../domain/google-access.ts';
import type { Evidence } from '../../../rule.ts';
import type { Words } from '../../../words.ts';

/** One clause: `its binding of roles/x on projects/p expired on …`, `nothing on projects/p or above it grants it`. */
export function reasonFor(verdict: Verdict, role: string, resource: string): Words {
  if (verdict.state === 'allowed') return { en: `it has ${role}`, ja: `${role} があります` };
  const grant = verdict.near.find((near) => near.role === role) ?? verdict.near[0];
  if (grant) return describeNear(grant);
  return verdict.isPart
    ? {
        en: `what it has on ${resource} and above it grants only a part`,
        ja: `${resource} とその上位で付与されているものでは、一部しか満たされません`,
      }
    : {
        en: `nothing on ${resource} or above it grants it`,
        ja: `${resource} にもその上位にも、これを付与するバインディングがありません`,
      };
}

function describeNear({ match, member, role, resource, condition }: Grant): Words {
  const en = `its binding of ${role} on ${resource}`;
  const ja = `${resource} の ${role} のバインディング`;
  if (match === 'deleted')
    return {
      en: `${en} belongs to an account that was deleted (${member})`,
      ja: `${ja}は、削除されたアカウント (${member}) のものです`,
    };
  if (condition?.state === 'expired')
    return {
      en: `${en} expired on ${condition.since}`,
      ja: `${ja}は ${condition.since} に期限切れになりました`,
    };
  if (condition?.state === 'not-yet')
    return {
      en: `${en} is in force only from ${condition.from}`,
      ja: `${ja}が有効になるのは ${condition.from} からです`,
    };
  return { en: `${en} does not hold`, ja: `${ja}は有効ではありません` };
}

/** The bindings that no longer grant, as evidence. */
export function nearEvidence(verdict: Verdict): Evidence[] {
  if (verdict.state === 'allowed') return [];
  return verdict.near
    .slice(0, 5)
    .map((grant) => ({ label: 'Binding without effect', value: describeNear(grant) }));
}
