import { compareIssuer, issuerName, parseEksIssuer, providerArn } from '../../domain/issuer.ts';
import { rule, type Evidence, type Fix, type Problem } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { diagnose } from './web-identity/diagnose.ts';
import { defaultAudience, type Diagnosis } from './web-identity/diagnosis.ts';
import { advice } from './web-identity/fix.ts';
import {
  clusterOf,
  isLive,
  isSettled,
  ownRoles,
  providerOf,
  webIdentityNeeds,
  type WebIdentityGiven,
} from './web-identity/given.ts';
import { alsoWrongOf, callEvidence } from './web-identity/problem.ts';
import { issuersOf } from './web-identity/role-issuers.ts';
import { denialOf, shortened, subjectsOf } from './web-identity/told.ts';

const id = 'eks/irsa-provider-missing';

export default rule({
  id,
  title: 'The issuer of a cluster is no OIDC provider in IAM',
  severity: 'critical',
  why: 'No service account of the cluster gets a role of this account: STS does not know who signs its tokens. Most such failures leave no event in CloudTrail.',
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html',
    'https://repost.aws/knowledge-center/eks-troubleshoot-irsa-errors',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    [...usersByIssuer(given)].flatMap(([issuer, uses]) =>
      providerOf(given, issuer) === null ? [problem(given, issuer, uses)] : [],
    ),
});

interface Uses {
  /** Names of the roles that trust the issuer. */
  roles: string[];
  /** Callers that were refused, or would be. */
  callers: Diagnosis[];
}

/** Who uses an issuer: callers that the diagnosis names, and roles that trust the issuer of a cluster that exists. */
function usersByIssuer(given: WebIdentityGiven): Map<string, Uses> {
  const users = new Map<string, Uses>();
  const usesOf = (issuer: string) => {
    const key = `https://${issuerName(issuer)}`;
    const uses = users.get(key) ?? { roles: [], callers: [] };
    users.set(key, uses);
    return uses;
  };
  for (const diagnosis of diagnose(given))
    if (diagnosis.causes[0] === id && diagnosis.issuer !== null)
      usesOf(diagnosis.issuer).callers.push(diagnosis);
  for (const role of ownRoles(given))
    for (const issuer of issuersOf(role))
      if (users.has(issuer) || isAlive(given, issuer)) usesOf(issuer).roles.push(role.name);
  return users;
}

/**
 * A cluster of ours that is settled, one of another account that was read, or an EKS issuer of a region whose clusters
 * were read that none of them has, and whose discovery document answers.
 */
function isAlive(given: WebIdentityGiven, issuer: string): boolean {
  const cluster = clusterOf(given, issuer);
  if (cluster) return isSettled(cluster);
  const { clusters, issuerDiscovery } = given.facts;
  const region = parseEksIssuer(issuer)?.region;
  const answers = issuerDiscovery?.[`https://${issuerName(issuer)}`]?.state === 'answers';
  const isElsewhere = region !== undefined && (clusters?.regionsRead.includes(region) ?? false);
  return isLive(given, issuer) || (answers && isElsewhere);
}

function problem(given: WebIdentityGiven, issuer: string, uses: Uses): Problem {
  const { roles, callers } = uses;
  const { place } = given;
  const cluster = clusterOf(given, issuer);
  const arn = providerArn(issuer, place.partition ?? 'aws', place.account);
  const [first, ...others] = callers;
  return {
    location: cluster?.region ?? parseEksIssuer(issuer)?.region ?? first?.denial?.latest.region ?? null,
    cluster: cluster?.name ?? null,
    subject: { kind: 'oidc-provider', name: issuerName(issuer), id: arn },
    cause: `The issuer of ${ownerOf(given, issuer)}, ${shortened(issuer)}, is no OIDC provider in account ${place.account}, and ${usersIn(uses)}.`,
    alsoWrong: first ? alsoWrongOf([first, ...others]) : [],
    evidence: [
      { label: 'Provider that is missing', value: arn },
      ...(roles.length > 0 ? [{ label: 'Roles that trust it', value: few(roles, 20) }] : []),
      ...(first ? callEvidence([first, ...others]) : []),
      ...misspelt(given, issuer),
    ],
    denial: denialOf(callers),
    fix: createFix(given, issuer, uses),
  };
}

function ownerOf(given: WebIdentityGiven, issuer: string): string {
  const cluster = clusterOf(given, issuer);
  if (cluster) return `cluster ${cluster.name}`;
  const region = parseEksIssuer(issuer)?.region;
  if (region === undefined) return 'a cluster outside of EKS';
  const wasRead = given.facts.clusters?.regionsRead.includes(region) ?? false;
  return wasRead ? 'a cluster of another account' : 'a cluster that was not read';
}

function usersIn({ roles, callers }: Uses): string {
  const refused = callers.filter(({ denial }) => denial);
  const annotated = subjectsOf(callers.filter(({ denial }) => !denial)).length;
  return [
    ...(roles.length > 0
      ? [
          `the ${roles.length === 1 ? 'role' : 'roles'} ${few(roles, 3)} ${roles.length === 1 ? 'trusts' : 'trust'} it`,
        ]
      : []),
    ...(refused.length > 0
      ? [counted(subjectsOf(refused).length || 1, 'refused caller uses it', 'refused callers use it')]
      : []),
    ...(roles.length === 0 && refused.length === 0
      ? [
          counted(
            annotated,
            'service account is annotated with a role',
            'service accounts are annotated with roles',
          ),
        ]
      : []),
  ].join(', and ');
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Providers that were meant to be this one. */
function misspelt({ facts }: WebIdentityGiven, issuer: string): Evidence[] {
  return (facts.oidcProviders ?? [])
    .filter(({ url }) => compareIssuer(url, issuerName(issuer)) === 'misspelt')
    .map(({ arn }) => ({ label: 'Provider of nearly that name', value: arn }));
}

/** Providers that an account may have unless the quota was raised. */
const providerQuota = 100;

/**
 * Creating the provider is printed for a cluster that is known, and where a role trusts it: a token may name any issuer
 * that a stranger likes, and STS repeats it.
 */
function createFix(given: WebIdentityGiven, issuer: string, { roles, callers }: Uses): Fix {
  const full = (given.facts.oidcProviders?.length ?? 0) >= providerQuota;
  const quota = full ? ` The account has ${providerQuota} providers or more: raise the quota first.` : '';
  const grants = 'It grants nothing by itself: each role still decides by its trust policy.';
  if (!isLive(given, issuer) && roles.length === 0)
    return advice(
      `Make sure whose issuer ${shortened(issuer)} is: the ${callers.length === 1 ? 'caller' : 'callers'} named it, and nothing of this account does. Only if it is a cluster of yours, create an OIDC provider for it. ${grants}${quota}`,
    );
  return {
    summary: `Create the OIDC provider. ${grants}${quota}`,
    commands: [
      sh`aws iam create-open-id-connect-provider --url ${`https://${issuerName(issuer)}`} --client-id-list ${defaultAudience}`,
    ],
    verified: false,
  };
}

function few(names: string[], most: number): string {
  const more = names.length - most;
  return names.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
