import { isNegated } from '../../domain/condition.ts';
import { editDistance, isPlaceholder } from '../../domain/issuer.ts';
import { isMisspeltSubject, parseSubject } from '../../domain/service-account.ts';
import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import {
  callersOf,
  faultyConditions,
  faultyValues,
  originOf,
  roleName,
  shortened,
  subjectsOf,
  type Told,
} from './web-identity/told.ts';

const id = 'eks/irsa-trust-subject';

export default rule({
  id,
  title: 'A trust policy names another service account',
  severity: 'high',
  why: 'Pods of this service account get no credentials for the role; either the policy or the annotation is wrong.',
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://repost.aws/knowledge-center/eks-troubleshoot-irsa-errors',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf(id, given, (told) => ({
      cause: sentence(told),
      evidence: [{ label: 'Condition on the subject', value: conditionsOf(told) }],
    })),
});

function conditionsOf(told: Told): string {
  const stated = faultyConditions(told[0].trust, id).map(
    ({ operator, values }) => `${operator} ${values.join(', ') || 'nothing'}`,
  );
  return stated.join('; ') || 'none';
}

/** Which part differs from the nearest subject that the policy allows. */
function sentence(told: Told): string {
  const policy = `The trust policy of ${roleName(told[0])}`;
  const conditions = faultyConditions(told[0].trust, id);
  const [subject = '', ...otherSubjects] = subjectsOf(told);
  if (conditions.some((element) => isNegated(element) || element.base === 'null'))
    return `${policy} excludes ${callersOf(told)}: it demands ${shortened(conditionsOf(told))}.`;
  const allowed = faultyValues(told[0], id);
  const nearest = nearestOf(allowed, subject);
  if (nearest === undefined) return `${policy} allows no subject at all, and so not ${callersOf(told)}.`;
  const others = allowed.length > 1 ? ` (nearest of ${allowed.length} allowed)` : '';
  const allows = `${policy} allows "${shortened(nearest)}"${others}`;
  return otherSubjects.length > 0
    ? `${allows}, which is none of ${callersOf(told)}.`
    : `${allows}, and the caller is "${shortened(subject)}"${originOf(told)}: ${differenceOf(nearest, subject)}.`;
}

function nearestOf(allowed: string[], subject: string): string | undefined {
  const distance = (text: string) => editDistance(text, subject, 200);
  return [...allowed].sort((a, b) => distance(a) - distance(b))[0];
}

function differenceOf(allowed: string, subject: string): string {
  const [a, b] = [parseSubject(allowed), parseSubject(subject)];
  if (!b) return 'the caller is no Kubernetes service account';
  if (!a || allowed === subject) return differenceOfForm(allowed, subject);
  if (a.namespace === b.name && a.name === b.namespace) return 'namespace and name are swapped';
  if (a.namespace !== b.namespace && a.name !== b.name) return 'namespace and name differ';
  return a.namespace === b.namespace
    ? `the name is ${b.name}, not ${a.name}`
    : `the namespace is ${b.namespace}, not ${a.namespace}`;
}

function differenceOfForm(allowed: string, subject: string): string {
  if (allowed === subject) return 'the operator of the condition does not compare names';
  if (/[*?]/.test(allowed)) return 'the pattern does not match it';
  if (/\$\{[^}]*:/.test(allowed)) return 'a policy variable in it has no such value in this call';
  if (isPlaceholder(allowed)) return 'a placeholder was left in the policy';
  if (allowed.toLowerCase() === subject) return 'letter case counts, and Kubernetes names are in lower case';
  return isMisspeltSubject(allowed, subject)
    ? 'it is misspelt; a subject is written system:serviceaccount:namespace:name'
    : 'no cluster can issue a subject of that form; it is written system:serviceaccount:namespace:name';
}
