import { editDistance, isPlaceholder } from '../../domain/issuer.ts';
import { isMisspeltSubject, parseSubject } from '../../domain/service-account.ts';
import { rule } from '../../rule.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { callerName, faultyValues, problemsOf, roleName } from './web-identity/problem.ts';

export default rule({
  id: 'eks/irsa-trust-subject',
  title: 'A trust policy names another service account',
  severity: 'high',
  why: 'Pods of this service account get no credentials for the role; either the policy or the annotation is wrong.',
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://repost.aws/knowledge-center/eks-troubleshoot-irsa-errors',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf('eks/irsa-trust-subject', given, (diagnosis) => ({
      cause: subjectSentence(diagnosis),
      evidence: [
        {
          label: 'Trust policy allows',
          value: faultyValues(diagnosis, 'eks/irsa-trust-subject').join(', ') || 'no subject',
        },
      ],
    })),
});

/** Which part differs from the nearest subject that the policy allows. */
function subjectSentence(diagnosis: Diagnosis): string {
  const allowed = faultyValues(diagnosis, 'eks/irsa-trust-subject');
  const [subject = ''] = diagnosis.subjects;
  const nearest = nearestOf(allowed, subject);
  const who = `The trust policy of ${roleName(diagnosis)}`;
  if (nearest === undefined) return `${who} excludes the subject "${subject}" of ${callerName(diagnosis)}.`;
  const others = allowed.length > 1 ? ` (nearest of ${allowed.length} allowed)` : '';
  return `${who} allows "${nearest}"${others}, and the caller is "${subject}" of ${callerName(diagnosis)}: ${differenceOf(nearest, subject)}.`;
}

function nearestOf(allowed: string[], subject: string): string | undefined {
  const distance = (text: string) => editDistance(text, subject, 200);
  return [...allowed].sort((a, b) => distance(a) - distance(b))[0];
}

function differenceOf(allowed: string, subject: string): string {
  const [a, b] = [parseSubject(allowed), parseSubject(subject)];
  if (!b) return 'the caller is no Kubernetes service account';
  if (!a) return differenceOfForm(allowed, subject);
  if (a.namespace === b.name && a.name === b.namespace) return 'namespace and name are swapped';
  if (a.namespace !== b.namespace && a.name !== b.name) return 'namespace and name differ';
  return a.namespace === b.namespace
    ? `the name is ${b.name}, not ${a.name}`
    : `the namespace is ${b.namespace}, not ${a.namespace}`;
}

function differenceOfForm(allowed: string, subject: string): string {
  if (/[*?]/.test(allowed)) return 'the pattern does not match it';
  if (/\$\{[^}]*:/.test(allowed)) return 'a policy variable in it has no value in this call';
  if (isPlaceholder(allowed)) return 'a placeholder was left in the policy';
  if (allowed.toLowerCase() === subject) return 'letter case counts, and Kubernetes names are in lower case';
  return isMisspeltSubject(allowed, subject)
    ? 'it is misspelt; a subject is written system:serviceaccount:namespace:name'
    : 'no cluster can issue a subject of that form; it is written system:serviceaccount:namespace:name';
}
