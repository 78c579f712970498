/** Which service accounts belong to which roles: as trust policies name them, and as annotations do. */
import { roleAnnotation } from '../../../domain/annotation-key.ts';
import { keyMeaning } from '../../../domain/condition-key.ts';
import { isExact, isNegated } from '../../../domain/condition.ts';
import { compareIssuer, issuerName, issuerOfProvider } from '../../../domain/issuer.ts';
import { matchesPattern } from '../../../domain/pattern.ts';
import { parsePolicy, type ConditionElement, type Statement } from '../../../domain/policy-document.ts';
import { parseSubject, subjectOf } from '../../../domain/service-account.ts';
import type { Cluster, Role } from '../../../domain/web-identity.ts';
import { isSettled, ownRoles, type WebIdentityGiven } from './given.ts';
import { lookUpBy } from './look-up-by.ts';

type ClusterWithIssuer = Cluster & { issuer: string };

/** A service account of a cluster and the role that it belongs to. */
export interface Pair {
  cluster: ClusterWithIssuer;
  /** As the policy or the annotation has it. */
  roleArn: string;
  /** Null where only the annotation is known. */
  role: Role | null;
  /** As the policy names it; it may be a pattern under an equals operator. */
  subject: string;
}

/** Every pair, once; a cluster that is being made or deleted has none. */
export function pairsIn(given: WebIdentityGiven): Pair[] {
  const clusters = (given.facts.clusters?.clusters ?? []).filter(isSettled).filter(hasIssuer);
  const pairs = [
    ...ownRoles(given).flatMap((role) => pairsOfPolicy(role, clusters)),
    ...clusters.flatMap((cluster) => pairsOfAnnotations(given, cluster)),
  ];
  return [...new Map(pairs.map((pair) => [pairKey(pair), pair])).values()];
}

function hasIssuer(cluster: Cluster): cluster is ClusterWithIssuer {
  return cluster.issuer !== null;
}

function pairKey({ roleArn, cluster, subject }: Pair): string {
  return JSON.stringify([roleArn, cluster.arn, subject]);
}

function pairsOfAnnotations({ facts }: WebIdentityGiven, cluster: ClusterWithIssuer): Pair[] {
  return (facts.serviceAccounts?.[cluster.arn] ?? []).flatMap(({ namespace, name, annotations }) => {
    const roleArn = annotations[roleAnnotation];
    return roleArn ? [{ cluster, roleArn, role: null, subject: subjectOf({ namespace, name }) }] : [];
  });
}

/** The clusters and service accounts that the role's Allow statements were written for. */
function pairsOfPolicy(role: Role, clusters: ClusterWithIssuer[]): Pair[] {
  const parsed = parsePolicy(role.trustPolicy);
  if (!parsed.ok) return [];
  return parsed.policy.statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap((statement) =>
      clustersFor(statement, clusters).flatMap((cluster) =>
        namedSubjects(statement, issuerName(cluster.issuer)).map((subject) => ({
          cluster,
          roleArn: role.arn,
          role,
          subject,
        })),
      ),
    );
}

const clustersByName = lookUpBy<ClusterWithIssuer>(({ issuer }) => [issuerName(issuer).toLowerCase()]);

/** The clusters that the statement names; where it names none rightly, the one that it names misspelt. */
function clustersFor(statement: Statement, clusters: ClusterWithIssuer[]): ClusterWithIssuer[] {
  const names = namesIn(statement);
  const rightly = new Set(names.flatMap((name) => clustersByName(clusters, name.toLowerCase())));
  if (rightly.size > 0) return [...rightly];
  const misspelt = clusters.filter(({ issuer }) =>
    names.some((name) => compareIssuer(name, issuerName(issuer)) === 'misspelt'),
  );
  return misspelt.length === 1 ? misspelt : [];
}

/** What principals and condition keys name as an issuer. */
function namesIn({ principals, conditions }: Statement): string[] {
  const ofPrincipals = principals
    .filter(({ type }) => type === 'Federated')
    .map(({ value }) => issuerOfProvider(value) ?? value);
  const ofKeys = conditions
    .map(({ key }) => key.slice(0, Math.max(0, key.lastIndexOf(':'))))
    .filter((name) => /[./]/.test(name));
  return [...new Set([...ofPrincipals, ...ofKeys])];
}

function namedSubjects({ conditions }: Statement, issuer: string): string[] {
  return conditions.flatMap((element) => {
    const meaning = keyMeaning(element.key, element.values, issuer);
    if (meaning.kind === 'other' || meaning.claim !== 'sub' || isNegated(element)) return [];
    return element.values.filter((value) => parseSubject(value) !== null || isDeadPattern(element, value));
  });
}

/**
 * A pattern under an equals operator: no cluster issues a subject with `*` or `?` in it. Where the condition also names
 * somebody whom the pattern was meant for, the pattern is dead weight and nobody misses it.
 */
function isDeadPattern(element: ConditionElement, value: string): boolean {
  return (
    isExact(element) &&
    parseSubject(instanceOf(value)) !== null &&
    !element.values.some((other) => !isPattern(other) && matchesPattern(value, other, null))
  );
}

export function isPattern(subject: string): boolean {
  return /[*?]/.test(subject);
}

/** Some service account that the pattern was meant to match. */
export function instanceOf(pattern: string): string {
  return pattern.replaceAll('*', 'app').replaceAll('?', 'a');
}
