import { issuerName, parseEksIssuer, providerArn } from '../../domain/issuer.ts';
import { rule, type Fix, type Problem } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { diagnose, type Diagnosis } from './web-identity/diagnosis.ts';
import {
  clusterOf,
  isDead,
  isLive,
  ownRoles,
  providerOf,
  webIdentityNeeds,
  type WebIdentityGiven,
} from './web-identity/given.ts';
import { defaultAudience } from './web-identity/latent.ts';
import { denialOf } from './web-identity/problem.ts';
import { issuersOf } from './web-identity/role-issuers.ts';

export default rule({
  id: 'eks/irsa-provider-missing',
  title: 'The issuer of a cluster is no OIDC provider in IAM',
  severity: 'critical',
  why: 'No service account of the cluster gets a role of this account: STS does not know who signs its tokens. Most such failures leave no event in CloudTrail.',
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html',
    'https://repost.aws/knowledge-center/eks-troubleshoot-irsa-errors',
  ],
  needs: webIdentityNeeds,
  check(given) {
    const users = usersByIssuer(given);
    return [...users].flatMap(([issuer, uses]) =>
      isMissing(given, issuer, uses) ? [missing(given, issuer, uses)] : [],
    );
  },
});

/** STS itself said so, or IAM's list of providers was read and does not have it. */
function isMissing(given: WebIdentityGiven, issuer: string, { denials }: Uses): boolean {
  const provider = providerOf(given, issuer);
  return provider === null || (provider === undefined && denials.length > 0);
}

interface Uses {
  roles: string[];
  denials: Diagnosis[];
}

/** Who uses an issuer: roles that trust it and denials that name it, of clusters that exist. */
function usersByIssuer(given: WebIdentityGiven): Map<string, Uses> {
  const users = new Map<string, Uses>();
  const of = (issuer: string) => {
    const key = `https://${issuerName(issuer)}`;
    const uses = users.get(key) ?? { roles: [], denials: [] };
    users.set(key, uses);
    return uses;
  };
  for (const role of ownRoles(given))
    for (const issuer of issuersOf(role)) if (isAlive(given, issuer)) of(issuer).roles.push(role.name);
  for (const diagnosis of diagnose(given))
    if (diagnosis.causes[0] === 'eks/irsa-provider-missing' && diagnosis.issuer !== null)
      of(diagnosis.issuer).denials.push(diagnosis);
  return users;
}

/** A cluster of ours or of another account that was read, or an EKS issuer whose discovery document answers. */
function isAlive(given: WebIdentityGiven, issuer: string): boolean {
  if (isLive(given, issuer)) return true;
  const discovery = given.facts.issuerDiscovery?.[`https://${issuerName(issuer)}`];
  return parseEksIssuer(issuer) !== null && discovery?.state === 'answers' && isDead(given, issuer) !== true;
}

function missing(given: WebIdentityGiven, issuer: string, { roles, denials }: Uses): Problem {
  const { place } = given;
  const cluster = clusterOf(given, issuer);
  const arn = providerArn(issuer, place.partition ?? 'aws', place.account);
  const denial = denials[0]?.denial ?? null;
  const who = cluster ? `cluster ${cluster.name}` : 'a cluster of another account';
  const users = [
    roles.length > 0
      ? `${roles.length === 1 ? 'the role' : 'the roles'} ${few(roles)} ${roles.length === 1 ? 'trusts' : 'trust'} it`
      : '',
    denials.length > 0 ? `${denials.length} refused callers use it` : '',
  ].filter(Boolean);
  return {
    location: cluster?.region ?? parseEksIssuer(issuer)?.region ?? null,
    cluster: cluster?.name ?? null,
    subject: { kind: 'oidc-provider', name: issuerName(issuer), id: arn },
    cause: `The issuer of ${who}, ${issuer}, is no OIDC provider in account ${place.account}, and ${users.join(' and ')}.`,
    evidence: [
      { label: 'Provider that is missing', value: arn },
      ...(roles.length > 0 ? [{ label: 'Roles that trust it', value: roles.join(', ') }] : []),
      ...denials.flatMap(({ notes }) => notes.map((value) => ({ label: 'Note', value }))),
    ],
    denial: denial && denialOf(denial),
    fix: createFix(issuer),
  };
}

function createFix(issuer: string): Fix {
  return {
    summary:
      'Create the OIDC provider. It grants nothing by itself: each role still decides by its trust policy.',
    commands: [
      sh`aws iam create-open-id-connect-provider --url ${`https://${issuerName(issuer)}`} --client-id-list ${defaultAudience}`,
    ],
    verified: false,
  };
}

function few(names: string[]): string {
  const more = names.length - 3;
  return names.slice(0, 3).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
