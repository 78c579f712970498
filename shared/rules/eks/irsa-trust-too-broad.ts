import { isNegated } from '../../domain/condition.ts';
import { keyMeaning } from '../../domain/condition-key.ts';
import { issuerName, issuerOfProvider, parseEksIssuer } from '../../domain/issuer.ts';
import type { ConditionElement, Statement } from '../../domain/policy-document.ts';
import { evaluateTrust } from '../../domain/trust-policy.ts';
import type { Role } from '../../domain/web-identity.ts';
import { rule, type Problem } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { clusterOf, ownRoles, webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { defaultAudience } from './web-identity/latent.ts';
import { webIdentityStatements } from './web-identity/role-issuers.ts';

export default rule({
  id: 'eks/irsa-trust-too-broad',
  title: 'A role can be assumed by service accounts that were not named',
  severity: 'high',
  why: 'Whoever can create a pod in the cluster, or in a namespace of the right name, gets the role.',
  references: [
    'https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    ownRoles(given).flatMap((role) =>
      webIdentityStatements(role).flatMap(({ statement, issuers }) =>
        issuers.filter(isOfCluster(statement)).flatMap((issuer) => judge(given, role, statement, issuer)),
      ),
    ),
});

/** EKS issuers, and others whose conditions speak of service accounts: a GitHub provider is not a cluster. */
function isOfCluster({ conditions }: Statement) {
  const speaks = conditions.some(({ values }) =>
    values.some((value) => value.includes('system:serviceaccount:')),
  );
  return (issuer: string) => parseEksIssuer(issuer) !== null || speaks;
}

/** Strangers whom no policy can have meant: if one is let in, so is everybody like it. */
const strangers = {
  namespace: 'system:serviceaccount:zz-stranger:zz-stranger',
  token: 'zz-stranger',
};

function judge(given: WebIdentityGiven, role: Role, statement: Statement, issuer: string): Problem[] {
  const allows = (sub: string | null) =>
    evaluateTrust(alone(role, statement), {
      issuer,
      roleArn: role.arn,
      claims: { ...(sub === null ? {} : { sub }), aud: [defaultAudience] },
      context: wantedContext(statement, issuer),
    }).verdict === 'Allowed';
  const reach = reachOf(statement, issuer, allows);
  return reach === null ? [] : [problem(given, role, issuer, statement, reach)];
}

/** How far the statement reaches; null where each service account is named with its namespace. */
function reachOf(
  statement: Statement,
  issuer: string,
  allows: (sub: string | null) => boolean,
): string | null {
  if (allows(strangers.token) || allows(strangers.namespace))
    return `any service account of ${issuerName(issuer)}`;
  if (allows(null))
    return `any token of ${issuerName(issuer)} without a subject (ForAllValues and IfExists hold where the key is absent)`;
  const patterns = subjectConditions(statement, issuer)
    .filter(({ base }) => base === 'stringlike')
    .flatMap(({ values }) => values)
    .filter((value) => /[*?]/.test(value));
  for (const pattern of patterns) {
    const [, , namespace = '', name = ''] = pattern.split(':');
    const instance = pattern.replaceAll('*', 'zz').replaceAll('?', 'z');
    if (/[*?]/.test(namespace) && allows(instance))
      return `service accounts named ${name || 'anything'} in any namespace that matches ${namespace}`;
  }
  return null;
}

function subjectConditions({ conditions }: Statement, issuer: string): ConditionElement[] {
  return conditions.filter((element) => {
    const meaning = keyMeaning(element.key, element.values, issuerName(issuer));
    return meaning.kind === 'claim' && meaning.claim === 'sub' && !isNegated(element);
  });
}

/** The policy with this Allow statement and its Deny statements only. */
function alone({ trustPolicy }: Role, { index }: Statement): unknown {
  const document = (typeof trustPolicy === 'string' ? JSON.parse(trustPolicy) : trustPolicy) as {
    Version?: string;
    Statement: unknown;
  };
  const list: unknown[] = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  const kept = list.filter((item, at) => at === index || (item as { Effect?: string }).Effect === 'Deny');
  return { ...document, Statement: kept };
}

/** Other conditions taken as met where one value can meet them: they may be met by anybody in the right place. */
function wantedContext({ conditions }: Statement, issuer: string): Record<string, string> {
  const others = conditions.filter(
    ({ key, values }) => keyMeaning(key, values, issuerName(issuer)).kind === 'other',
  );
  return Object.fromEntries(
    others.map(({ key, values }) => [key, (values[0] ?? '').replace(/\/\d+$/, '').replaceAll('*', 'zz')]),
  );
}

function problem(
  given: WebIdentityGiven,
  role: Role,
  issuer: string,
  statement: Statement,
  reach: string,
): Problem {
  const cluster = clusterOf(given, issuer);
  const seen = (given.facts.denials?.callers ?? []).filter(
    (caller) => caller.roleArn === role.arn && issuerOfProvider(caller.provider ?? '') === issuerName(issuer),
  );
  const subjects = [...new Set(seen.map(({ subject }) => subject))];
  const conditions = subjectConditions(statement, issuer);
  const stated = conditions.map(({ operator, values }) => `${operator} ${values.join(', ')}`).join('; ');
  return {
    location: cluster?.region ?? parseEksIssuer(issuer)?.region ?? null,
    cluster: cluster?.name ?? null,
    subject: { kind: 'role', name: role.name, id: role.arn },
    cause: `${role.name} can be assumed by ${reach}: its trust policy ${stated ? `asks for ${stated}` : 'does not ask for a subject'}.`,
    evidence: [
      { label: 'Condition on the subject', value: stated || 'none' },
      { label: 'Who used it in the window', value: subjects.join(', ') || 'nobody was seen' },
    ],
    fix: advice(
      subjects.length > 0
        ? `Name the service accounts that use the role (seen in the window: ${subjects.join(', ')}) by StringEquals; look at a longer window for those that call rarely.`
        : 'Name the service accounts that are meant, by StringEquals, each as system:serviceaccount:namespace:name.',
    ),
  };
}
